/* The library from outside, with a real worker: what a program that links it relies on. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kit/check.h"

#include "include/seechange.h"
#include "tests/kit/media.h"

#define W 640
#define H 360

static const struct media_options lossless = { .codec = "ffv1", .rate_num = 25, .rate_den = 1 };

/* A page that stands still for 2 s, then has a dark square from 2 s to 4 s, and is 6 s long. */
static void draw_square(const char *path)
{
    struct media *m = media_open(path, W, H, &lossless);
    int i;

    for (i = 0; i < 150; i++) {
        media_fill(m, 0xE0E0E0);
        media_rect(m, 40, 280, 300, 40, 0x606060);   /* else the page alone would be blank, which is an event */
        if (i >= 50 && i < 100)
            media_rect(m, 200, 120, 80, 60, 0x203060);
        media_write(m);
    }
    media_close(&m);
}

static void draw_static(const char *path, int seconds)
{
    struct media *m = media_open(path, W, H, &lossless);
    int i;

    for (i = 0; i < seconds * 25; i++) {
        media_fill(m, 0x808080);
        media_rect(m, 100, 100, 200, 50, 0x303030);
        media_write(m);
    }
    media_close(&m);
}

struct heard {
    char notices[4096];
    int n_progress;
    struct sc *cancel;           /* cancel this session at the first progress */
};

static void on_notice(void *user, const char *text)
{
    struct heard *h = user;
    size_t used = strlen(h->notices);

    snprintf(h->notices + used, sizeof h->notices - used, "%s\n", text);
}

static void on_progress(void *user, const struct sc_progress *progress)
{
    struct heard *h = user;

    assert_non_null(progress->stage);
    h->n_progress++;
    if (h->cancel)
        sc_cancel(h->cancel);
}

static struct sc *open_session(struct heard *h)
{
    struct sc_settings settings = { .config_dir = "config", .on_notice = on_notice, .on_progress = on_progress,
                                    .user = h };
    struct sc *s;

    memset(h, 0, sizeof *h);
    assert_int_equal(sc_open(&s, &settings, NULL), SC_OK);
    return s;
}

static bool near(int64_t a_us, int64_t b_us)
{
    return llabs(a_us - b_us) <= 1000;
}

static void info_tells_what_was_drawn(void **state)
{
    struct sc_source source = { .path = "square.mkv" };
    struct sc_error err = { 0 };
    struct sc_info info;
    struct heard h;
    struct sc *s = open_session(&h);

    (void)state;
    draw_square("square.mkv");
    assert_int_equal(sc_info(s, &source, &info, &err), SC_OK);
    assert_string_equal(info.path, "square.mkv");
    assert_string_equal(info.codec, "ffv1");
    assert_int_equal(info.width, W);
    assert_int_equal(info.height, H);
    assert_true(near(info.duration_us, 6000000));
    assert_int_equal(info.n_streams, 1);
    assert_false(info.is_still);
    sc_info_dispose(&info);
    source.path = "missing.mkv";
    assert_int_equal(sc_info(s, &source, &info, &err), SC_ERR_IO);
    assert_non_null(strstr(err.text, "missing.mkv"));
    sc_close(&s);
}

static void a_square_comes_and_goes(void **state)
{
    static const enum sc_effort efforts[] = { SC_NORMAL, SC_FULL };
    struct sc_source source = { .path = "square.mkv" };
    size_t i;

    (void)state;
    draw_square("square.mkv");
    for (i = 0; i < 2; i++) {
        struct sc_look_settings look = { .effort = efforts[i] };
        struct sc_error err = { 0 };
        struct sc_changes *c;
        struct heard h;
        struct sc *s = open_session(&h);

        assert_int_equal(sc_changes(s, &source, &look, &c, &err), SC_OK);
        assert_int_equal(c->version, 1);
        assert_int_equal(c->n_events, 2);
        assert_true(near(c->events[0].start_us, 2000000));
        assert_true(near(c->events[1].start_us, 4000000));
        assert_true(c->events[0].box.x <= 200 && c->events[0].box.x + c->events[0].box.w >= 280);
        assert_true(c->events[0].box.y <= 120 && c->events[0].box.y + c->events[0].box.h >= 180);
        assert_true(c->events[0].box.w <= 112 && c->events[0].box.h <= 92);
        assert_int_equal(c->damage.n_packets, 0);
        assert_true(near(c->first_us, 0) && near(c->last_us, 5960000));
        assert_true(c->n_frames >= 3 && c->n_frames <= 6);
        sc_changes_free(&c);
        assert_null(c);
        sc_close(&s);
    }
}

static int n_files;

