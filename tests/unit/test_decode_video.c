/* decode/: videos that the test draws, so that every time and colour is known. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode/decode.h"
#include "tests/kit/check.h"
#include "tests/kit/list.h"
#include "tests/kit/media.h"

#define WIDTH 160
#define HEIGHT 96

/* Picture k is gray of this level, with a square that walks. */
static uint32_t gray(int k)
{
    int level = 40 + k * 37 % 160;

    return level << 16 | level << 8 | level;
}

static void draw(struct media *m, int k)
{
    media_fill(m, gray(k));
    media_rect(m, (k * 8) % (WIDTH - 16), 8, 16, 16, 0xC02020);
}

static void make(const char *path, const struct media_options *options, int n)
{
    struct media *m = media_open(path, WIDTH, HEIGHT, options);

    for (int k = 0; k < n; k++) {
        draw(m, k);
        media_write(m);
    }
    media_close(&m);
}

static struct decoder *open_file(const char *path)
{
    struct decode_settings settings = { .source.path = path };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };

    if (decode_open(&d, &settings, &err))
        fail_msg("%s", err.text);
    return d;
}

static struct picture *next(struct decoder *d)
{
    struct picture *p = NULL;
    struct sc_error err = { 0 };

    if (decode_next(d, &p, &err))
        fail_msg("%s", err.text);
    return p;
}

static void refuse(const char *path, enum sc_status status, const char *words)
{
    struct decode_settings settings = { .source.path = path };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };

    assert_int_equal(decode_open(&d, &settings, &err), status);
    assert_null(d);
    if (!strstr(err.text, words))
        fail_msg("'%s' instead of '%s'", err.text, words);
}

/* What the tests of times and seeks run on. */
static const struct kind {
    const char *file, *codec, *options;
    int tolerance;           /* of colours */
} kinds[] = {
    { "bframes.mp4", "libx264", "crf=10:g=12:bf=3", 12 },       /* edit list, reordering */
    { "bframes.mkv", "libx264", "crf=10:g=12:bf=3", 12 },
    { "bframes.ts", "libx264", "crf=10:g=12:bf=3", 12 },
    { "opengop.mp4", "libx264", "crf=10:g=12:bf=3:x264-params=open-gop=1", 12 },
    { "refresh.mkv", "libx264", "crf=10:g=12:intra-refresh=1", 30 }, /* no key picture but the first */
    { "raw.h264", "libx264", "crf=10:g=12:bf=3", 12 },          /* no times at all */
    { "part4.avi", "mpeg4", "qscale=2:g=12:flags=+qscale:bf=2", 12 }, /* decoding times only */
    { "part4.mp4", "mpeg4", "qscale=2:g=12:flags=+qscale", 12 },
    { "part2.mpg", "mpeg2video", "qscale=2:flags=+qscale:g=12:bf=2", 12 }, /* times on some packets only */
    { "part2.m2v", "mpeg2video", "qscale=2:flags=+qscale:g=12:bf=2", 12 },
    { "exact.mkv", "ffv1", NULL, 6 },
    { "motion.avi", "mjpeg", "qmin=1:qmax=2", 12 },
    { "vp9.webm", "libvpx-vp9", "crf=10:g=12:cpu-used=8:deadline=realtime", 20 },
    { "flash.flv", "flv", "qmin=2:qmax=2:g=12", 14 },
    { "loop.gif", "gif", NULL, 26 },
    { "loop.apng", "apng", NULL, 2 },
};

#define N_KINDS (sizeof kinds / sizeof *kinds)
#define N_PICTURES 50

static void times_are_exact_and_pictures_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        const struct kind *kind = &kinds[i];
        struct decoder *d;
        struct picture *p;

        if (!media_has_encoder(kind->codec))
            continue;
        make(kind->file, &(struct media_options){ .codec = kind->codec, .encoder_options = kind->options,
                                                  .rate_num = 25, .rate_den = 1 }, N_PICTURES);
        d = open_file(kind->file);
        for (int k = 0; k < N_PICTURES; k++) {
            if (!(p = next(d)))
                fail_msg("%s: ends after %d pictures", kind->file, k);
            if (llabs(p->time_us - k * 40000) > 1000)
                fail_msg("%s: picture %d at %lld us", kind->file, k, (long long)p->time_us);
            if (!list_is_near(list_rgb(p, WIDTH / 2, HEIGHT - 8), gray(k), kind->tolerance))
                fail_msg("%s: picture %d is %06x, not %06x", kind->file, k, list_rgb(p, WIDTH / 2, HEIGHT - 8), gray(k));
            picture_unref(&p);
        }
        if ((p = next(d)))
            fail_msg("%s: one picture too many, at %lld us", kind->file, (long long)p->time_us);
        assert_int_equal(decode_damage(d).n_packets, 0);
        decode_close(&d);
    }
}

