/* Effort scout on streams that were made to be easy and hard for it. */
#include <stdio.h>
#include <string.h>

#include "tests/kit/check.h"

#include "include/seechange.h"
#include "tests/kit/media.h"

#define W 160
#define H 96
#define RATE 10
#define SECONDS 110
#define FROM 62                  /* the thing is there from here, in seconds */
#define UNTIL 71

/* A noisy scene in which a thing stands for nine seconds. */
static void paint(struct media *m, int i)
{
    uint8_t *p = media_pixels(m);

    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const uint32_t rgb = media_texture(x, y, 1);

            *p++ = (uint8_t)(rgb >> 16), *p++ = (uint8_t)(rgb >> 8), *p++ = (uint8_t)rgb;
        }
    if (i >= FROM * RATE && i < UNTIL * RATE) {
        media_rect(m, 60, 30, 40, 32, 0x101010);
        media_rect(m, 70, 40, 20, 12, 0xE04020);
    }
    media_noise(m, 3, (uint32_t)i);
}

static void draw(const char *path, const char *codec, const char *options, bool quiet)
{
    const struct media_options o = { .codec = codec, .encoder_options = options, .rate_num = RATE, .rate_den = 1 };
    struct media *m = media_open(path, W, H, &o);

    for (int i = 0; i < SECONDS * RATE; i++) {
        paint(m, quiet ? 0 : i);
        if (quiet)
            media_noise(m, 3, (uint32_t)i);
        media_write(m);
    }
    media_close(&m);
}

static struct sc_changes *changes_of(const char *path, enum sc_effort effort)
{
    struct sc_source source = { .path = path };
    const struct sc_look_settings look = { .effort = effort, .no_cache = true };
    struct sc_changes *c = NULL;
    struct sc_error err = { 0 };
    struct sc *s = NULL;

    assert_int_equal(sc_open(&s, NULL, &err), SC_OK);
    if (sc_changes(s, &source, &look, &c, &err))
        fail_msg("%s", err.text);
    sc_close(&s);
    return c;
}

static bool tells(const struct sc_changes *c, double at_s)
{
    for (int i = 0; i < c->n_events; i++)
        if (c->events[i].start_us > (int64_t)((at_s - 0.45) * 1e6) &&
            c->events[i].start_us < (int64_t)((at_s + 0.45) * 1e6))
            return true;
    return false;
}

/* What comes and goes is told; the stretches left out do not reach into it, ascend, and add up. */
static void check_found(const struct sc_changes *c, const char *path)
{
    int64_t sum_us = 0, last_us = 0;

    if (!tells(c, FROM) || !tells(c, UNTIL))
        fail_msg("'%s': what came or went was not told", path);
    for (int i = 0; i < c->scouting.n_unseen; i++) {
        const struct sc_stretch *u = &c->scouting.unseen[i];

        assert_true(u->from_us >= last_us && u->to_us > u->from_us);
        assert_true(u->to_us < (FROM - 1) * 1000000ll || u->from_us > (UNTIL + 1) * 1000000ll);
        sum_us += u->to_us - u->from_us;
        last_us = u->to_us;
    }
    assert_int_equal(sum_us, c->scouting.unseen_us);
}

static const struct {
    const char *path, *codec, *options;
    enum sc_unscouted why;
} streams[] = {
    { "pyramid.mkv", "libx264", "preset=veryfast:g=100:bf=3:b-pyramid=normal:crf=28:sc_threshold=0", SC_SCOUTED },
    { "forward.mp4", "libx264", "preset=ultrafast:g=60:bf=0:crf=28:sc_threshold=0", SC_SCOUTED },
    { "refresh.ts", "libx264", "preset=ultrafast:intra-refresh=1:g=40:bf=0:crf=14", SC_SMALL_KEYS },
    { "cbr.ts", "libx264", "preset=veryfast:g=20:bf=0:b=300k:minrate=300k:maxrate=300k:bufsize=60k:nal-hrd=cbr",
      SC_CONSTANT_RATE },
    { "single.mkv", "libx264", "preset=ultrafast:g=100000:bf=2:crf=28:sc_threshold=0", SC_WITHOUT_KEYS },
    { "all.avi", "mjpeg", "qmin=6:qmax=6", SC_SCOUTED },
};

static void what_comes_and_goes_is_found_whatever_the_stream(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct sc_changes *c;

        if (!media_has_encoder(streams[i].codec))
            continue;
        draw(streams[i].path, streams[i].codec, streams[i].options, false);
        c = changes_of(streams[i].path, SC_SCOUT);
        check_found(c, streams[i].path);
        assert_true(c->scouting.scouted);
        if (c->scouting.why != streams[i].why)
            fail_msg("'%s': looked at like this because '%s'", streams[i].path, sc_unscouted_text(c->scouting.why));
        if (c->scouting.why == SC_SCOUTED)
            assert_true(c->scouting.unseen_us > 60000000 && c->n_decoded < SECONDS * RATE * 6 / 10);
        sc_changes_free(&c);
    }
}

static void of_quiet_minutes_little_more_than_key_pictures_is_looked_at(void **state)
{
    struct sc_changes *c;

    (void)state;
    if (!media_has_encoder("libx264"))
        skip();
    draw("quiet.mkv", "libx264", "preset=ultrafast:g=100:bf=2:crf=28:sc_threshold=0", true);
    c = changes_of("quiet.mkv", SC_SCOUT);
    assert_int_equal(c->n_events, 0);
    assert_in_range(c->n_looked, SECONDS * RATE / 100, SECONDS * RATE / 10);
    assert_true(c->scouting.unseen_us >= 90000000);
    sc_changes_free(&c);
}

static void what_is_short_is_looked_at_as_usual(void **state)
{
    const struct media_options o = { .codec = "ffv1", .rate_num = RATE, .rate_den = 1 };
    struct media *m = media_open("short.mkv", W, H, &o);
    struct sc_changes *c, *normal;

    (void)state;
    for (int i = 0; i < 40; i++) {
        paint(m, i < 20 ? 0 : FROM * RATE);
        media_write(m);
    }
    media_close(&m);
    c = changes_of("short.mkv", SC_SCOUT);
    normal = changes_of("short.mkv", SC_NORMAL);
    assert_int_equal(c->scouting.why, SC_TOO_SHORT);
    assert_int_equal(c->n_events, normal->n_events);
    assert_int_equal(c->n_looked, normal->n_looked);
    assert_false(normal->scouting.scouted);
    sc_changes_free(&c);
    sc_changes_free(&normal);
}

static void stills_are_all_looked_at(void **state)
{
    static uint8_t rgb[W * H * 3];
    struct sc_changes *c;

    (void)state;
    for (int i = 0; i < 3; i++) {
        char name[32];

        memset(rgb, i == 2 ? 40 : 160, sizeof rgb);
        snprintf(name, sizeof name, "still-%d.png", i);
        media_still(name, W, H, rgb);
    }
    c = changes_of("still-%d.png", SC_SCOUT);
    assert_int_equal(c->n_looked, 3);
    assert_int_equal(c->scouting.unseen_us, 0);
    sc_changes_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_and_goes_is_found_whatever_the_stream),
        cmocka_unit_test(of_quiet_minutes_little_more_than_key_pictures_is_looked_at),
        cmocka_unit_test(what_is_short_is_looked_at_as_usual),
        cmocka_unit_test(stills_are_all_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