static void on_file(void *user, const char *path)
{
    struct stat st;

    (void)user;
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > 0);
    n_files++;
}

static void chosen_frames_become_files(void **state)
{
    struct sc_source source = { .path = "square.mkv" };
    struct sc_frames_settings settings = { .format = SC_PNG, .max_side = 320 };
    struct sc_error err = { 0 };
    struct sc_changes *c;
    struct sc_info info;
    struct heard h;
    struct sc *s = open_session(&h);

    (void)state;
    draw_square("square.mkv");
    n_files = 0;
    assert_int_equal(sc_changes(s, &source, NULL, &c, &err), SC_OK);
    assert_int_equal(sc_frames(s, &source, c, "out", &settings, on_file, NULL, &err), SC_OK);
    assert_int_equal(n_files, c->n_frames + 1);
    assert_int_equal(access("out/00h00m00.000s-first.png", F_OK), 0);
    assert_int_equal(access("out/manifest.json", F_OK), 0);
    source.path = "out/00h00m00.000s-first.png";
    assert_int_equal(sc_info(s, &source, &info, &err), SC_OK);
    assert_int_equal(info.width, 320);
    assert_int_equal(info.height, 180);
    assert_true(info.is_still);
    sc_info_dispose(&info);
    source.path = "square.mkv";
    assert_int_equal(sc_contact_sheet(s, &source, c, "sheet.jpg", &err), SC_OK);
    assert_int_equal(access("sheet.jpg", F_OK), 0);
    assert_int_equal(sc_contact_sheet(s, &source, c, "sheet.bmp", &err), SC_ERR_INVALID);
    assert_int_equal(sc_contact_sheet(s, &source, c, "nowhere/sheet.jpg", &err), SC_ERR_IO);
    sc_changes_free(&c);
    sc_close(&s);
}

static void two_times_of_one_video_are_compared(void **state)
{
    struct sc_source source = { .path = "square.mkv" };
    struct sc_comparison cmp;
    struct sc_error err = { 0 };
    struct heard h;
    struct sc *s = open_session(&h);

    (void)state;
    draw_square("square.mkv");
    assert_int_equal(sc_compare(s, &source, 1000000, &source, 3000000, &cmp, &err), SC_OK);
    assert_true(cmp.changed);
    assert_int_equal(cmp.n_regions, 1);
    assert_true(abs(cmp.regions[0].box.x - 200) <= 1 && abs(cmp.regions[0].box.w - 80) <= 2);
    assert_true(abs(cmp.regions[0].box.y - 120) <= 1 && abs(cmp.regions[0].box.h - 60) <= 2);
    assert_true(near(cmp.b_us, 3000000));
    sc_comparison_dispose(&cmp);
    assert_int_equal(sc_compare(s, &source, 0, &source, 1000000, &cmp, &err), SC_OK);
    assert_true(cmp.identical && !cmp.changed);
    sc_comparison_dispose(&cmp);
    sc_close(&s);
}

static void nonsense_is_refused_before_any_work(void **state)
{
    static const struct { struct sc_look_settings look; const char *words; } rows[] = {
        { { .fps = 2, .every_us = 5 }, "exclude" },
        { { .fps = -1 }, "more than none" },
        { { .from_us = 5, .to_us = 4 }, "ends before it begins" },
        { { .crop = { -1, 0, 5, 5 } }, "inside the picture" },
        { { .max_frames = -2 }, "makes no sense" },
        { { .has_sensitivity = true, .sensitivity = 1.01 }, "between 0 and 1" },
    };
    struct sc_source source = { .path = "never-opened" };
    struct heard h;
    struct sc *s = open_session(&h);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sc_error err = { 0 };
        struct sc_changes *c;

        assert_int_equal(sc_changes(s, &source, &rows[i].look, &c, &err), SC_ERR_INVALID);
        assert_non_null(strstr(err.text, rows[i].words));
        assert_null(c);
    }
    sc_close(&s);
}

static void cancelling_ends_the_call(void **state)
{
    struct sc_source source = { .path = "long.mkv" };
    struct sc_error err = { 0 };
    struct sc_changes *c;
    struct heard h;
    struct sc *s = open_session(&h);

    (void)state;
    draw_static("long.mkv", 60);
    h.cancel = s;
    assert_int_equal(sc_changes(s, &source, NULL, &c, &err), SC_ERR_CANCELLED);
    assert_null(c);
    assert_true(h.n_progress >= 1);
    sc_close(&s);
}