static void check_at(struct decoder *d, const char *file, const struct list *all, int k, int64_t time_us)
{
    struct sc_error err = { 0 };
    struct picture *p = NULL;

    if (decode_seek(d, time_us, &err))
        fail_msg("%s: %s", file, err.text);
    p = next(d);
    if (k == all->n) {
        assert_null(p);
        return;
    }
    if (!p || p->time_us != all->items[k].time_us || list_hash(p) != all->items[k].hash)
        fail_msg("%s: seek to %lld us gives the picture of %lld us, or other samples than those of %lld us", file,
                 (long long)time_us, p ? (long long)p->time_us : -1, (long long)all->items[k].time_us);
    picture_unref(&p);
}

static void a_seek_gives_what_a_straight_decode_gives(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        struct list all;
        struct decoder *d;

        if (access(kinds[i].file, F_OK) < 0)
            continue;
        all = list_pictures(kinds[i].file, NULL);
        assert_int_equal(all.n, N_PICTURES);
        d = open_file(kinds[i].file);
        for (int step = 0; step <= N_PICTURES; step++) {
            int k = step * 29 % N_PICTURES; /* to and fro */

            check_at(d, kinds[i].file, &all, k, all.items[k].time_us);
            if (k > 0)
                check_at(d, kinds[i].file, &all, k, all.items[k - 1].time_us + 1);
        }
        check_at(d, kinds[i].file, &all, all.n, all.items[all.n - 1].time_us + 1);
        check_at(d, kinds[i].file, &all, 0, -5);
        decode_close(&d);
        for (int k = 1; k < N_PICTURES; k += 11) { /* a decoder that has seen nothing yet */
            d = open_file(kinds[i].file);
            check_at(d, kinds[i].file, &all, k, all.items[k].time_us);
            decode_close(&d);
        }
        list_dispose(&all);
    }
}

static void skipping_keeps_the_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        struct list all;

        if (access(kinds[i].file, F_OK) < 0)
            continue;
        all = list_pictures(kinds[i].file, NULL);
        for (enum decode_skip skip = DECODE_SKIP_BIDIR; skip <= DECODE_KEYS_ONLY; skip++) {
            struct decode_settings settings = { .skip = skip, .threads = 1 };
            struct list some = list_pictures(kinds[i].file, &settings);

            assert_true(some.n > 0 && some.n <= all.n);
            for (int k = 0, at = 0; k < some.n; k++, at++) {
                while (at < all.n && all.items[at].time_us < some.items[k].time_us)
                    at++;
                if (at == all.n || all.items[at].time_us != some.items[k].time_us ||
                    all.items[at].hash != some.items[k].hash)
                    fail_msg("%s: skip %d: picture at %lld us is not in the full decode", kinds[i].file, skip,
                             (long long)some.items[k].time_us);
            }
            list_dispose(&some);
        }
        list_dispose(&all);
    }
}

static void skipping_skips(void **state)
{
    static const struct {
        enum decode_skip skip;
        int most;
    } cases[] = { { DECODE_SKIP_BIDIR, 40 }, { DECODE_SKIP_NONREF, 40 }, { DECODE_KEYS_ONLY, 6 } };
    struct media *m;
    (void)state;

    if (!media_has_encoder("libx264"))
        skip();
    m = media_open("quiet.mp4", WIDTH, HEIGHT,
                   &(struct media_options){ .codec = "libx264", .encoder_options = "g=15:bf=2:b_strategy=0" });
    for (int k = 0; k < 60; k++) {
        media_fill(m, 0x808080);
        media_rect(m, k * 2, 8, 16, 16, 0xC02020);
        media_write(m);
    }
    media_close(&m);
    for (size_t i = 0; i < 3; i++) {
        struct decode_settings settings = { .skip = cases[i].skip, .threads = 1 };
        struct list l = list_pictures("quiet.mp4", &settings);

        if (l.n < 4 || l.n > cases[i].most)
            fail_msg("skip %d gives %d pictures", cases[i].skip, l.n);
        list_dispose(&l);
    }
}

