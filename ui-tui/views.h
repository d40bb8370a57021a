/* One line for each view. */
#ifndef UI_TUI_VIEWS_H
#define UI_TUI_VIEWS_H

#include "ui-tui/view.h"

extern const struct view_ops view_archive, view_runs, view_video, view_answer, view_query, view_help;

#endif
