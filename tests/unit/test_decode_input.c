/* decode/: where bytes come from: pipes, awkward names, what is no media, what must not be followed. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavutil/error.h>

#include "base/text.h"
#include "decode/decode.h"
#include "decode/input.h"
#include "decode/spool.h"
#include "tests/kit/check.h"
#include "tests/kit/list.h"
#include "tests/kit/media.h"

#define N_PICTURES 30

static void make(const char *path, const char *codec)
{
    struct media *m = media_open(path, 64, 48, &(struct media_options){ .codec = codec, .encoder_options = "g=10" });

    for (int k = 0; k < N_PICTURES; k++) {
        media_fill(m, 0x202020);
        media_rect(m, k, 8, 16, 16, 0xC0C020);
        media_noise(m, 40, k + 1); /* so that the file is larger than a pipe */
        media_write(m);
    }
    media_close(&m);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void refuse(const char *path, enum sc_status status, const char *words)
{
    struct decode_settings settings = { .source.path = path };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };

    if (decode_open(&d, &settings, &err) != status)
        fail_msg("'%s': %d '%s'", path, err.code, err.text);
    assert_null(d);
    if (!strstr(err.text, words))
        fail_msg("'%s' instead of '%s'", err.text, words);
    assert_null(strchr(err.text, '\n'));
}

/* ---- read once ---- */

struct feeder {
    const char *file;
    int to;
    pthread_t thread;
};

static void *feed(void *opaque)
{
    struct feeder *f = opaque;
    FILE *in = fopen(f->file, "rb");
    char some[997]; /* pieces of a size that fits nothing */
    size_t n;

    while (in && (n = fread(some, 1, sizeof some, in)) > 0)
        if (write(f->to, some, n) != (ssize_t)n)
            break;
    if (in)
        fclose(in);
    close(f->to);
    return NULL;
}

/* Make file come out of descriptor 0. Returns the descriptor that was there. */
static int start_feeding(struct feeder *f, const char *file)
{
    int ends[2], before = dup(STDIN_FILENO);

    assert_int_equal(pipe(ends), 0);
    f->file = file;
    f->to = ends[1];
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    assert_int_equal(pthread_create(&f->thread, NULL, feed, f), 0);
    return before;
}

static void stop_feeding(struct feeder *f, int before)
{
    dup2(before, STDIN_FILENO);
    close(before);
    pthread_join(f->thread, NULL);
}

static void same(const struct list *a, const struct list *b)
{
    assert_int_equal(a->status, SC_OK);
    assert_int_equal(a->n, b->n);
    for (int k = 0; k < a->n; k++) {
        assert_int_equal(a->items[k].time_us, b->items[k].time_us);
        assert_int_equal(a->items[k].hash, b->items[k].hash);
    }
}

static void a_pipe_is_as_good_as_a_file(void **state)
{
    static const char *const files[] = { "pipe.mp4", "pipe.mkv", "pipe.avi", "pipe.ts", "pipe.gif" };
    (void)state;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct decode_settings settings = { .source.path = "-" };
        struct decoder *d = NULL, *second = NULL;
        struct feeder f;
        struct sc_error err = { 0 };
        struct list straight, one, again, two;
        int before;

        make(files[i], !strcmp(files[i], "pipe.gif") ? "gif" : "mpeg4"); /* mp4: the index comes last */
        straight = list_pictures(files[i], NULL);
        before = start_feeding(&f, files[i]);
        if (decode_open(&d, &settings, &err))
            fail_msg("%s: %s", files[i], err.text);
        one = list_rest(d);
        assert_int_equal(decode_seek(d, 0, &err), SC_OK);
        again = list_rest(d);
        assert_int_equal(decode_open_second(&second, d, &settings, &err), SC_OK);
        two = list_rest(second);
        same(&one, &straight);
        same(&again, &straight);
        same(&two, &straight);
        decode_close(&d);
        decode_close(&second);
        stop_feeding(&f, before);
        list_dispose(&straight);
        list_dispose(&one);
        list_dispose(&again);
        list_dispose(&two);
    }
}

