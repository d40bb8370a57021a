/* The video view's state, shared by what acts on it and what draws it.
 * Thread-safety: main thread. */
#ifndef UI_TUI_VIDEO_H
#define UI_TUI_VIDEO_H

#include "ui-tui/view.h"

#define VIDEO_MOST_COLS 1024     /* of a timeline */

struct video {
    struct view view;
    struct film *film;
    bool compares;           /* before | after | where it differs, instead of one picture */
    struct rendition *last[3]; /* shown until the next ones are there; references */
    struct area strip;       /* the timeline, as drawn last */
    struct area list;        /* the events, as drawn last */
    int first_event;         /* at the top of the list */
    float scores[VIDEO_MOST_COLS]; /* the curve, a value for each column */
    int scores_cols, scores_n; /* of how many columns and looks */
    int64_t scores_us;       /* and of which length */
    const struct sc_changes *scores_of;
};

/* The picture's parts of a screen of that size. */
struct video_layout {
    struct area picture, list, thumbnails, curve, marks;
};
struct video_layout video_layout_of(struct area all, bool compares);

void video_draw(struct video *v, struct screen *s, struct area area);

#endif