static void own_times_of_pictures_are_kept(void **state)
{
    static const char *const files[] = { "vfr.mkv", "vfr.mp4" };
    static const int64_t times_us[] = { 0, 33000, 50000, 1050000, 1051000, 7000000, 7040000 };
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct media *m = media_open(files[i], WIDTH, HEIGHT, &(struct media_options){ .codec = "mpeg4" });
        struct list l;

        for (int k = 0; k < 7; k++) {
            draw(m, k);
            media_write_at(m, times_us[k] + 2000000); /* the first is not at 0 */
        }
        media_close(&m);
        l = list_pictures(files[i], NULL);
        assert_int_equal(l.n, 7);
        for (int k = 0; k < 7; k++)
            assert_int_equal(l.items[k].time_us, times_us[k]);
        list_dispose(&l);
    }
    struct decoder *d = open_file("vfr.mkv");
    assert_int_equal(decode_info(d)->container_offset_us, 2000000);
    decode_close(&d);
}

static void tells_what_a_file_is(void **state)
{
    struct decoder *d;
    const struct sc_info *i;
    (void)state;

    make("info.mp4", &(struct media_options){ .codec = "mpeg4", .rate_num = 10, .rate_den = 1, .bt709 = true }, 20);
    d = open_file("info.mp4");
    i = decode_info(d);
    assert_non_null(strstr(i->container, "mp4"));
    assert_string_equal(i->codec, "mpeg4");
    assert_string_equal(i->pixel_format, "yuv420p");
    assert_string_equal(i->colour, "bt709/limited/sdr");
    assert_int_equal(i->stream, 1);
    assert_int_equal(i->n_streams, 1);
    assert_int_equal(i->width, WIDTH);
    assert_int_equal(i->coded_height, HEIGHT);
    assert_int_equal(i->duration_us, 2000000);
    assert_int_equal(i->n_pictures, 20);
    assert_true(i->fps > 9.99 && i->fps < 10.01);
    assert_false(i->is_still);
    assert_false(i->has_audio);
    decode_close(&d);
}

static void at_the_end_all_is_known(void **state)
{
    struct media_options options = { .codec = "mpeg2video", .rate_num = 25, .rate_den = 1 };
    struct decoder *d;
    struct list l;
    (void)state;

    make("open.m2v", &options, 20); /* no header says how long it is */
    d = open_file("open.m2v");
    l = list_rest(d);
    assert_int_equal(decode_info(d)->n_pictures, 20);
    assert_int_equal(decode_info(d)->duration_us, 800000);
    list_dispose(&l);
    decode_close(&d);
}

static void a_video_of_one_picture_is_a_still(void **state)
{
    struct decoder *d;
    struct list l;
    (void)state;

    make("one.mkv", &(struct media_options){ .codec = "ffv1" }, 1);
    d = open_file("one.mkv");
    assert_true(decode_info(d)->is_still);
    assert_int_equal(decode_info(d)->n_pictures, 1);
    l = list_rest(d);
    assert_int_equal(l.n, 1);
    list_dispose(&l);
    decode_close(&d);
}

static void rotation_is_told_and_boxes_follow_it(void **state)
{
    (void)state;
    for (int turns = 0; turns < 4; turns++) {
        struct decoder *d;
        struct picture *p;
        struct sc_box coded;

        make("turned.mov", &(struct media_options){ .codec = "mpeg4", .rotation = 90 * turns }, 2);
        d = open_file("turned.mov");
        p = next(d);
        assert_int_equal(p->turns, turns);
        assert_int_equal(decode_info(d)->rotation, 90 * turns);
        assert_int_equal(p->width, turns & 1 ? HEIGHT : WIDTH);
        assert_int_equal(p->height, turns & 1 ? WIDTH : HEIGHT);
        /* The coded top left corner: top right, bottom right, bottom left once turned. */
        coded = picture_to_coded(p, (struct sc_box){ turns == 1 || turns == 2 ? p->width - 10 : 0,
                                                     turns == 2 || turns == 3 ? p->height - 10 : 0, 10, 10 });
        assert_int_equal(coded.x, 0);
        assert_int_equal(coded.y, 0);
        assert_int_equal(coded.w, 10);
        assert_int_equal(coded.h, 10);
        picture_unref(&p);
        decode_close(&d);
    }
}