static void a_redirected_file_is_read_in_place(void **state)
{
    int before = dup(STDIN_FILENO), file;
    struct list straight, l;
    (void)state;

    make("stdin.mkv", "mpeg4");
    straight = list_pictures("stdin.mkv", NULL);
    file = open("stdin.mkv", O_RDONLY);
    dup2(file, STDIN_FILENO);
    close(file);
    for (int i = 0; i < 2; i++) { /* and can be opened twice */
        l = list_pictures("-", NULL);
        same(&l, &straight);
        list_dispose(&l);
    }
    list_dispose(&straight);
    dup2(before, STDIN_FILENO);
    close(before);
}

static void a_named_pipe_is_read_too(void **state)
{
    struct feeder f = { .file = "fifo.mkv" };
    struct list straight, l;
    (void)state;

    make("fifo.mkv", "mpeg4");
    straight = list_pictures("fifo.mkv", NULL);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    f.to = open("fifo", O_RDWR); /* so that neither side waits for the other */
    assert_true(fcntl(f.to, F_SETPIPE_SZ, 4096) >= 0); /* and the writer is not done before the reader is there */
    assert_int_equal(pthread_create(&f.thread, NULL, feed, &f), 0);
    l = list_pictures("fifo", NULL);
    pthread_join(f.thread, NULL);
    same(&l, &straight);
    list_dispose(&l);
    list_dispose(&straight);
}

static void *cancel_soon(void *opaque)
{
    usleep(50000);
    atomic_store((atomic_bool *)opaque, true);
    return NULL;
}

static void a_silent_pipe_can_be_cancelled(void **state)
{
    atomic_bool cancel = false;
    struct decode_settings settings = { .source.path = "silent", .cancel = &cancel };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };
    pthread_t thread;
    (void)state;

    assert_int_equal(mkfifo("silent", 0600), 0);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &cancel), 0);
    assert_int_equal(decode_open(&d, &settings, &err), SC_ERR_CANCELLED);
    pthread_join(thread, NULL);
}

/* Gives n bytes that count up, then fails. */
struct counter {
    int64_t at, n;
    int failure;
};

static int count_up(void *opaque, uint8_t *out, int size)
{
    struct counter *c = opaque;

    if (c->at == c->n)
        return c->failure;
    if (size > 1000)
        size = 1000;
    if (size > c->n - c->at)
        size = (int)(c->n - c->at);
    for (int i = 0; i < size; i++)
        out[i] = (uint8_t)((c->at + i) % 251);
    c->at += size;
    return size;
}

static void a_spool_reads_anywhere_and_no_further_than_asked(void **state)
{
    struct counter c = { .n = 5500 };
    struct spool *s = NULL;
    uint8_t out[10];
    (void)state;

    assert_int_equal(spool_open(&s, &host_itself, count_up, &c, NULL), SC_OK);
    assert_int_equal(spool_read(s, 2500, out, 10), 10);
    assert_int_equal(out[0], 2500 % 251);
    assert_int_equal(c.at, 3000);
    assert_int_equal(spool_size(s), -1);
    assert_int_equal(spool_read(s, 5, out, 10), 10);
    assert_int_equal(out[9], 14);
    assert_int_equal(c.at, 3000);
    assert_int_equal(spool_read(s, 5495, out, 10), 5);
    assert_int_equal(spool_read(s, 5500, out, 10), 0);
    assert_int_equal(spool_drain(s), 5500);
    assert_int_equal(spool_size(s), 5500);
    spool_close(&s);
    assert_null(s);
    c = (struct counter){ .n = 1500, .failure = AVERROR(EIO) };
    assert_int_equal(spool_open(&s, &host_itself, count_up, &c, NULL), SC_OK);
    assert_int_equal(spool_read(s, 1495, out, 10), 5);
    assert_int_equal(spool_read(s, 1500, out, 10), AVERROR(EIO));
    spool_close(&s);
}

