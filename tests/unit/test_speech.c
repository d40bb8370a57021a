/* Speech: the sound of a video in chunks, sent to a scripted service, its words between the pictures and in the cache. */
#include "decode/audio.h"

#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "base/buffer.h"
#include "tests/kit/check.h"
#include "tests/kit/http_server.h"
#include "tests/kit/list.h"
#include "tests/kit/media.h"
#include "tests/kit/subtitled.h"

#define RATE 8000

/* ---- chunks ---- */

struct heard {
    int64_t start_us[64], duration_us[64];
    int n;
    struct buffer last;          /* the last file */
};

static enum sc_status note(void *user, int64_t start_us, int64_t duration_us, const uint8_t *flac, size_t size,
                           struct sc_error *err)
{
    struct heard *h = user;

    assert_true(h->n < 64);
    assert_true(size > 42 && !memcmp(flac, "fLaC", 4));
    h->start_us[h->n] = start_us;
    h->duration_us[h->n++] = duration_us;
    buffer_clear(&h->last);
    return buffer_add(&h->last, flac, size, err);
}

static void draw(const char *path, int seconds)
{
    struct media *m = media_open(path, 64, 48, &(struct media_options){ .codec = "mpeg4", .rate_num = 5, .rate_den = 1 });
    int i;

    for (i = 0; i < seconds * 5; i++) {
        media_fill(m, 0x808080);
        media_rect(m, i < seconds * 5 / 2 ? 8 : 32, 8, 16, 16, 0x202020);
        media_write(m);
    }
    media_close(&m);
}

/* Noise, silent in the tenths from quiet_from to quiet_to. */
static int16_t *noise(int seconds, int quiet_from, int quiet_to)
{
    int n = seconds * RATE, i;
    int16_t *samples = calloc((size_t)n, sizeof *samples);
    uint32_t random = 1;

    assert_non_null(samples);
    for (i = 0; i < n; i++) {
        int tenth = i / (RATE / 10);

        random = random * 1664525u + 1013904223u;
        samples[i] = tenth >= quiet_from && tenth < quiet_to ? 0 : (int16_t)((int)(random >> 18) - 8192);
    }
    return samples;
}

static void make(const char *path, const char *video, int seconds, int quiet_from, int quiet_to, int64_t late_us)
{
    int16_t *samples = noise(seconds, quiet_from, quiet_to);

    subtitled_with_sound(path, video, late_us, RATE, samples, seconds * RATE);
    free(samples);
}

static enum sc_status extract(const char *path, int64_t from_us, int64_t to_us, int chunk_s, struct heard *h,
                              struct sc_error *err)
{
    const struct audio_sink sink = { .on_chunk = note, .user = h };
    struct decode_settings settings = { .source.path = path };
    struct decoder *d = NULL;
    char name[96];
    enum sc_status s;

    memset(h, 0, sizeof *h);
    assert_int_equal(decode_open(&d, &settings, NULL), SC_OK);
    s = audio_extract(d, from_us, to_us, chunk_s, &sink, name, err);
    if (!s)
        assert_string_equal(name, "stream 1 of 1 (pcm_s16le)");
    decode_close(&d);
    return s;
}

static bool near(int64_t a, int64_t b)
{
    return llabs(a - b) < 20000;
}

/* Where the file of a chunk, read back, is silent: from when to when. */
static void find_silence(const struct buffer *flac, int64_t *from_us, int64_t *to_us)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_FLAC);
    AVCodecContext *decoder = avcodec_alloc_context3(codec);
    AVFormatContext *format = NULL;
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    int64_t at = 0;
    int n_silent = 0;
    FILE *f = fopen("chunk.flac", "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(flac->data, 1, flac->size, f), flac->size);
    fclose(f);
    *from_us = *to_us = -1;
    assert_int_equal(avformat_open_input(&format, "chunk.flac", NULL, NULL), 0);
    assert_true(avformat_find_stream_info(format, NULL) >= 0);
    assert_true(avcodec_parameters_to_context(decoder, format->streams[0]->codecpar) >= 0);
    assert_int_equal(decoder->sample_rate, AUDIO_RATE);
    assert_int_equal(decoder->ch_layout.nb_channels, 1);
    assert_int_equal(avcodec_open2(decoder, codec, NULL), 0);
    while (av_read_frame(format, packet) >= 0) {
        assert_int_equal(avcodec_send_packet(decoder, packet), 0);
        while (avcodec_receive_frame(decoder, frame) >= 0) {
            const int16_t *samples = (const int16_t *)(const void *)frame->data[0];
            int i;

            for (i = 0; i < frame->nb_samples; i++, at++) {
                n_silent = abs(samples[i]) < 8 ? n_silent + 1 : 0;
                if (n_silent < 200)
                    continue;
                *from_us = *from_us < 0 ? (at - 199) * 1000000 / AUDIO_RATE : *from_us;
                *to_us = at * 1000000 / AUDIO_RATE;
            }
        }
        av_packet_unref(packet);
    }
    avcodec_free_context(&decoder);
    avformat_close_input(&format);
    av_packet_free(&packet);
    av_frame_free(&frame);
}

