/* The video view's state, shared by what acts on it and what draws it.
 * Thread-safety: main thread. */
#ifndef UI_TUI_VIDEO_H
#define UI_TUI_VIDEO_H

#include "ui-tui/view.h"

struct video {
    struct view view;
    struct film *film;
    bool compares;           /* before | after | where it differs, instead of one picture */
    struct rendition *last[3]; /* shown until the next ones are there; references */
    struct area strip;       /* the timeline, as drawn last */
    struct area list;        /* the events, as drawn last */
    int first_event;         /* at the top of the list */
};

/* The picture's parts of a screen of that size. */
struct video_layout {
    struct area picture, list, thumbnails, curve, marks;
};
struct video_layout video_layout_of(struct area all, bool compares);

void video_draw(struct video *v, struct screen *s, struct area area);

#endif