static void a_folder_without_space_for_the_spool_is_said(void **state)
{
    const char *before = getenv("TMPDIR");
    char *kept = before ? strdup(before) : NULL;
    struct spool *s = NULL;
    struct sc_error err = { 0 };
    struct counter c = { 0 };
    (void)state;

    setenv("TMPDIR", "/nonexistent", 1);
    assert_int_equal(spool_open(&s, &host_itself, count_up, &c, &err), SC_ERR_IO);
    assert_non_null(strstr(err.text, "TMPDIR"));
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

/* ---- names ---- */

static void any_name_of_an_existing_file_works(void **state)
{
    static const char *const names[] = { "-dash.mkv", "per%cent%03d.mkv", "http:no-url.mkv", "new\nline.mkv", "sp ace",
                                         "\xff\xfe.mkv", "glob*[x]?.mkv", "rtsp:" };
    struct list straight;
    (void)state;

    make("name.mkv", "mpeg4");
    straight = list_pictures("name.mkv", NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct list l;

        assert_int_equal(link("name.mkv", names[i]), 0);
        l = list_pictures(names[i], NULL);
        same(&l, &straight);
        list_dispose(&l);
    }
    list_dispose(&straight);
}

static void messages_show_names_without_control_characters(void **state)
{
    char shown[256];
    char *longest = malloc(100000);
    (void)state;

    refuse("no\x1b]31m\nsuch", SC_ERR_IO, "can't open 'no\\x1b]31m\\x0asuch': No such file or directory");
    memset(longest, 'x', 99999);
    longest[99999] = '\0';
    refuse(longest, SC_ERR_IO, "...'");
    assert_true(strlen(text_shown(longest, shown, sizeof shown)) < sizeof shown);
    free(longest);
}

/* ---- what is refused ---- */

static void what_is_no_media_is_said_in_one_line(void **state)
{
    (void)state;
    write_file("empty.mp4", "");
    write_file("one.mkv", "\x1A");
    write_file("text.mp4", "This is just a text that somebody gave a name of a video.\n");
    write_file("text", "Lorem ipsum dolor sit amet, consectetur adipiscing elit.\n");
    refuse("empty.mp4", SC_ERR_FORMAT, "'empty.mp4' is empty");
    refuse("one.mkv", SC_ERR_FORMAT, "'one.mkv'");
    refuse("text.mp4", SC_ERR_FORMAT, "'text.mp4'");
    refuse("text", SC_ERR_FORMAT, "'text' is not media that can be read");
    refuse("missing.mp4", SC_ERR_IO, "can't open 'missing.mp4': No such file or directory");
    refuse("missing/a.mp4", SC_ERR_IO, "No such file or directory");
    refuse("", SC_ERR_IO, "can't open ''");
    refuse("ftp://example.com/a.mp4", SC_ERR_IO, "can't open");
    refuse("concat:a.mp4|b.mp4", SC_ERR_IO, "can't open");
    refuse("/dev/null", SC_ERR_FORMAT, "is empty");
}

static void unreadable_files_are_said_to_be(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip();
    write_file("secret.mp4", "x");
    assert_int_equal(chmod("secret.mp4", 0), 0);
    refuse("secret.mp4", SC_ERR_IO, "can't open 'secret.mp4': Permission denied");
}

static void playlists_reach_nothing(void **state)
{
    (void)state;
    make("target.ts", "mpeg2video");
    write_file("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ntarget.ts\n#EXT-X-ENDLIST\n");
    write_file("list.txt", "ffconcat version 1.0\nfile target.ts\n");
    write_file("list.mpd", "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\">"
                           "<Period><AdaptationSet><Representation><BaseURL>target.ts</BaseURL></Representation>"
                           "</AdaptationSet></Period></MPD>\n");
    write_file("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
                           "a=rtpmap:96 H264/90000\n");
    refuse("list.m3u8", SC_ERR_FORMAT, "is a playlist");
    refuse("list.txt", SC_ERR_FORMAT, "is a playlist");
    refuse("list.mpd", SC_ERR_FORMAT, "'list.mpd'");
    refuse("list.sdp", SC_ERR_FORMAT, "'list.sdp'");
}

static int enter(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
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
        cmocka_unit_test(a_pipe_is_as_good_as_a_file),
        cmocka_unit_test(a_redirected_file_is_read_in_place),
        cmocka_unit_test(a_named_pipe_is_read_too),
        cmocka_unit_test(a_silent_pipe_can_be_cancelled),
        cmocka_unit_test(a_spool_reads_anywhere_and_no_further_than_asked),
        cmocka_unit_test(a_folder_without_space_for_the_spool_is_said),
        cmocka_unit_test(any_name_of_an_existing_file_works),
        cmocka_unit_test(messages_show_names_without_control_characters),
        cmocka_unit_test(what_is_no_media_is_said_in_one_line),
        cmocka_unit_test(unreadable_files_are_said_to_be),
        cmocka_unit_test(playlists_reach_nothing),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
