/* Evidence that nobody decoded. */
#include "tests/kit/evidence.h"

#include <string.h>

static struct sc_box part(int width, int height, int x, int y, int w, int h)
{
    struct sc_box box = { width * x / 1000, height * y / 1000, width * w / 1000, height * h / 1000 };

    return box;
}

void evidence_make(struct made_evidence *e, int width, int height)
{
    static const struct sc_event events[EVIDENCE_EVENTS] = {
        { .start_us = 4040000, .peak_us = 4080000, .end_us = 4120000, .before_us = 4000000, .after_us = 4120000,
          .kind = SC_APPEAR, .share = 0.0125, .score = 0.8, .yuv_before = { 16, 128, 128 },
          .yuv_after = { 82, 90, 240 }, .same_as_us = -1, .count = 1 },
        { .start_us = 9000000, .peak_us = 10000000, .end_us = 12480000, .before_us = 8960000, .after_us = 12480000,
          .kind = SC_MOVE, .share = 0.21, .score = 0.9, .dx = 300, .dy = 4, .yuv_before = { 40, 128, 128 },
          .yuv_after = { 41, 128, 128 }, .same_as_us = -1, .count = 1 },
        { .start_us = 20000000, .peak_us = 20000000, .end_us = 20000000, .before_us = 19960000, .after_us = 20000000,
          .kind = SC_CUT, .share = 1, .score = 1, .yuv_before = { 40, 128, 128 }, .yuv_after = { 220, 128, 128 },
          .same_as_us = -1, .count = 1 },
    };
    static const struct sc_frame frames[EVIDENCE_FRAMES] = {
        { .time_us = 0, .role = SC_FIRST, .event = -1, .rank = 1 },
        { .time_us = 4000000, .role = SC_BEFORE, .event = 0, .rank = 8 },
        { .time_us = 4120000, .role = SC_AFTER, .event = 0, .rank = 4 },
        { .time_us = 8960000, .role = SC_BEFORE, .event = 1, .rank = 9 },
        { .time_us = 10000000, .role = SC_PEAK, .event = 1, .rank = 7 },
        { .time_us = 12480000, .role = SC_AFTER, .event = 1, .rank = 5 },
        { .time_us = 19960000, .role = SC_BEFORE, .event = 2, .rank = 6 },
        { .time_us = 20000000, .role = SC_AFTER, .event = 2, .rank = 3 },
        { .time_us = 23960000, .role = SC_LAST, .event = -1, .rank = 2 },
    };

    memset(e, 0, sizeof *e);
    memcpy(e->events, events, sizeof events);
    memcpy(e->frames, frames, sizeof frames);
    e->events[0].box = part(width, height, 100, 330, 60, 211);
    e->events[1].box = part(width, height, 100, 330, 530, 220);
    e->changes.version = 1;
    e->changes.source.path = "/home/someone/clips/yard 3.mp4";
    e->changes.source.container = "mov,mp4,m4a,3gp,3g2,mj2";
    e->changes.source.pixel_format = "yuv420p";
    e->changes.source.width = width;
    e->changes.source.height = height;
    e->changes.source.duration_us = 24000000;
    e->changes.events = e->events;
    e->changes.n_events = EVIDENCE_EVENTS;
    e->changes.frames = e->frames;
    e->changes.n_frames = EVIDENCE_FRAMES;
    e->changes.n_decoded = 600;
    e->changes.n_looked = 120;
    e->changes.last_us = 23960000;
}