static void wide_samples_stretch_and_absurd_ones_do_not(void **state)
{
    static const struct {
        int num, den, width, height;
    } cases[] = { { 4, 3, 213, HEIGHT }, { 1, 2, WIDTH, 192 }, { 1, 1, WIDTH, HEIGHT }, { 100, 1, WIDTH, HEIGHT } };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decoder *d;
        struct picture *p;
        struct sc_box coded;

        make("wide.mkv", &(struct media_options){ .codec = "ffv1", .sar_num = cases[i].num, .sar_den = cases[i].den }, 2);
        d = open_file("wide.mkv");
        p = next(d);
        assert_int_equal(p->width, cases[i].width);
        assert_int_equal(p->height, cases[i].height);
        coded = picture_to_coded(p, (struct sc_box){ p->width - 1, p->height - 1, 1000, 1000 });
        assert_int_equal(coded.x, WIDTH - 1);
        assert_int_equal(coded.y, HEIGHT - 1);
        assert_int_equal(coded.w, 1);
        assert_int_equal(coded.h, 1);
        picture_unref(&p);
        decode_close(&d);
    }
}

static void odd_sizes_and_layouts_pass(void **state)
{
    static const char *const formats[] = { "yuv420p", "yuv422p", "yuv444p", "gray", "yuv420p10le", "yuv422p10le",
                                           "yuv444p12le", "yuva420p", "gray16le", "bgra" };
    (void)state;

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct media *m = media_open("odd.mkv", 33, 17, &(struct media_options){ .codec = "ffv1", .pixel_format = formats[i] });
        struct decoder *d;
        struct picture *p;

        media_fill(m, 0x909090);
        media_write(m);
        media_write(m);
        media_close(&m);
        d = open_file("odd.mkv");
        p = next(d);
        assert_int_equal(p->width, 33);
        assert_int_equal(p->height, 17);
        assert_string_equal(decode_info(d)->pixel_format, formats[i]);
        if (!list_is_near(list_rgb(p, 32, 16), 0x909090, 3))
            fail_msg("%s: %06x", formats[i], list_rgb(p, 32, 16));
        picture_unref(&p);
        decode_close(&d);
    }
}

static void packets_are_told_without_decoding(void **state)
{
    struct decoder *d;
    struct packet_facts facts;
    struct sc_error err = { 0 };
    struct picture *p = NULL;
    bool end = false;
    int n = 0, n_keys = 0;
    (void)state;

    make("packets.mp4", &(struct media_options){ .codec = "mpeg4", .encoder_options = "g=10", .rate_num = 10, .rate_den = 1 },
         30);
    d = open_file("packets.mp4");
    while (!decode_next_packet(d, &facts, &end, &err) && !end) {
        assert_true(facts.bytes > 0);
        assert_int_equal(facts.time_us, n * 100000);
        n_keys += facts.key;
        n++;
    }
    assert_int_equal(n, 30);
    assert_true(n_keys >= 3);
    assert_int_equal(decode_next(d, &p, &err), SC_ERR_INVALID);
    assert_int_equal(decode_seek(d, 1500000, &err), SC_OK);
    assert_int_equal(decode_next_packet(d, &facts, &end, &err), SC_OK);
    assert_true(facts.key && facts.time_us <= 1500000 && facts.time_us >= 500000);
    assert_int_equal(decode_seek(d, 700000, &err), SC_OK);
    p = next(d);
    assert_int_equal(p->time_us, 700000);
    picture_unref(&p);
    assert_int_equal(decode_next_packet(d, &facts, &end, &err), SC_ERR_INVALID);
    decode_close(&d);
}

static void append(const char *from, const char *to, const char *mode, long limit)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, mode);
    int c;

    assert_non_null(in);
    assert_non_null(out);
    while (limit-- > 0 && (c = getc(in)) != EOF)
        putc(c, out);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