static void sound_is_one_file_with_its_time(void **state)
{
    int64_t from_us, to_us;
    struct heard h;

    (void)state;
    draw("v.mkv", 6);
    make("sound.mkv", "v.mkv", 6, 20, 30, 0);
    assert_int_equal(extract("sound.mkv", 0, 0, 600, &h, NULL), SC_OK);
    assert_int_equal(h.n, 1);
    assert_true(near(h.start_us[0], 0));
    assert_true(near(h.duration_us[0], 6000000));
    find_silence(&h.last, &from_us, &to_us);
    assert_true(llabs(from_us - 2000000) < 50000);
    assert_true(llabs(to_us - 3000000) < 50000);
    buffer_dispose(&h.last);
    make("late.mkv", "v.mkv", 4, 0, 0, 1500000);
    assert_int_equal(extract("late.mkv", 0, 0, 600, &h, NULL), SC_OK);
    assert_true(near(h.start_us[0], 1500000));
    buffer_dispose(&h.last);
}

static void a_part_of_it_is_heard_alone(void **state)
{
    struct heard h;

    (void)state;
    assert_int_equal(extract("sound.mkv", 2000000, 4500000, 600, &h, NULL), SC_OK);
    assert_int_equal(h.n, 1);
    assert_true(near(h.start_us[0], 2000000));
    assert_true(near(h.duration_us[0], 2500000));
    buffer_dispose(&h.last);
}

/* No chunk is longer than allowed, none overlaps, nothing is lost; the first cut is in the silence. */
static void long_sound_is_cut_where_it_is_quiet(void **state)
{
    int64_t at_us = 0;
    struct heard h;
    int i;

    (void)state;
    draw("long.mkv", 34);
    make("chunks.mkv", "long.mkv", 34, 72, 78, 0);
    assert_int_equal(extract("chunks.mkv", 0, 0, 10, &h, NULL), SC_OK);
    assert_true(h.n >= 4);
    for (i = 0; i < h.n; i++) {
        assert_true(h.duration_us[i] <= 10000000);
        assert_true(near(h.start_us[i], at_us));
        at_us = h.start_us[i] + h.duration_us[i];
    }
    assert_true(near(at_us, 34000000));
    assert_true(h.duration_us[0] > 7200000 && h.duration_us[0] < 7800000);
    buffer_dispose(&h.last);
}

static void without_sound_there_is_an_error(void **state)
{
    struct sc_error err = { 0 };
    struct heard h;

    (void)state;
    assert_int_equal(extract("v.mkv", 0, 0, 10, &h, &err), SC_ERR_FORMAT);
    assert_string_equal(err.text, "no sound in 'v.mkv'");
    assert_int_equal(h.n, 0);
}

/* ---- a service ---- */

#define JSON_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
#define SEGMENTS JSON_HEAD "{\"text\": \"hello you\", \"segments\": [" \
                 "{\"start\": 1.0, \"end\": 2.5, \"text\": \" hello <|eot|>\"}, " \
                 "{\"start\": 3, \"end\": 4, \"text\": \"you\"}, " \
                 "{\"start\": 5, \"end\": 6, \"text\": \"Thanks for watching\", " \
                 "\"no_speech_prob\": 0.9, \"avg_logprob\": -1.5}]}"
#define ANSWER JSON_HEAD "{\"choices\": [{\"message\": {\"content\": \"a square moved\"}, \"finish_reason\": \"stop\"}]}"

