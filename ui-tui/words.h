/* How things are said: times, counts, kinds, prices, in few columns.
 * Thread-safety: safe. */
#ifndef UI_TUI_WORDS_H
#define UI_TUI_WORDS_H

#include "ui-tui/film.h"

/* 1:02:03.4, without the hours if there are none. */
const char *words_time(int64_t time_us, char out[32]);

/* 2026-11-25 06:00, of a time since 1970. */
const char *words_date(int64_t time_us, char out[32]);

/* 12,345 */
const char *words_count(int64_t n, char out[32]);

/* $0.0123, or "" if it is not known. */
const char *words_price(double usd, char out[32]);

/* The name at the end of a path, which is what people call it. */
const char *words_name(const char *path);

/* "left top", "middle": where a box lies in a picture of w x h; "everywhere" when it is nearly all of it. */
const char *words_where(struct sc_box box, int w, int h, char out[32]);

/* One event in a line: number, time, kind, place, share. */
void words_event(const struct sc_changes *c, int event, char out[128]);

/* What asking would cost, or why that is not known. */
void words_preview(const struct film *f, char *out, size_t size);

/* Text in exactly cols columns: cut off, or followed by blanks. */
void words_fit(const char *text, int cols, char *out, size_t size);

/* Escaped where it could harm a terminal. free() it; NULL: no memory. */
char *words_visible(const char *text);

/* Whether words occur in text, whatever the case of ASCII letters. */
bool words_found(const char *text, const char *words);

#endif