static void a_clock_that_jumps_back_goes_on(void **state)
{
    struct list l;
    struct decoder *d;
    (void)state;

    make("half.ts", &(struct media_options){ .codec = "mpeg2video", .encoder_options = "g=10", .rate_num = 25, .rate_den = 1 },
         100);
    append("half.ts", "joined.ts", "wb", 1L << 30);
    append("half.ts", "joined.ts", "ab", 1L << 30);
    l = list_pictures("joined.ts", NULL);
    assert_int_equal(l.n, 200);
    for (int k = 1; k < l.n; k++)
        if (llabs(l.items[k].time_us - l.items[k - 1].time_us - 40000) > 40000)
            fail_msg("picture %d at %lld after %lld", k, (long long)l.items[k].time_us, (long long)l.items[k - 1].time_us);
    d = open_file("joined.ts");
    check_at(d, "joined.ts", &l, 50, l.items[50].time_us);
    check_at(d, "joined.ts", &l, 150, l.items[150].time_us);
    decode_close(&d);
    list_dispose(&l);
}

static void damage_in_the_middle_is_counted_and_passed(void **state)
{
    struct list clean, l;
    FILE *f;
    struct stat st;
    (void)state;

    make("damaged.avi",
         &(struct media_options){ .codec = "mpeg4", .encoder_options = "g=5", .rate_num = 10, .rate_den = 1 }, 60);
    clean = list_pictures("damaged.avi", NULL);
    assert_int_equal(stat("damaged.avi", &st), 0);
    f = fopen("damaged.avi", "r+b");
    fseek(f, st.st_size / 2, SEEK_SET);
    for (int i = 0; i < 3000; i++)
        putc(i * 7919 >> 3 & 255, f);
    fclose(f);
    l = list_pictures("damaged.avi", NULL);
    assert_int_equal(l.status, SC_OK);
    assert_true(l.damage.n_packets > 0);
    assert_true(l.damage.first_us > 500000 && l.damage.last_us < 5900000);
    assert_true(l.n > 40);
    assert_int_equal(l.items[0].hash, clean.items[0].hash);
    assert_int_equal(l.items[l.n - 1].hash, clean.items[clean.n - 1].hash);
    list_dispose(&l);
    list_dispose(&clean);
}

static void a_file_that_is_cut_off_decodes_to_the_cut(void **state)
{
    static const char *const files[] = { "bframes.mkv", "motion.avi", "loop.gif" };
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct stat st;
        struct list l;

        if (stat(files[i], &st) < 0)
            continue;
        append(files[i], "cut", "wb", st.st_size * 6 / 10);
        l = list_pictures("cut", NULL);
        assert_int_equal(l.status, SC_OK);
        assert_true(l.n > 10 && l.n < N_PICTURES);
        if (l.damage.n_packets == 0)
            fail_msg("%s: nothing is said of the cut", files[i]);
        list_dispose(&l);
    }
}

static void pictures_over_the_limit_are_refused(void **state)
{
    struct decode_settings settings = { .source = { .path = "limit.mkv", .max_pixels = WIDTH * HEIGHT - 1 } };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };
    (void)state;

    make("limit.mkv", &(struct media_options){ .codec = "ffv1" }, 2);
    assert_int_equal(decode_open(&d, &settings, &err), SC_ERR_LIMIT);
    assert_non_null(strstr(err.text, "picture of 160x96"));
    assert_non_null(strstr(err.text, "--max-pixels"));
    settings.source.max_pixels++;
    assert_int_equal(decode_open(&d, &settings, &err), SC_OK);
    decode_close(&d);
}

static void cancelling_is_noticed(void **state)
{
    atomic_bool cancel = false;
    struct decode_settings settings = { .source.path = "bframes.mkv", .cancel = &cancel };
    struct decoder *d = NULL;
    struct picture *p = NULL;
    struct sc_error err = { 0 };
    (void)state;

    make("cancel.mkv", &(struct media_options){ .codec = "ffv1" }, 20);
    settings.source.path = "cancel.mkv";
    assert_int_equal(decode_open(&d, &settings, &err), SC_OK);
    atomic_store(&cancel, true);
    assert_int_equal(decode_next(d, &p, &err), SC_ERR_CANCELLED);
    assert_int_equal(decode_seek(d, 1000, &err), SC_ERR_CANCELLED);
    decode_close(&d);
    assert_int_equal(decode_open(&d, &settings, &err), SC_ERR_CANCELLED);
    assert_null(d);
}

static void a_stream_that_is_not_there_is_refused(void **state)
{
    struct decode_settings settings = { .source = { .path = "streams.mkv", .stream = 2 } };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };
    (void)state;

    make("streams.mkv", &(struct media_options){ .codec = "ffv1" }, 2);
    assert_int_equal(decode_open(&d, &settings, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "no video stream 2 in 'streams.mkv': it has 1");
}

