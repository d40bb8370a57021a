/* Where a video looks alive, told by the sizes of its packets alone: nothing is decoded.
 *
 * A packet is compared with what is usual for its layer (key picture, forward, between two others, between those), as
 * pyramids of B-pictures give each layer sizes of its own, and for its place in the group of pictures where groups are
 * short, as some encoders spend more at their begin. Of the logarithms of these ratios the means over a second and over
 * four stand out or do not from what they are within two minutes, by their median and median deviation: a camera's
 * noise, rain and light go into these.
 *
 * What sizes can't tell is said as well: with a constant bit rate they say nothing, and a stream whose key pictures are
 * no larger than others has none that would show it by itself (intra refresh).
 * Thread-safety: one thread at a time for each. */
#ifndef FRAMES_ACTIVITY_H
#define FRAMES_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

struct activity;

/* pixels: of a picture. NULL: out of memory. */
struct activity *activity_new(int64_t pixels);
void activity_free(struct activity **a);

/* The next packet, in coding order. False: more than four days without activity_forget, or out of memory. */
bool activity_add(struct activity *a, int64_t time_us, int bytes, bool key);

/* Judge what was added so far. */
void activity_judge(struct activity *a);

enum activity_doubt {
    ACTIVITY_TRUSTED,
    ACTIVITY_FLAT,           /* a constant bit rate */
    ACTIVITY_KEYLESS,        /* key pictures as small as others */
};

/* Of what was judged. */
enum activity_doubt activity_doubt(const struct activity *a);

/* The first stretch between from_us and to_us that looks alive. False: there is none. */
bool activity_next(const struct activity *a, int64_t from_us, int64_t to_us, int64_t *begin_out, int64_t *end_out);

/* What lies before time_us is not asked about any more. */
void activity_forget(struct activity *a, int64_t time_us);

/* A packet's layer by its time alone. {0} at first. */
#define ACTIVITY_LAYERS 5    /* key, forward, and three of those between others */
#define ACTIVITY_RECENT 16
struct layering {
    struct {
        int64_t time_us;
        int layer;
    } recent[ACTIVITY_RECENT];
    int n, next;
    int64_t top_us;
};
int layering_add(struct layering *l, int64_t time_us, bool key);

#endif
