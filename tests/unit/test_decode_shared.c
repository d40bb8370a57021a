/* decode/ over the shared material: real, labelled, still and broken files, compared with what ffprobe and the
 * material's own README say. Skipped by name where the material is not there. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode/decode.h"
#include "tests/kit/check.h"
#include "tests/kit/list.h"

static const char *folder;

static const char *at(const char *name)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/videos/%s", folder, name);
    return path;
}

static bool is_there(const char *name)
{
    return folder && access(at(name), R_OK) == 0;
}

/* One of each container and codec, the smaller ones. */
static const char *const clips[] = {
    "real/bbb-h263.3gp", "real/city-night.mpg", "real/film-1906.ogv",
    "real/newtons-cradle.gif", "real/rotate-90.mov",
    "real/screencast-form.ogv", "real/screencast-vfr.mp4", "real/sign-language.mkv", "real/talking-head.avi",
    "labelled/codecs-av1.mkv", "labelled/codecs-hevc10.mp4", "labelled/codecs-h264-444.mkv",
    "labelled/codecs-mjpeg.avi", "labelled/codecs-mpeg2.ts", "labelled/codecs-mpeg4.avi",
    "labelled/codecs-prores.mov", "labelled/codecs-theora.ogv", "labelled/codecs-vp8.webm", "labelled/codecs-vp9.mp4",
    "labelled/table-objects-vfr.mkv", "labelled/road-mover-interlaced.mpg",
    "broken/starts-at-26h.ts", "broken/ts-starts-mid-packet.ts", "broken/ts-6pct-packets-garbage.ts",
    "broken/truncated.mkv", "broken/truncated-60pct.mp4", "broken/truncated.gif", "broken/size-4098x2.avi",
};

#define N_CLIPS (sizeof clips / sizeof *clips)

/* Times as ffprobe tells them, in order; -1: there is no ffprobe. */
static int probe(const char *name, double *times, int limit)
{
    char command[PATH_MAX + 256], line[256];
    FILE *out;
    int n = 0;

    snprintf(command, sizeof command,
             "ffprobe -v quiet -select_streams v:0 -show_entries frame=best_effort_timestamp_time -of csv=p=0 '%s'",
             at(name));
    out = popen(command, "r");
    while (out && n < limit && fgets(line, sizeof line, out))
        if (line[0] != '\n')
            times[n++] = line[0] == 'N' ? NAN : atof(line);
    return out && pclose(out) == 0 ? n : -1;
}

static void times_are_those_of_ffprobe(void **state)
{
    static double times[4000];
    (void)state;

    if (!is_there(clips[0]) || system("ffprobe -version >/dev/null 2>&1") != 0)
        skip();
    for (size_t i = 0; i < N_CLIPS; i++) {
        struct list l = list_pictures(at(clips[i]), NULL);
        int n = probe(clips[i], times, 4000);

        if (l.status || l.n != n)
            fail_msg("%s: %d pictures, ffprobe %d %s", clips[i], l.n, n, l.err.text);
        for (int k = 0; k < n; k++)
            if (!isnan(times[k]) && fabs(times[k] - times[0] - l.items[k].time_us / 1e6) > 2e-6)
                fail_msg("%s: picture %d at %lld us, ffprobe %.6f after %.6f", clips[i], k,
                         (long long)l.items[k].time_us, times[k], times[0]);
        for (int k = 1; k < n; k++)
            assert_true(l.items[k].time_us > l.items[k - 1].time_us);
        list_dispose(&l);
    }
}

static void seeks_give_the_same_pictures(void **state)
{
    (void)state;
    if (!is_there(clips[0]))
        skip();
    for (size_t i = 0; i < N_CLIPS; i++) {
        struct list all = list_pictures(at(clips[i]), NULL);
        struct decode_settings settings = { .source.path = at(clips[i]) };
        struct decoder *d = NULL;

        assert_int_equal(decode_open(&d, &settings, NULL), SC_OK);
        for (int step = 1; step <= 5; step++) {
            int k = (int)((int64_t)all.n * (step * 3 % 5) / 5);
            struct picture *p = NULL;

            assert_int_equal(decode_seek(d, all.items[k].time_us, NULL), SC_OK);
            assert_int_equal(decode_next(d, &p, NULL), SC_OK);
            if (!p || p->time_us != all.items[k].time_us || list_hash(p) != all.items[k].hash)
                fail_msg("%s: picture %d at %lld us is another one after a seek", clips[i], k,
                         (long long)all.items[k].time_us);
            picture_unref(&p);
        }
        decode_close(&d);
        list_dispose(&all);
    }
}