static void encrypted_video_is_said_to_be(void **state)
{
    (void)state;
    make("plain.mp4", &(struct media_options){ .codec = "mpeg4" }, 20);
    if (system("ffmpeg -v quiet -i plain.mp4 -c copy -encryption_scheme cenc-aes-ctr -encryption_key "
               "76a6c65c5ea762046bd749a2e632ccbb -encryption_kid a7e61c373e219033c21091fa607bf3b8 secret.mp4") != 0)
        skip();
    refuse("secret.mp4", SC_ERR_FORMAT, "'secret.mp4' is encrypted");
}

static void two_decoders_are_independent(void **state)
{
    struct decode_settings settings = { 0 };
    struct decoder *a, *b = NULL;
    struct sc_error err = { 0 };
    struct list one, two, straight;
    (void)state;

    make("two.mkv", &(struct media_options){ .codec = "mpeg4" }, 20);
    straight = list_pictures("two.mkv", NULL);
    a = open_file("two.mkv");
    assert_int_equal(decode_seek(a, 400000, &err), SC_OK);
    assert_int_equal(decode_open_second(&b, a, &settings, &err), SC_OK);
    one = list_rest(a);
    decode_close(&a);
    two = list_rest(b);
    assert_int_equal(one.n, 10);
    assert_int_equal(two.n, 20);
    assert_int_equal(one.items[9].hash, straight.items[19].hash);
    assert_int_equal(two.items[19].hash, straight.items[19].hash);
    decode_close(&b);
    list_dispose(&one);
    list_dispose(&two);
    list_dispose(&straight);
}

/* Whatever damage makes a decoder start over, and however many threads it has. */
static void damaged_files_have_ascending_times(void **state)
{
    const char *tests = getenv("TESTS");
    struct decode_settings settings = { .source.path = NULL };
    char pattern[4096];
    glob_t found;
    size_t i;

    (void)state;
    snprintf(pattern, sizeof pattern, "%s/fuzz/corpus/media/*", tests ? tests : "tests");
    if (glob(pattern, 0, NULL, &found))
        skip();
    for (i = 0; i < found.gl_pathc * 2; i++) {
        struct decoder *d = NULL;
        struct picture *p = NULL;
        int64_t last_us = -1;

        settings.source.path = found.gl_pathv[i / 2];
        settings.threads = i % 2 ? 1 : 2;
        if (decode_open(&d, &settings, NULL))
            continue;
        while (!decode_next(d, &p, NULL) && p) {
            if (p->time_us <= last_us)
                fail_msg("%s: %lld after %lld", settings.source.path, (long long)p->time_us, (long long)last_us);
            last_us = p->time_us;
            picture_unref(&p);
        }
        decode_close(&d);
    }
    globfree(&found);
}

static int enter(void **state)
{
    (void)state;
    list_enter_folder();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    list_leave_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_exact_and_pictures_in_order),
        cmocka_unit_test(a_seek_gives_what_a_straight_decode_gives),
        cmocka_unit_test(skipping_keeps_the_times),
        cmocka_unit_test(skipping_skips),
        cmocka_unit_test(a_file_that_is_cut_off_decodes_to_the_cut),
        cmocka_unit_test(own_times_of_pictures_are_kept),
        cmocka_unit_test(tells_what_a_file_is),
        cmocka_unit_test(at_the_end_all_is_known),
        cmocka_unit_test(a_video_of_one_picture_is_a_still),
        cmocka_unit_test(rotation_is_told_and_boxes_follow_it),
        cmocka_unit_test(wide_samples_stretch_and_absurd_ones_do_not),
        cmocka_unit_test(odd_sizes_and_layouts_pass),
        cmocka_unit_test(packets_are_told_without_decoding),
        cmocka_unit_test(a_clock_that_jumps_back_goes_on),
        cmocka_unit_test(damage_in_the_middle_is_counted_and_passed),
        cmocka_unit_test(damaged_files_have_ascending_times),
        cmocka_unit_test(pictures_over_the_limit_are_refused),
        cmocka_unit_test(cancelling_is_noticed),
        cmocka_unit_test(a_stream_that_is_not_there_is_refused),
        cmocka_unit_test(encrypted_video_is_said_to_be),
        cmocka_unit_test(two_decoders_are_independent),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
