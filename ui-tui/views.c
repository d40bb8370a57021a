/* The list of views. */
#include "ui-tui/views.h"

const struct view_ops *const views[] = { &view_archive, &view_runs, &view_video, &view_answer, &view_query, &view_help, NULL };