struct asked {
    char notices[4096];
    struct sc *s;
};

static void on_notice(void *user, const char *text)
{
    struct asked *a = user;
    size_t used = strlen(a->notices);

    snprintf(a->notices + used, sizeof a->notices - used, "%s\n", text);
}

static void open_session(struct asked *a, const char *cache)
{
    struct sc_settings settings = { .config_dir = "config", .cache_dir = cache, .on_notice = on_notice, .user = a };

    memset(a, 0, sizeof *a);
    assert_int_equal(sc_open(&a->s, &settings, NULL), SC_OK);
}

static enum sc_status ask(struct asked *a, struct http_server *server, const char *question, bool dry_run,
                          struct sc_answer **answer, struct sc_error *err)
{
    struct sc_source source = { .path = "sound.mkv" };
    struct sc_look_settings look = { 0 };
    struct sc_ask_settings settings = {
        .question = question, .base_url = http_server_url(server), .model = "gpt-4.1", .whole = true,
        .transcribe = true, .transcribe_url = http_server_url(server), .transcribe_model = "small", .dry_run = dry_run,
    };

    return sc_ask(a->s, &source, &look, &settings, answer, err);
}

/* The n-th request for this path, NULL: there were fewer. */
static const struct http_request *request(struct http_server *server, const char *path, int n)
{
    int i;

    for (i = 0; i < http_server_count(server); i++)
        if (strstr(http_server_request(server, i)->head, path) && !n--)
            return http_server_request(server, i);
    return NULL;
}

static bool has(const struct http_request *r, const char *text)
{
    return memmem(r->body, r->body_size, text, strlen(text)) != NULL;
}

static void speech_is_heard_once(void **state)
{
    const struct http_reply script[] = { { .path = "/v1/audio/transcriptions", .bytes = SEGMENTS },
                                         { .path = "/v1/chat/completions", .bytes = ANSWER } };
    struct http_server *server = http_server_start(script, 2);
    struct sc_answer *answer = NULL;
    struct sc_error err = { 0 };
    struct asked a;
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        open_session(&a, "cache");
        if (ask(&a, server, i ? "who speaks?" : "what is said?", false, &answer, &err))
            fail_msg("%s", err.text);
        assert_int_equal(answer->n_lines, 2);
        assert_non_null(strstr(a.notices, i ? "that small made before" : "sending 00:06.000 of sound"));
        sc_answer_free(&answer);
        sc_close(&a.s);
    }
    assert_non_null(request(server, "POST /v1/audio/transcriptions", 0));
    assert_null(request(server, "POST /v1/audio/transcriptions", 1));
    assert_true(has(request(server, "POST /v1/audio/transcriptions", 0), "name=\"model\"\r\n\r\nsmall\r\n"));
    assert_true(has(request(server, "POST /v1/audio/transcriptions", 0), "\r\n\r\nverbose_json\r\n"));
    assert_true(has(request(server, "POST /v1/audio/transcriptions", 0), "fLaC"));
    assert_non_null(strstr(request(server, "POST /v1/audio/transcriptions", 0)->head, "multipart/form-data"));
    assert_null(strstr(request(server, "POST /v1/audio/transcriptions", 0)->head, "Expect"));
    assert_true(has(request(server, "POST /v1/chat/completions", 1), "00:01.000 to 00:02.500, speech: \\\"hello <"));
    assert_false(has(request(server, "POST /v1/chat/completions", 1), "<|eot|>"));
    assert_false(has(request(server, "POST /v1/chat/completions", 1), "Thanks for watching"));
    http_server_stop(&server);
}

static void a_dry_run_sends_nothing(void **state)
{
    const struct http_reply script[] = { { .path = "/v1/audio/transcriptions", .bytes = SEGMENTS } };
    struct http_server *server = http_server_start(script, 1);
    struct sc_answer *answer = NULL;
    struct asked a;

    (void)state;
    open_session(&a, "other-cache");
    assert_int_equal(ask(&a, server, "what is said?", true, &answer, NULL), SC_OK);
    assert_int_equal(answer->n_lines, 0);
    assert_non_null(strstr(a.notices, "a dry run sends nothing; it would send 00:06.000 of sound"));
    assert_null(request(server, "POST", 0));
    sc_answer_free(&answer);
    sc_close(&a.s);
    http_server_stop(&server);
}

