/* A level, a departure, a rest at another level. */
#include "frames/lightwatch.h"

#include <math.h>

#define AWAY_LEVELS 1.5      /* beyond what rounding and moving objects do to the fit */
#define EVENT_LEVELS 12.0    /* a tenth of the middle of the range; less is what auto exposure does all the time */
#define REST_US 1500000      /* at rest for so long: the change is over */

void lightwatch_start(struct lightwatch *w, int64_t now_us)
{
    *w = (struct lightwatch){ .resting_us = now_us, .left_us = -1 };
}

static bool close_it(struct lightwatch *w, int64_t end_us, struct sc_event *out)
{
    bool happened = w->open;
    if (happened) {
        out->start_us = w->left_us;
        out->peak_us = w->peak_us;
        out->end_us = end_us;
        out->score = fmin(1, w->farthest / 64);
    }
    w->open = false;
    w->level = w->resting;
    w->farthest = 0;
    return happened;
}

bool lightwatch_add(struct lightwatch *w, int64_t now_us, double brightness, struct sc_event *out)
{
    double away = fabs(brightness - w->level);
    if (away <= AWAY_LEVELS && !w->open)
        w->left_us = -1;
    else if (w->left_us < 0)
        w->left_us = now_us;
    if (fabs(brightness - w->resting) > AWAY_LEVELS) {
        w->resting = brightness;
        w->resting_us = now_us;
    }
    if (away > EVENT_LEVELS)
        w->open = true;
    if (w->open && away > w->farthest) {
        w->farthest = away;
        w->peak_us = now_us;
    }
    return now_us - w->resting_us >= REST_US ? close_it(w, w->resting_us, out) : false;
}

bool lightwatch_end(struct lightwatch *w, struct sc_event *out)
{
    return close_it(w, w->resting_us, out);
}
