/* Clips of drawn pictures, decided as a source would be: what happened is known to the picture.
 *
 *     struct sc_changes c = decide_clip(&(struct clip){ 6 * RATE, 0, false, paint }, 0);
 *     ...
 *     decided_dispose(&c);
 *
 * Any failure ends the program. */
#ifndef TESTS_KIT_DECIDED_H
#define TESTS_KIT_DECIDED_H

#include "frames/decide.h"
#include "tests/kit/drawn.h"

#define RATE 25
#define PICTURE_US (1000000 / RATE)

/* Draws picture i of a clip onto p, 1280 x 720. */
typedef void painter(struct drawn *p, int i);

struct clip {
    int pictures;
    int rate;                 /* pictures a second; 0: RATE */
    bool normal;              /* looked at as with effort normal */
    painter *paint;
};

struct signature *clip_picture(const struct clip *c, int i); /* signature_free */
struct sc_changes decide_clip(const struct clip *c, int max_frames);
struct sc_changes decide_clip_with(const struct clip *c, const struct sc_look_settings *settings);
void decided_dispose(struct sc_changes *c);

int decided_count(const struct sc_changes *c, enum sc_kind kind);
bool decided_shows(const struct sc_changes *c, int64_t from_us, int64_t to_us); /* a chosen frame lies in [from, to) */

void paint_page(struct drawn *p);                 /* a drawn page with a title bar and lines of text */

#endif
