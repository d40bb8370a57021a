/* Pictures, maps and previews for a screen: pixels at known times, and counts without a picture. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "include/seechange.h"
#include "tests/kit/media.h"

#define W 640
#define H 360

static const struct sc_source source = { .path = "square.mkv" };

/* A page with a blue square from 2 s to 4 s, 6 s long. */
static int draw(void **state)
{
    const struct media_options lossless = { .codec = "ffv1", .rate_num = 25, .rate_den = 1 };
    struct media *m = media_open("square.mkv", W, H, &lossless);
    int i;

    (void)state;
    for (i = 0; i < 150; i++) {
        media_fill(m, 0xE0E0E0);
        media_rect(m, 40, 280, 300, 40, 0x606060);
        if (i >= 50 && i < 100)
            media_rect(m, 203, 121, 75, 57, 0x203060);
        media_write(m);
    }
    media_close(&m);
    return 0;
}

static struct sc *open_session(void)
{
    struct sc_settings settings = { .config_dir = "config", .cache_dir = "cache" };
    struct sc *s;

    assert_int_equal(sc_open(&s, &settings, NULL), SC_OK);
    return s;
}

static bool is_near(const struct sc_pixels *p, int x, int y, uint32_t rgb)
{
    const uint8_t *at = p->rgb + 3 * (y * p->width + x);

    return abs(at[0] - (int)(rgb >> 16)) < 8 && abs(at[1] - (int)(rgb >> 8 & 255)) < 8 &&
           abs(at[2] - (int)(rgb & 255)) < 8;
}

struct got {
    struct sc_pixels pixels[3];
    int n;
};

static void take(void *user, int i, struct sc_pixels *pixels)
{
    struct got *got = user;

    assert_true(i >= 0 && i < 3 && !got->pixels[i].rgb);
    got->pixels[i] = *pixels;
    pixels->rgb = NULL;
    got->n++;
}

static void pictures_are_those_of_their_times(void **state)
{
    static const int64_t times[] = { 3000000, 1000000, 5000000 };
    struct got got = { 0 };
    struct sc *s = open_session();
    int i;

    (void)state;
    assert_int_equal(sc_pictures(s, &source, times, 3, 320, 1000, take, &got, NULL), SC_OK);
    assert_int_equal(got.n, 3);
    for (i = 0; i < 3; i++) {
        assert_int_equal(got.pixels[i].width, 320);
        assert_int_equal(got.pixels[i].height, 180);
        assert_true(is_near(&got.pixels[i], 120, 75, i ? 0xE0E0E0 : 0x203060));
        assert_true(is_near(&got.pixels[i], 40, 150, 0x606060));
        free(got.pixels[i].rgb);
    }
    memset(&got, 0, sizeof got);
    assert_int_equal(sc_pictures(s, &source, times, 1, 4096, 4096, take, &got, NULL), SC_OK);
    assert_int_equal(got.pixels[0].width, W);    /* never enlarged */
    free(got.pixels[0].rgb);
    assert_int_equal(sc_pictures(s, &source, times, 0, 10, 10, take, &got, NULL), SC_OK);
    assert_int_equal(sc_pictures(s, &source, times, 1, 0, 10, take, &got, NULL), SC_ERR_INVALID);
    assert_int_equal(sc_pictures(s, &source, times, -1, 10, 10, take, &got, NULL), SC_ERR_INVALID);
    sc_close(&s);
}

static void a_map_is_coloured_where_the_event_is(void **state)
{
    struct sc *s = open_session();
    struct sc_changes *c;
    struct sc_pixels map;
    const uint8_t *inside, *outside;

    (void)state;
    assert_int_equal(sc_changes(s, &source, NULL, &c, NULL), SC_OK);
    assert_int_equal(c->n_events, 2);
    assert_int_equal(sc_heat(s, &source, c, 2, &map, NULL), SC_ERR_INVALID);
    assert_null(map.rgb);
    assert_int_equal(sc_heat(s, &source, c, 0, &map, NULL), SC_OK);
    assert_int_equal(map.width, W);
    assert_int_equal(map.height, H);
    inside = map.rgb + 3 * (150 * W + 240);
    outside = map.rgb + 3 * (20 * W + 20);
    assert_true(inside[0] != inside[1] || inside[1] != inside[2]);
    assert_true(outside[0] == outside[1] && outside[1] == outside[2]);
    free(map.rgb);
    sc_changes_free(&c);
    sc_close(&s);
}

static void coarse_boxes_are_as_exact_as_a_block(void **state)
{
    struct sc_look_settings look = { .coarse_boxes = true };
    struct sc *s = open_session();
    struct sc_changes *fine, *coarse;

    (void)state;
    assert_int_equal(sc_changes(s, &source, NULL, &fine, NULL), SC_OK);
    assert_int_equal(sc_changes(s, &source, &look, &coarse, NULL), SC_OK);
    assert_int_equal(coarse->n_events, fine->n_events);
    assert_int_equal(coarse->events[0].start_us, fine->events[0].start_us);
    assert_in_range(fine->events[0].box.w, 73, 78);
    assert_in_range(coarse->events[0].box.w, 80, 96);
    sc_changes_free(&fine);
    sc_changes_free(&coarse);
    sc_close(&s);
}

static void a_preview_counts_what_a_dry_run_counts(void **state)
{
    struct sc_ask_settings ask = { .model = "gpt-4.1-mini", .dry_run = true, .question = "What is it?" };
    struct sc *s = open_session();
    struct sc_answer *dry, *preview;
    int i;

    (void)state;
    assert_int_equal(sc_ask(s, &source, NULL, &ask, &dry, NULL), SC_OK);
    assert_int_equal(sc_preview(s, dry->changes, &ask, &preview, NULL), SC_OK);
    assert_false(preview->sent);
    assert_null(preview->changes);
    assert_string_equal(preview->model, "gpt-4.1-mini");
    assert_string_equal(preview->pack, dry->pack);
    assert_int_equal(preview->image_tokens, dry->image_tokens);
    assert_int_equal(preview->text_tokens, dry->text_tokens);
    assert_int_equal(preview->n_images, dry->n_images);
    for (i = 0; i < dry->n_images; i++) {
        assert_int_equal(preview->images[i].time_us, dry->images[i].time_us);
        assert_int_equal(preview->images[i].width, dry->images[i].width);
        assert_int_equal(preview->images[i].bytes, 0);
    }
    sc_answer_free(&preview);
    ask.pack = "nonsense";
    assert_int_equal(sc_preview(s, dry->changes, &ask, &preview, NULL), SC_ERR_INVALID);
    assert_null(preview);
    sc_answer_free(&dry);
    sc_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_those_of_their_times),
        cmocka_unit_test(a_map_is_coloured_where_the_event_is),
        cmocka_unit_test(coarse_boxes_are_as_exact_as_a_block),
        cmocka_unit_test(a_preview_counts_what_a_dry_run_counts),
    };

    return cmocka_run_group_tests(tests, draw, NULL);
}
