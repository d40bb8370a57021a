/* decode/: what comes over the network, from servers on this machine. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "decode/decode.h"
#include "tests/kit/check.h"
#include "tests/kit/http_server.h"
#include "tests/kit/list.h"
#include "tests/kit/rtsp.h"
#include "tests/kit/media.h"

#define N_PICTURES 40

static void make(const char *path, const char *codec)
{
    struct media *m = media_open(path, 64, 48, &(struct media_options){ .codec = codec, .encoder_options = "g=10" });

    for (int k = 0; k < N_PICTURES; k++) {
        media_fill(m, 0x202020);
        media_rect(m, k, 8, 16, 16, 0xC0C020);
        media_noise(m, 20, k + 1);
        media_write(m);
    }
    media_close(&m);
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(1 << 22);

    assert_non_null(f);
    assert_non_null(data);
    *size = fread(data, 1, 1 << 22, f);
    fclose(f);
    return data;
}

/* A reply with body; to be freed. */
static char *reply(const uint8_t *body, size_t size, size_t promised, size_t *size_out)
{
    char *out = malloc(size + 256);
    int n = snprintf(out, 256, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", promised);

    assert_non_null(out);
    memcpy(out + n, body, size);
    *size_out = n + size;
    return out;
}

static void same(const struct list *a, const struct list *b, int n)
{
    if (a->status)
        fail_msg("%s", a->err.text);
    assert_int_equal(a->n, n);
    for (int k = 0; k < n; k++) {
        assert_int_equal(a->items[k].time_us, b->items[k].time_us);
        assert_int_equal(a->items[k].hash, b->items[k].hash);
    }
}

static void a_url_without_ranges_is_kept_and_read_again(void **state)
{
    struct http_reply script[] = { { .bytes = NULL } };
    struct http_server *server;
    struct decode_settings settings = { 0 };
    struct decoder *d = NULL;
    struct sc_error err = { 0 };
    struct list straight, l, again;
    size_t size, reply_size;
    uint8_t *data;
    char *bytes, url[512];
    (void)state;

    make("web.mp4", "mpeg4"); /* its index comes last */
    straight = list_pictures("web.mp4", NULL);
    data = read_file("web.mp4", &size);
    bytes = reply(data, size, size, &reply_size);
    script[0] = (struct http_reply){ .bytes = bytes, .size = reply_size };
    server = http_server_start(script, 1);
    snprintf(url, sizeof url, "%s/web.mp4", http_server_url(server));
    settings.source.path = url;
    if (decode_open(&d, &settings, &err))
        fail_msg("%s", err.text);
    l = list_rest(d);
    assert_int_equal(decode_seek(d, 800000, &err), SC_OK);
    again = list_rest(d);
    same(&l, &straight, N_PICTURES);
    assert_int_equal(again.n, N_PICTURES / 2);
    assert_int_equal(again.items[0].hash, straight.items[N_PICTURES / 2].hash);
    decode_close(&d);
    http_server_stop(&server);
    list_dispose(&straight);
    list_dispose(&l);
    list_dispose(&again);
    free(bytes);
    free(data);
}

static void what_the_server_refuses_is_said(void **state)
{
    struct http_server *server = http_server_start(NULL, 0);
    struct list l;
    char url[512];
    (void)state;

    snprintf(url, sizeof url, "%s/none.mp4", http_server_url(server));
    l = list_pictures(url, NULL);
    assert_int_equal(l.status, SC_ERR_IO);
    assert_non_null(strstr(l.err.text, "can't open 'http://"));
    assert_non_null(strstr(l.err.text, "404"));
    http_server_stop(&server);
}

static void a_playlist_of_a_url_reaches_no_file(void **state)
{
    char list[512], bytes[1024], folder[256], url[512];
    struct http_reply script[] = { { .path = "/list.m3u8", .bytes = bytes } };
    struct http_server *server;
    struct list l;
    (void)state;

    make("local.ts", "mpeg2video");
    assert_non_null(getcwd(folder, sizeof folder));
    snprintf(list, sizeof list, "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile://%s/local.ts\n#EXT-X-ENDLIST\n", folder);
    snprintf(bytes, sizeof bytes, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", strlen(list), list);
    server = http_server_start(script, 1);
    snprintf(url, sizeof url, "%s/list.m3u8", http_server_url(server));
    l = list_pictures(url, NULL);
    assert_int_not_equal(l.status, SC_OK);
    http_server_stop(&server);
}

/* ---- live ---- */

struct rtsp {
    int listening;
    const uint8_t *data;
    size_t size;
    pthread_t thread;
};

static void *serve_rtsp(void *opaque)
{
    struct rtsp *r = opaque;

    rtsp_serve(r->listening, r->data, r->size, 0);
    return NULL;
}

static int start_rtsp(struct rtsp *r)
{
    int port = 0;

    r->listening = rtsp_listen(&port);
    assert_true(r->listening >= 0);
    assert_int_equal(pthread_create(&r->thread, NULL, serve_rtsp, r), 0);
    return port;
}

static void a_live_stream_is_kept_and_read_again(void **state)
{
    struct rtsp r = { 0 };
    struct decode_settings settings = { 0 };
    struct decoder *d = NULL, *second = NULL;
    struct sc_error err = { 0 };
    struct list straight, l, again, part;
    uint8_t *data;
    char url[64];
    (void)state;

    make("live.ts", "mpeg2video");
    straight = list_pictures("live.ts", NULL);
    data = read_file("live.ts", &r.size);
    r.data = data;
    snprintf(url, sizeof url, "rtsp://127.0.0.1:%d/x", start_rtsp(&r));
    settings.source.path = url;
    if (decode_open(&d, &settings, &err))
        fail_msg("%s", err.text);
    l = list_rest(d);
    /* The last one is not sent whole: nothing comes after it that would end it. */
    same(&l, &straight, l.n);
    assert_in_range(l.n, N_PICTURES - 1, N_PICTURES);
    assert_int_equal(decode_open_second(&second, d, &settings, &err), SC_OK);
    again = list_rest(second);
    same(&again, &straight, l.n);
    assert_int_equal(decode_seek(d, 1000000, &err), SC_OK);
    part = list_rest(d);
    assert_int_equal(part.n, l.n - 25);
    assert_int_equal(part.items[0].hash, straight.items[25].hash);
    decode_close(&d);
    decode_close(&second);
    pthread_join(r.thread, NULL);
    close(r.listening);
    list_dispose(&straight);
    list_dispose(&l);
    list_dispose(&again);
    list_dispose(&part);
    free(data);
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
        cmocka_unit_test(a_url_without_ranges_is_kept_and_read_again),
        cmocka_unit_test(what_the_server_refuses_is_said),
        cmocka_unit_test(a_playlist_of_a_url_reaches_no_file),
        cmocka_unit_test(a_live_stream_is_kept_and_read_again),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
