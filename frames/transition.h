/* Gradual changes of the whole picture in a row of pictures: dissolves, fades, wipes.
 *
 * In a dissolve or a fade every picture is a mixture of those some time before and after it; motion is not, and a step
 * is not. In a wipe every block is old or new, and when it changes depends on where it is.
 * Thread-safety: safe; nothing but the arguments is touched. */
#ifndef FRAMES_TRANSITION_H
#define FRAMES_TRANSITION_H

#include "frames/difference.h"

struct transition {
    enum sc_kind kind;       /* SC_DISSOLVE, SC_FADE, SC_WIPE; SC_OTHER: none, inside a shot */
    int64_t start_us, end_us, peak_us; /* first picture that differs, first of the new shot alone, the middle */
    int start, end;          /* their places in the row */
    bool mixed;              /* the pictures between the ends are mixtures of the ends */
};

/* How much the picture at i of the row (n pictures, ascending times, one size) looks like a mixture: of the spans
 * looked at the one with the smallest bend. bend 1 and size 0 where nothing can be said. */
struct mixing transition_mixing(const struct signature *const *row, int n, int i);

/* What the pictures first..last, which mix, are part of. */
struct transition transition_gradual(const struct signature *const *row, int n, int first, int last);

/* Whether a wipe begins right after row[0] and is over within the row. */
struct transition transition_wipe(const struct signature *const *row, int n);

/* Whether two pictures show the same scene but for light and motion. */
bool transition_same_scene(const struct signature *a, const struct signature *b);

#endif
