/* What was found, written for people and for spreadsheets. */
#ifndef UI_CLI_SHOW_H
#define UI_CLI_SHOW_H

#include "ui-cli/ui.h"

/* A heading with the file, a table of the events, and the chosen pictures. */
void show_changes(struct ui *ui, const struct sc_changes *c);

/* The colour of a kind, or "". */
const char *show_kind_colour(const struct ui *ui, enum sc_kind kind);

/* "40x24 at 600,300", or "everywhere" if that is the picture. info: NULL if it is not known. */
void show_box(struct sc_box box, const struct sc_info *info, char out[64]);

/* "0.3%", "<0.1%", "100%". */
void show_share(double share, char out[16]);

/* "2,345". */
void show_count(int64_t n, char out[32]);

/* A JSON string with its quotes; bytes that are no UTF-8 become U+FFFD, controls escapes. */
void show_json_text(struct ui *ui, const char *text);

/* A time without its milliseconds. */
void show_seconds(int64_t time_us, char out[32]);

/* --explain: a heading, then a line for each looked-at picture. */
void show_look_heading(struct ui *ui);
void show_look(struct ui *ui, const struct sc_look *look);

/* RFC 4180, one line for each event. */
void show_csv_heading(struct ui *ui);
void show_csv(struct ui *ui, const struct sc_changes *c);

#endif