static void faults_of_the_service_are_said(void **state)
{
    static const struct { const char *reply; enum sc_status status; const char *says; } rows[] = {
        { "HTTP/1.1 401 No\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
          "{\"error\": {\"message\": \"bad key\"}}", SC_ERR_SERVICE, "bad key" },
        { "HTTP/1.1 404 No\r\nConnection: close\r\n\r\n", SC_ERR_SERVICE, NULL },
        { JSON_HEAD "<html>", SC_ERR_SERVICE, "small" },
        { JSON_HEAD "{\"segments\": [{\"start\": \"x\"}]}", SC_ERR_SERVICE, "small" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct http_reply script[] = { { .path = "/v1/audio/transcriptions", .bytes = rows[i].reply } };
        struct http_server *server = http_server_start(script, 1);
        struct sc_answer *answer = NULL;
        struct sc_error err = { 0 };
        struct asked a;

        open_session(&a, "other-cache");
        assert_int_equal(ask(&a, server, "what is said?", false, &answer, &err), rows[i].status);
        if (rows[i].says && !strstr(err.text, rows[i].says))
            fail_msg("%zu: %s", i, err.text);
        assert_null(request(server, "POST /v1/chat", 0));
        sc_answer_free(&answer);
        sc_close(&a.s);
        http_server_stop(&server);
    }
}

static void a_busy_service_is_asked_again(void **state)
{
    const struct http_reply script[] = {
        { .path = "/v1/chat/completions", .bytes = ANSWER },
        { .path = "/v1/models", .bytes = JSON_HEAD "{\"data\": []}" },
    };
    const struct http_reply busy[] = {
        { .bytes = "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nConnection: close\r\n\r\n" },
        { .bytes = JSON_HEAD "{\"text\": \"hello you\"}" },
    };
    struct http_server *model = http_server_start(script, 2), *ears = http_server_start(busy, 2);
    struct sc_source source = { .path = "sound.mkv" };
    struct sc_look_settings look = { 0 };
    struct sc_ask_settings settings = {
        .question = "what is said?", .base_url = http_server_url(model), .model = "gpt-4.1", .whole = true,
        .transcribe = true, .transcribe_service = "ears",
    };
    char row[300];
    struct sc_answer *answer = NULL;
    struct sc_error err = { 0 };
    struct asked a;
    FILE *f;

    (void)state;
    assert_int_equal(system("mkdir -p config"), 0);
    assert_non_null(f = fopen("config/services.json", "w"));
    snprintf(row, sizeof row, "{\"services\": [{\"name\": \"ears\", \"url\": \"%s/v1\", \"dialect\": \"openai-chat\", "
             "\"documented\": \"here\", \"state\": \"works\", "
             "\"transcription\": {\"model\": \"ear-1\", \"usd_a_minute\": 0.01}}]}", http_server_url(ears));
    assert_true(fputs(row, f) >= 0);
    fclose(f);
    open_session(&a, "third-cache");
    if (sc_ask(a.s, &source, &look, &settings, &answer, &err))
        fail_msg("%s", err.text);
    assert_int_equal(http_server_count(ears), 2);
    assert_true(has(http_server_request(ears, 1), "ear-1"));
    assert_true(has(request(model, "POST /v1/chat/completions", 0), "speech: \\\"hello you\\\""));
    assert_non_null(strstr(a.notices, "trying again"));
    sc_answer_free(&answer);
    sc_close(&a.s);
    http_server_stop(&model);
    http_server_stop(&ears);
    remove("config/services.json");
}

static int set_up(void **state)
{
    (void)state;
    list_enter_folder();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    list_leave_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_is_one_file_with_its_time),
        cmocka_unit_test(a_part_of_it_is_heard_alone),
        cmocka_unit_test(long_sound_is_cut_where_it_is_quiet),
        cmocka_unit_test(without_sound_there_is_an_error),
        cmocka_unit_test(speech_is_heard_once),
        cmocka_unit_test(a_dry_run_sends_nothing),
        cmocka_unit_test(faults_of_the_service_are_said),
        cmocka_unit_test(a_busy_service_is_asked_again),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