static void a_bad_file_does_not_end_the_session(void **state)
{
    struct sc_source bad = { .path = "bad.mp4" }, good = { .path = "square.mkv" };
    struct sc_error err = { 0 };
    struct sc_info info;
    struct heard h;
    struct sc *s = open_session(&h);
    int fd = open("bad.mp4", O_WRONLY | O_CREAT | O_TRUNC, 0644);

    (void)state;
    draw_square("square.mkv");
    assert_int_equal(write(fd, "this is text, not media", 23), 23);
    close(fd);
    assert_int_equal(sc_info(s, &bad, &info, &err), SC_ERR_FORMAT);
    assert_non_null(strstr(err.text, "bad.mp4"));
    assert_int_equal(sc_info(s, &good, &info, &err), SC_OK);
    sc_info_dispose(&info);
    sc_close(&s);
}

static void heard_text(void *user, const char *text, size_t size)
{
    strncat(user, text, size);
}

static void without_a_model_the_evidence_answers(void **state)
{
    struct sc_source source = { .path = "square.mkv" };
    char said[8192] = "";
    struct sc_ask_settings settings = { .service = "embedded", .on_text = heard_text, .user = said };
    struct sc_error err = { 0 };
    struct sc_answer *a;
    struct heard h;
    struct sc *s = open_session(&h);

    (void)state;
    draw_square("square.mkv");
    assert_int_equal(sc_ask(s, &source, NULL, &settings, &a, &err), SC_OK);
    assert_true(a->no_model && !a->sent);
    assert_string_equal(a->service, "embedded");
    assert_string_equal(a->text, said);
    assert_non_null(strstr(said, "00:02.000"));
    assert_int_equal(a->changes->n_events, 2);
    sc_answer_free(&a);
    settings.dry_run = true;
    assert_int_equal(sc_ask(s, &source, NULL, &settings, &a, &err), SC_ERR_INVALID);
    sc_close(&s);
}

static void a_dry_run_counts_without_a_server(void **state)
{
    struct sc_source source = { .path = "square.mkv" };
    struct sc_ask_settings settings = {
        .model = "llama-4-scout", .pack = "full", .dry_run = true, .dump = "request.json",
    };
    struct sc_error err = { 0 };
    struct sc_answer *a;
    struct stat st;
    struct heard h;
    struct sc *s = open_session(&h);
    int64_t sum = 0;
    int i;

    (void)state;
    draw_square("square.mkv");
    assert_int_equal(sc_ask(s, &source, NULL, &settings, &a, &err), SC_OK);
    assert_false(a->sent);
    assert_true(a->n_images >= 3);
    for (i = 0; i < a->n_images; i++) {
        assert_int_equal(a->images[i].tokens, 437);     /* 597x336: two tiles; 640x360 would cost four */
        assert_string_equal(a->images[i].grid, "2x1");
        assert_true(a->images[i].exact && a->images[i].bytes > 0);
        sum += a->images[i].tokens;
    }
    assert_int_equal(a->image_tokens, sum);
    assert_true(a->image_exact && !a->text_exact && a->text_tokens > 0);
    assert_int_equal(stat("request.json", &st), 0);
    assert_int_equal(st.st_size, a->body_bytes);
    sc_answer_free(&a);
    sc_close(&s);
}

static void the_default_question_is_not_asked_when_nothing_changed(void **state)
{
    struct sc_source source = { .path = "static.mkv" };
    struct sc_ask_settings settings = { .model = "gpt-4.1", .dry_run = true, .pack = "full" };
    struct sc_error err = { 0 };
    struct sc_answer *a;
    struct heard h;
    struct sc *s = open_session(&h);

    (void)state;
    draw_static("static.mkv", 3);
    assert_int_equal(sc_ask(s, &source, NULL, &settings, &a, &err), SC_OK);
    assert_true(a->nothing_changed && !a->sent && a->n_images == 0);
    sc_answer_free(&a);
    settings.question = "what colour is it?";
    assert_int_equal(sc_ask(s, &source, NULL, &settings, &a, &err), SC_OK);
    assert_true(!a->nothing_changed && a->n_images >= 1);
    sc_answer_free(&a);
    sc_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_tells_what_was_drawn),
        cmocka_unit_test(a_square_comes_and_goes),
        cmocka_unit_test(chosen_frames_become_files),
        cmocka_unit_test(two_times_of_one_video_are_compared),
        cmocka_unit_test(nonsense_is_refused_before_any_work),
        cmocka_unit_test(cancelling_ends_the_call),
        cmocka_unit_test(a_bad_file_does_not_end_the_session),
        cmocka_unit_test(without_a_model_the_evidence_answers),
        cmocka_unit_test(a_dry_run_counts_without_a_server),
        cmocka_unit_test(the_default_question_is_not_asked_when_nothing_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