static void broken_files_do_what_their_readme_says(void **state)
{
    static const struct {
        const char *file;
        int n;               /* pictures; -1: refused */
        bool damaged;
        const char *words;   /* of the refusal */
    } cases[] = {
        { "broken/audio-only.mp4", -1, false, "no video stream in" },
        { "broken/audio-only.webm", -1, false, "(it has sound only)" },
        { "broken/bitflips-300.mp4", -1, false, "damaged" },
        { "broken/duration-lies.mp4", 120, false, NULL },
        { "broken/header-100000x100000.png", -1, false, "picture of 100000x100000" },
        { "broken/header-30000x1.png", 1, false, NULL },
        { "broken/header-65500x65500.jpg", -1, false, "picture of 65500x65500" },
        { "broken/header-65535x65535.mp4", 120, false, NULL },
        { "broken/jpeg-named.mkv", 1, true, NULL },
        { "broken/mp4-named.jpg", 120, false, NULL },
        { "broken/no-extension", 120, false, NULL },
        { "broken/no-moov.mp4", -1, false, "damaged or incomplete" },
        { "broken/one-byte.mkv", -1, false, "'" },
        { "broken/single-frame.mp4", 1, false, NULL },
        { "broken/size-2x2.mkv", 60, false, NULL },
        { "broken/size-changes.m2v", 73, false, NULL },
        { "broken/starts-at-26h.ts", 60, false, NULL },
        { "broken/stts-entry-bomb.mp4", -1, false, "not enough memory" },
        { "broken/text-named.mp4", -1, false, "'" },
        { "broken/truncated-60pct.mp4", 57, true, NULL },
        { "broken/truncated.gif", 11, true, NULL },
        { "broken/truncated.jpg", 1, true, NULL },
        { "broken/truncated.mkv", 75, true, NULL },
        { "broken/truncated.png", -1, false, "cut off" },
        { "broken/ts-6pct-packets-garbage.ts", 85, true, NULL },
        { "broken/zero-length.mp4", -1, false, "is empty" },
        { "images/phone.heic", -1, false, "phone.heic" },
    };
    (void)state;

    if (!is_there("broken/README.tsv"))
        skip();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct list l = list_pictures(at(cases[i].file), NULL);

        if (cases[i].words ? !l.status || !strstr(l.err.text, cases[i].words) : l.status || l.n != cases[i].n)
            fail_msg("%s: %d pictures, '%s'", cases[i].file, l.n, l.err.text);
        if (!l.status && cases[i].damaged != (l.damage.n_packets > 0))
            fail_msg("%s: damage %lld", cases[i].file, (long long)l.damage.n_packets);
        list_dispose(&l);
    }
}

static void headers_are_told_as_they_are(void **state)
{
    static const struct {
        const char *file, *colour;
        int stream, n_streams, width, height, rotation;
        bool interlaced, is_still, has_audio;
    } cases[] = {
        { "real/phone-hlg-rotated.mp4", "bt2020/limited/hlg", 1, 1, 0, 0, -1, false, false, true },
        { "real/hdr10-av1.mp4", "bt2020/limited/pq", 1, 1, 0, 0, 0, false, false, false },
        { "real/rotate-90.mov", "bt709/limited/sdr", 1, 1, 320, 568, 90, false, false, false },
        { "labelled/road-mover-interlaced.mpg", NULL, 1, 1, 0, 0, 0, true, false, false },
        { "images/exif-orient-3.jpg", "bt601/full/sdr", 1, 1, 1200, 1800, 180, false, true, false },
        { "images/exif-orient-6.jpg", "bt601/full/sdr", 1, 1, 1800, 1200, 90, false, true, false },
        { "images/denali.webp", "bt601/limited/sdr", 1, 1, 600, 315, 0, false, true, false },
        { "labelled/codecs-anim.webp", "rgb/full/sdr", 1, 1, 320, 180, 0, false, false, false },
        { "broken/starts-at-26h.ts", NULL, 1, 1, 427, 240, 0, false, false, false },
    };
    (void)state;

    if (!is_there("images/denali.webp"))
        skip();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decode_settings settings = { .source.path = at(cases[i].file) };
        struct decoder *d = NULL;
        struct sc_error err = { 0 };
        const struct sc_info *info;

        if (decode_open(&d, &settings, &err))
            fail_msg("%s", err.text);
        info = decode_info(d);
        if ((cases[i].colour && strcmp(info->colour, cases[i].colour)) || info->stream != cases[i].stream ||
            info->n_streams != cases[i].n_streams || (cases[i].width && info->width != cases[i].width) ||
            (cases[i].height && info->height != cases[i].height) ||
            (cases[i].rotation >= 0 && info->rotation != cases[i].rotation) || info->interlaced != cases[i].interlaced ||
            info->is_still != cases[i].is_still)
            fail_msg("%s: %s stream %d/%d %dx%d rotation %d interlaced %d still %d", cases[i].file, info->colour,
                     info->stream, info->n_streams, info->width, info->height, info->rotation, info->interlaced,
                     info->is_still);
        decode_close(&d);
    }
}

static void both_streams_of_a_file_can_be_had(void **state)
{
    uint64_t hashes[2] = { 0 };
    (void)state;

    if (!is_there("real/nasa-two-streams.mp4"))
        skip();
    for (int stream = 1; stream <= 2; stream++) {
        struct decode_settings settings = { .source = { .path = at("real/nasa-two-streams.mp4"), .stream = stream } };
        struct decoder *d = NULL;
        struct picture *p = NULL;

        assert_int_equal(decode_open(&d, &settings, NULL), SC_OK);
        assert_int_equal(decode_info(d)->n_streams, 2);
        assert_int_equal(decode_info(d)->stream, stream);
        assert_int_equal(decode_seek(d, 3000000, NULL), SC_OK);
        assert_int_equal(decode_next(d, &p, NULL), SC_OK);
        hashes[stream - 1] = list_hash(p);
        picture_unref(&p);
        decode_close(&d);
    }
    assert_true(hashes[0] != hashes[1]);
}

static int find_material(void **state)
{
    (void)state;
    folder = list_shared();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_those_of_ffprobe),
        cmocka_unit_test(seeks_give_the_same_pictures),
        cmocka_unit_test(broken_files_do_what_their_readme_says),
        cmocka_unit_test(headers_are_told_as_they_are),
        cmocka_unit_test(both_streams_of_a_file_can_be_had),
    };

    return cmocka_run_group_tests(tests, find_material, NULL);
}
