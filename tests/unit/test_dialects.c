/* Every dialect over HTTP: the exact request, the same answer whole and streamed, and how each says no. */
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "client/client.h"
#include "client/dialects/dialect.h"
#include "tests/kit/eventstream.h"
#include "tests/kit/http_server.h"

#define KEY "sk-test-0123456789"
#define HEAD(status, type) "HTTP/1.1 " status "\r\nContent-Type: " type "\r\nConnection: close\r\n"
#define EVENTS HEAD("200 OK", "text/event-stream") "\r\n"
#define LINES HEAD("200 OK", "application/x-ndjson") "\r\n"
#define JSON HEAD("200 OK", "application/json; charset=utf-8") "\r\n"
#define FIRST "/9j/2Q=="
#define SECOND "iVBORw0KGgo="

static struct services *services;

/* ---- a query of two pictures between words ---- */

static struct query_part parts[5];
static struct query query = { .system = "Look.", .parts = parts, .n_parts = 5, .n_images = 2,
                              .image_tokens = 294, .text_tokens = 20, .layout_tokens = 15 };

static void make_query(void)
{
    static uint8_t jpeg[] = { 0xFF, 0xD8, 0xFF, 0xD9 };
    static uint8_t png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };

    parts[0] = (struct query_part){ .type = PART_TEXT, .text = "At \"0\":" };
    parts[1] = (struct query_part){ .type = PART_IMAGE, .detail = DETAIL_LOW, .content_type = "image/jpeg",
                                    .data = { .data = jpeg, .size = sizeof jpeg } };
    parts[2] = (struct query_part){ .type = PART_TEXT, .text = "At 1:" };
    parts[3] = (struct query_part){ .type = PART_IMAGE, .image = 1, .content_type = "image/png",
                                    .data = { .data = png, .size = sizeof png } };
    parts[4] = (struct query_part){ .type = PART_TEXT, .text = "What changed?" };
}

/* ---- what is sent and what comes back ---- */

#define RESPONSES_INPUT \
    "\"instructions\":\"Look.\",\"input\":[{\"role\":\"user\",\"content\":[" \
    "{\"type\":\"input_text\",\"text\":\"At \\\"0\\\":\"}," \
    "{\"type\":\"input_image\",\"image_url\":\"data:image/jpeg;base64," FIRST "\",\"detail\":\"low\"}," \
    "{\"type\":\"input_text\",\"text\":\"At 1:\"}," \
    "{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64," SECOND "\"}," \
    "{\"type\":\"input_text\",\"text\":\"What changed?\"}]}]"
#define ANTHROPIC_INPUT \
    "{\"model\":\"m:1\",\"system\":\"Look.\",\"messages\":[{\"role\":\"user\",\"content\":[" \
    "{\"type\":\"text\",\"text\":\"At \\\"0\\\":\"}," \
    "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/jpeg\",\"data\":\"" FIRST "\"}}," \
    "{\"type\":\"text\",\"text\":\"At 1:\"}," \
    "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"" SECOND "\"}}," \
    "{\"type\":\"text\",\"text\":\"What changed?\"}]}]"
#define OPENAI_INPUT \
    "\"messages\":[{\"role\":\"system\",\"content\":\"Look.\"},{\"role\":\"user\",\"content\":[" \
    "{\"type\":\"text\",\"text\":\"At \\\"0\\\":\"}," \
    "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpeg;base64," FIRST "\"}}," \
    "{\"type\":\"text\",\"text\":\"At 1:\"}," \
    "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64," SECOND "\"}}," \
    "{\"type\":\"text\",\"text\":\"What changed?\"}]}]"

static const struct way {
    const char *dialect, *service;
    const char *path;        /* frames: with "-stream" behind it */
    const char *header;      /* among those sent */
    const char *streamed, *whole; /* bodies; streamed NULL: the same */
    const char *events, *reply; /* events NULL: made by frames() */
    int64_t prompt, output, cached;
} ways[] = {
    { "openai-chat", "openai-compatible", "/v1/chat/completions", "Authorization: Bearer " KEY,
      "{\"model\":\"m:1\"," OPENAI_INPUT ",\"max_tokens\":64,\"temperature\":0.2,\"seed\":7,\"stream\":true,"
      "\"stream_options\":{\"include_usage\":true}}",
      "{\"model\":\"m:1\"," OPENAI_INPUT ",\"max_tokens\":64,\"temperature\":0.2,\"seed\":7}",
      EVENTS "data: {\"choices\":[{\"delta\":{\"content\":\"Two \"}}]}\n\n"
      "data: {\"choices\":[{\"delta\":{\"content\":\"c\xC3\xA4ts\"},\"finish_reason\":\"stop\"}]}\n\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":4,"
      "\"prompt_tokens_details\":{\"cached_tokens\":6}}}\n\ndata: [DONE]\n\n",
      JSON "{\"choices\":[{\"message\":{\"content\":\"Two c\xC3\xA4ts\"},\"finish_reason\":\"stop\"}],"
      "\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":4,\"prompt_tokens_details\":{\"cached_tokens\":6}}}",
      30, 4, 6 },
    { "openai-responses", "openai", "/v1/responses", "Authorization: Bearer " KEY,
      "{\"model\":\"m:1\"," RESPONSES_INPUT ",\"max_output_tokens\":64,\"temperature\":0.2,\"store\":false,"
      "\"stream\":true,\"stream_options\":{\"include_obfuscation\":false}}",
      "{\"model\":\"m:1\"," RESPONSES_INPUT ",\"max_output_tokens\":64,\"temperature\":0.2,\"store\":false}",
      EVENTS "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\","
      "\"status\":\"in_progress\",\"error\":null,\"output\":[]}}\n\n"
      "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"item\":{}}\n\n"
      "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Two \","
      "\"obfuscation\":\"x\"}\n\n"
      "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"c\xC3\xA4ts\"}\n\n"
      "event: response.output_text.done\ndata: {\"type\":\"response.output_text.done\",\"text\":\"Two c\xC3\xA4ts\"}\n\n"
      "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\","
      "\"error\":null,\"incomplete_details\":null,\"output\":[{\"type\":\"message\",\"content\":[{\"type\":"
      "\"output_text\",\"text\":\"Two c\xC3\xA4ts\"}]}],\"usage\":{\"input_tokens\":30,\"input_tokens_details\":"
      "{\"cached_tokens\":6},\"output_tokens\":4}}}\n\n",
      JSON "{\"object\":\"response\",\"status\":\"completed\",\"error\":null,\"incomplete_details\":null,\"output\":["
      "{\"type\":\"reasoning\",\"content\":[{\"type\":\"reasoning_text\",\"text\":\"hm\"}]},"
      "{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"Two \"},{\"type\":\"output_text\","
      "\"text\":\"c\xC3\xA4ts\"}]}],\"usage\":{\"input_tokens\":30,\"input_tokens_details\":{\"cached_tokens\":6},"
      "\"output_tokens\":4}}",
      30, 4, 6 },
    { "anthropic", "anthropic", "/v1/messages", "x-api-key: " KEY "\r\nAccept: ",
      ANTHROPIC_INPUT ",\"max_tokens\":64,\"temperature\":0.2,\"stream\":true}",
      ANTHROPIC_INPUT ",\"max_tokens\":64,\"temperature\":0.2}",
      EVENTS "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[],\"usage\":"
      "{\"input_tokens\":24,\"cache_read_input_tokens\":6,\"output_tokens\":1}}}\n\n"
      "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
      "{\"type\":\"text\",\"text\":\"\"}}\n\n"
      "event: ping\ndata: {\"type\":\"ping\"}\n\n"
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
      "{\"type\":\"text_delta\",\"text\":\"Two \"}}\n\n"
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
      "{\"type\":\"text_delta\",\"text\":\"c\xC3\xA4ts\"}}\n\n"
      "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
      "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":"
      "{\"output_tokens\":4}}\n\n"
      "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
      JSON "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Two c\xC3\xA4ts\"}],"
      "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":20,\"cache_creation_input_tokens\":4,"
      "\"cache_read_input_tokens\":6,\"output_tokens\":4}}",
      30, 4, 6 },
    { "ollama", "ollama", "/api/chat", "\r\nAccept: application/",
      "{\"model\":\"m:1\",\"stream\":true,\"messages\":[{\"role\":\"system\",\"content\":\"Look.\"},{\"role\":\"user\","
      "\"content\":\"At \\\"0\\\": [img] At 1: [img] What changed?\",\"images\":[\"" FIRST "\",\"" SECOND "\"]}],"
      "\"options\":{\"num_ctx\":4096,\"num_predict\":64,\"temperature\":0.2,\"seed\":7},\"truncate\":false}",
      "{\"model\":\"m:1\",\"stream\":false,\"messages\":[{\"role\":\"system\",\"content\":\"Look.\"},{\"role\":\"user\","
      "\"content\":\"At \\\"0\\\": [img] At 1: [img] What changed?\",\"images\":[\"" FIRST "\",\"" SECOND "\"]}],"
      "\"options\":{\"num_ctx\":4096,\"num_predict\":64,\"temperature\":0.2,\"seed\":7},\"truncate\":false}",
      LINES "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"Two \"},\"done\":false}\n"
      "\r\n{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"c\xC3\xA4ts\"},\"done\":false}\r\n"
      "{\"model\":\"m\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\","
      "\"prompt_eval_count\":30,\"eval_count\":4}",
      JSON "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"Two c\xC3\xA4ts\"},\"done\":true,"
      "\"done_reason\":\"stop\",\"prompt_eval_count\":30,\"eval_count\":4}",
      30, 4, -1 },
    { "llama4-native", "llama-server", "/completion", "Authorization: Bearer " KEY,
      "{\"prompt\":{\"prompt_string\":\"<|header_start|>system<|header_end|>\\n\\nLook.<|eot|><|header_start|>user"
      "<|header_end|>\\n\\nAt \\\"0\\\":<__media_77__>At 1:<__media_77__>What changed?<|eot|><|header_start|>assistant"
      "<|header_end|>\\n\\n\",\"multimodal_data\":[\"" FIRST "\",\"" SECOND "\"]},\"n_predict\":64,\"temperature\":0.2,"
      "\"seed\":7,\"stream\":true}",
      "{\"prompt\":{\"prompt_string\":\"<|header_start|>system<|header_end|>\\n\\nLook.<|eot|><|header_start|>user"
      "<|header_end|>\\n\\nAt \\\"0\\\":<__media_77__>At 1:<__media_77__>What changed?<|eot|><|header_start|>assistant"
      "<|header_end|>\\n\\n\",\"multimodal_data\":[\"" FIRST "\",\"" SECOND "\"]},\"n_predict\":64,\"temperature\":0.2,"
      "\"seed\":7}",
      EVENTS "data: {\"content\":\"Two \",\"stop\":false,\"tokens_evaluated\":0}\n\n"
      "data: {\"content\":\"c\xC3\xA4ts\",\"stop\":false}\n\n"
      "data: {\"content\":\"\",\"stop\":true,\"stop_type\":\"eos\",\"tokens_evaluated\":30,\"tokens_predicted\":4,"
      "\"timings\":{\"cache_n\":6}}\n\n",
      JSON "{\"content\":\"Two c\xC3\xA4ts\",\"stop\":true,\"stop_type\":\"eos\",\"tokens_evaluated\":30,"
      "\"tokens_predicted\":4,\"timings\":{\"cache_n\":6}}",
      30, 4, 6 },
    { "llama-api", "llama-api", "/v1/chat/completions", "Authorization: Bearer " KEY,
      "{\"model\":\"m:1\"," OPENAI_INPUT ",\"max_completion_tokens\":64,\"temperature\":0.2,\"stream\":true}",
      "{\"model\":\"m:1\"," OPENAI_INPUT ",\"max_completion_tokens\":64,\"temperature\":0.2}",
      EVENTS "data: {\"id\":\"i\",\"event\":{\"event_type\":\"start\",\"delta\":{\"type\":\"text\",\"text\":\"Two \"}}}\n\n"
      "data: {\"id\":\"i\",\"event\":{\"event_type\":\"progress\",\"delta\":{\"type\":\"text\",\"text\":\"c\xC3\xA4ts\"}}}\n\n"
      "data: {\"id\":\"i\",\"event\":{\"event_type\":\"complete\",\"delta\":{\"type\":\"text\",\"text\":\"\"},"
      "\"stop_reason\":\"stop\"}}\n\n"
      "data: {\"id\":\"i\",\"event\":{\"event_type\":\"metrics\",\"delta\":{\"type\":\"text\",\"text\":\"\"},\"metrics\":["
      "{\"metric\":\"num_prompt_tokens\",\"value\":30},{\"metric\":\"num_completion_tokens\",\"value\":4}]}}\n\n",
      JSON "{\"id\":\"i\",\"completion_message\":{\"role\":\"assistant\",\"content\":{\"type\":\"text\",\"text\":"
      "\"Two c\xC3\xA4ts\"},\"stop_reason\":\"stop\"},\"metrics\":[{\"metric\":\"num_prompt_tokens\",\"value\":30},"
      "{\"metric\":\"num_completion_tokens\",\"value\":4}]}",
      30, 4, -1 },
    { "bedrock", "bedrock", "/model/m%3A1/converse", "Authorization: Bearer " KEY,
      NULL,
      "{\"system\":[{\"text\":\"Look.\"}],\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"At \\\"0\\\":\"},"
      "{\"image\":{\"format\":\"jpeg\",\"source\":{\"bytes\":\"" FIRST "\"}}},{\"text\":\"At 1:\"},"
      "{\"image\":{\"format\":\"png\",\"source\":{\"bytes\":\"" SECOND "\"}}},{\"text\":\"What changed?\"}]}],"
      "\"inferenceConfig\":{\"maxTokens\":64,\"temperature\":0.2}}",
      NULL,
      JSON "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"text\":\"Two c\xC3\xA4ts\"}]}},"
      "\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":30,\"outputTokens\":4,\"totalTokens\":34},"
      "\"metrics\":{\"latencyMs\":400}}",
      30, 4, -1 },
};

/* The stream of Bedrock, in its binary frames; with what went wrong instead of its end, if anything did. */
static size_t frames(char *out, const char *exception)
{
    uint8_t *at = (uint8_t *)out;
    size_t n = (size_t)sprintf(out, HEAD("200 OK", "application/vnd.amazon.eventstream") "\r\n");

    n += eventstream_frame(at + n, ":event-type", "messageStart", "{\"role\":\"assistant\"}");
    n += eventstream_frame(at + n, ":event-type", "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":"
                           "\"Two \"}}");
    if (exception)
        return n + eventstream_frame(at + n, ":exception-type", exception, "{\"message\":\"oops\"}");
    n += eventstream_frame(at + n, ":event-type", "contentBlockDelta", "{\"delta\":{\"text\":\"c\xC3\xA4ts\"}}");
    n += eventstream_frame(at + n, ":event-type", "contentBlockStop", "{\"contentBlockIndex\":0}");
    n += eventstream_frame(at + n, ":event-type", "messageStop", "{\"stopReason\":\"end_turn\"}");
    return n + eventstream_frame(at + n, ":event-type", "metadata", "{\"usage\":{\"inputTokens\":30,"
                                 "\"outputTokens\":4,\"totalTokens\":34},\"metrics\":{\"latencyMs\":40}}");
}

#define N_WAYS (sizeof ways / sizeof *ways)

static const struct http_reply props = { .path = "/props", .bytes = JSON "{\"media_marker\":\"<__media_77__>\"}" };

static struct client_call call_of(const struct way *way, bool stream)
{
    return (struct client_call){
        .service = services_find(services, way->service), .dialect = dialect_find(way->dialect), .model = "m:1",
        .key = KEY, .stream = stream, .max_output_tokens = 64, .has_temperature = true, .temperature = 0.2,
        .has_seed = true, .seed = 7, .idle_timeout_s = 20,
    };
}

/* One call to a server that says this; the request of the answer is left in *body and *head. */
static enum sc_status ask_bytes(const struct client_call *settings, const char *reply, size_t size, int piece,
                                struct client_answer *answer, char **head, char **body, struct sc_error *err)
{
    const struct http_reply script[] = { props, { .bytes = reply, .size = size, .piece = piece } };
    struct http_server *server = http_server_start(script, 2);
    struct client_call call = *settings;
    int last;
    enum sc_status s;

    call.base_url = http_server_url(server);
    s = client_ask(&call, &query, answer, err);
    last = http_server_count(server) - 1;
    assert_int_equal(last, call.dialect->facts_path ? 1 : 0);
    *head = strdup(http_server_request(server, last)->head);
    *body = strdup(http_server_request(server, last)->body);
    http_server_stop(&server);
    return s;
}

static enum sc_status ask(const struct client_call *settings, const char *reply, struct client_answer *answer,
                          char **head, char **body, struct sc_error *err)
{
    return ask_bytes(settings, reply, strlen(reply), 0, answer, head, body, err);
}

static void check(const struct way *way, bool stream, int piece)
{
    struct client_call call = call_of(way, stream);
    const char *reply = stream && way->events ? way->events : way->reply;
    size_t size = strlen(reply);
    struct client_answer answer;
    struct sc_error err = { 0 };
    char *head, *body, line[100], binary[2048];

    if (stream && !way->events) {
        reply = binary;
        size = frames(binary, NULL);
    }
    if (ask_bytes(&call, reply, size, piece, &answer, &head, &body, &err))
        fail_msg("%s: %s", way->dialect, err.text);
    snprintf(line, sizeof line, "POST %s%s HTTP/1.1\r\n", way->path, stream && !way->events ? "-stream" : "");
    if (strncmp(head, line, strlen(line)) || !strstr(head, way->header))
        fail_msg("%s: %s", way->dialect, head);
    assert_string_equal(body, stream && way->streamed ? way->streamed : way->whole);
    assert_string_equal(answer.text.data, "Two c\xC3\xA4ts");
    assert_string_equal(answer.finish, "stop");
    assert_false(answer.incomplete);
    assert_int_equal(answer.prompt_tokens, way->prompt);
    assert_int_equal(answer.output_tokens, way->output);
    assert_int_equal(answer.cached_tokens, way->cached);
    client_answer_dispose(&answer);
    free(head);
    free(body);
}

static void asks_in_its_words_and_reads_the_answer(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < N_WAYS; i++) {
        check(&ways[i], false, 0);
        check(&ways[i], true, 0);
        check(&ways[i], true, 1);
    }
}

static void every_dialect_is_tried_here(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; client_dialects[i]; i++)
        assert_ptr_equal(client_dialects[i], dialect_find(ways[i].dialect));
    assert_int_equal(i, N_WAYS);
}

/* ---- cut off ---- */

/* A server that sends one byte more of the reply for each request, from the first to all but the last one. */
static struct http_server *cut_server(const char *reply, size_t size, struct http_reply *script)
{
    size_t i;

    script[0] = props;
    for (i = 1; i < size; i++)
        script[i] = (struct http_reply){ .bytes = reply, .size = i };
    return http_server_start(script, (int)size);
}

static void check_cut(const struct way *way, bool stream, size_t at, enum sc_status s, const struct client_answer *a,
                      const struct sc_error *err)
{
    static const char full[] = "Two c\xC3\xA4ts";
    const char *text = a->text.size ? (const char *)a->text.data : "";
    size_t n = strlen(text);
    bool is_whole_letter = (full[n] & 0xC0) != 0x80, is_all = n == sizeof full - 1;

    if (memcmp(full, text, n) || !is_whole_letter || (s && n) || (!s && !a->incomplete && !is_all) ||
        (!s && a->incomplete && !a->why[0]) || (s && !err->text[0]) || a->class == CLIENT_REFUSED || a->tries != 1)
        fail_msg("%s, %s, cut at %zu: status %d, '%s', %s: %s", way->dialect, stream ? "streamed" : "whole", at, s, text,
                 a->why, s ? err->text : "");
}

static void cut_everywhere(const struct way *way, bool stream)
{
    const char *reply = stream && way->events ? way->events : way->reply;
    size_t size = strlen(reply), i;
    struct client_call call = call_of(way, stream);
    struct http_reply *script;
    struct http_server *server;
    char binary[2048];

    if (stream && !way->events) {
        reply = binary;
        size = frames(binary, NULL);
    }
    script = calloc(size, sizeof *script);
    assert_non_null(script);
    server = cut_server(reply, size, script);
    call.base_url = http_server_url(server);
    for (i = 1; i < size; i++) {
        struct client_answer answer;
        struct sc_error err = { 0 };
        enum sc_status s = client_ask(&call, &query, &answer, &err);

        check_cut(way, stream, i, s, &answer, &err);
        client_answer_dispose(&answer);
    }
    http_server_stop(&server);
    free(script);
}

static void keeps_whole_letters_when_cut_at_any_byte(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < N_WAYS; i++) {
        cut_everywhere(&ways[i], true);
        cut_everywhere(&ways[i], false);
    }
}

static const struct way *way_of(const char *dialect)
{
    size_t i;

    for (i = 0; i < N_WAYS; i++)
        if (!strcmp(ways[i].dialect, dialect))
            return &ways[i];
    fail_msg("%s", dialect);
    return NULL;
}

/* ---- a schema, and what followed the first answer ---- */

#define SCHEMA "{\"type\":\"object\"}"
#define TURNS(text) "{\"role\":\"assistant\",\"content\":" text("Two \\\"cats\\\"") "},{\"role\":\"user\",\"content\":" \
    text("And?") "}"
#define PLAIN(text) "\"" text "\""
#define PARTS(text) "[{\"text\":\"" text "\"}]"

static const struct { const char *dialect, *turns, *schema; bool strict; } further[] = {
    { "openai-chat", "\"What changed?\"}]}," TURNS(PLAIN) "],\"max_tokens\"", ",\"response_format\":{\"type\":\"json_schema\","
      "\"json_schema\":{\"name\":\"s\",\"strict\":true,\"schema\":" SCHEMA "}}", true },
    { "openai-chat", "\"What changed?\"}]}," TURNS(PLAIN) "],\"max_tokens\"", ",\"response_format\":{\"type\":\"json_schema\","
      "\"json_schema\":{\"name\":\"s\",\"schema\":" SCHEMA "}}", false },
    { "openai-responses", "\"What changed?\"}]},{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":"
      "\"output_text\",\"text\":\"Two \\\"cats\\\"\"}]},{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":"
      "\"And?\"}]}],\"max_output_tokens\"", ",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"s\",\"strict\":true,"
      "\"schema\":" SCHEMA "}}", true },
    { "anthropic", "\"What changed?\"}]}," TURNS(PLAIN) "],\"max_tokens\"", NULL, true },
    { "ollama", "\"]}," TURNS(PLAIN) "],\"format\":", "],\"format\":" SCHEMA ",\"options\"", true },
    { "llama4-native", "What changed?<|eot|><|header_start|>assistant<|header_end|>\\n\\nTwo \\\"cats\\\"<|eot|>"
      "<|header_start|>user<|header_end|>\\n\\nAnd?<|eot|><|header_start|>assistant<|header_end|>\\n\\n\",\"multi",
      ",\"json_schema\":" SCHEMA ",", true },
    { "llama-api", "\"What changed?\"}]}," TURNS(PLAIN) "],\"max_completion", ",\"response_format\":{\"type\":\"json_schema\","
      "\"json_schema\":{\"name\":\"s\",\"schema\":" SCHEMA "}}", true },
    { "bedrock", "\"What changed?\"}]}," TURNS(PARTS) "],\"inferenceConfig\"", NULL, true },
};

static void asks_for_json_and_goes_on_in_its_words(void **state)
{
    static struct query_turn turns[] = { { true, "Two \"cats\"" }, { false, "And?" } };
    size_t i;

    (void)state;
    query.turns = turns;
    query.n_turns = 2;
    for (i = 0; i < sizeof further / sizeof *further; i++) {
        const struct way *way = way_of(further[i].dialect);
        struct client_call call = call_of(way, false);
        struct client_answer answer;
        struct sc_error err = { 0 };
        char *head, *body;

        call.schema = SCHEMA;
        call.schema_name = "s";
        call.is_schema_strict = further[i].strict;
        if (ask(&call, way->reply, &answer, &head, &body, &err))
            fail_msg("%s: %s", way->dialect, err.text);
        if (!strstr(body, further[i].turns) || (further[i].schema ? !strstr(body, further[i].schema) : !!strstr(body, SCHEMA)))
            fail_msg("%s: %s", way->dialect, body);
        client_answer_dispose(&answer);
        free(head);
        free(body);
    }
    query.turns = NULL;
    query.n_turns = 0;
}

/* A server that does not know the member is asked without it. */
static void asks_without_a_schema_where_it_is_not_known(void **state)
{
    static const char refusal[] = HEAD("400 Bad Request", "application/json") "\r\n{\"error\":{\"message\":\"This model does "
                                  "not support response format `json_schema`\",\"code\":400}}";
    const struct way *way = &ways[0];
    const struct http_reply script[] = { { .bytes = refusal }, { .bytes = way->reply } };
    struct http_server *server = http_server_start(script, 2);
    struct client_call call = call_of(way, false);
    struct client_answer answer;
    struct sc_error err = { 0 };

    (void)state;
    call.base_url = http_server_url(server);
    call.schema = SCHEMA;
    call.schema_name = "s";
    if (client_ask(&call, &query, &answer, &err))
        fail_msg("%s", err.text);
    assert_int_equal(answer.tries, 2);
    assert_non_null(strstr(http_server_request(server, 0)->body, "response_format"));
    assert_null(strstr(http_server_request(server, 1)->body, "response_format"));
    assert_string_equal(answer.text.data, "Two c\xC3\xA4ts");
    client_answer_dispose(&answer);
    http_server_stop(&server);
}

/* ---- ends that are none ---- */

#define MESSAGE(stop) JSON "{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"Two\"}],\"stop_reason\":\"" \
                      stop "\"}"
#define CONVERSE(stop) JSON "{\"output\":{\"message\":{\"content\":[{\"text\":\"Two\"}]}},\"stopReason\":\"" stop "\"}"
#define RESPONSE(status, rest) JSON "{\"status\":\"" status "\",\"output\":[{\"type\":\"message\",\"content\":[" \
                               "{\"type\":\"output_text\",\"text\":\"Two\"}]}]," rest "}"

static const struct { const char *dialect, *reply, *finish; bool refused; const char *why; } ends[] = {
    { "anthropic", MESSAGE("max_tokens"), "length", false, "cut at the limit of the answer's length" },
    { "anthropic", MESSAGE("refusal"), "refusal", true, "the model refused" },
    { "anthropic", MESSAGE("pause_turn"), "pause_turn", false, "ended with 'pause_turn'" },
    { "anthropic", MESSAGE("stop_sequence"), "stop", false, "" },
    { "bedrock", CONVERSE("max_tokens"), "length", false, "cut at the limit of the answer's length" },
    { "bedrock", CONVERSE("guardrail_intervened"), "content_filter", true, "a content filter stopped the answer" },
    { "bedrock", CONVERSE("content_filtered"), "content_filter", true, "a content filter stopped the answer" },
    { "bedrock", CONVERSE("model_context_window_exceeded"), "model_context_window_exceeded", false,
      "ended with 'model_context_window_exceeded'" },
    { "openai-responses", RESPONSE("incomplete", "\"incomplete_details\":{\"reason\":\"max_output_tokens\"}"), "length",
      false, "cut at the limit of the answer's length" },
    { "openai-responses", RESPONSE("incomplete", "\"incomplete_details\":{\"reason\":\"content_filter\"}"),
      "content_filter", true, "a content filter stopped the answer" },
    { "openai-responses", JSON "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":"
      "\"refusal\",\"refusal\":\"Two\"}]}]}", "stop", true, "the model refused" },
    { "ollama", JSON "{\"message\":{\"content\":\"Two\"},\"done\":true,\"done_reason\":\"length\"}", "length", false,
      "cut at the limit of the answer's length" },
    { "llama4-native", JSON "{\"content\":\"Two\",\"stop\":true,\"stop_type\":\"limit\"}", "length", false,
      "cut at the limit of the answer's length" },
    { "llama4-native", JSON "{\"content\":\"Two\",\"stop\":true,\"stop_type\":\"word\"}", "stop", false, "" },
    { "llama-api", JSON "{\"completion_message\":{\"content\":\"Two\",\"stop_reason\":\"length\"}}", "length", false,
      "cut at the limit of the answer's length" },
};

static void says_how_the_answer_ended(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct client_call call = call_of(way_of(ends[i].dialect), false);
        struct client_answer answer;
        struct sc_error err = { 0 };
        char *head, *body;

        if (ask(&call, ends[i].reply, &answer, &head, &body, &err))
            fail_msg("%s: %s", ends[i].dialect, err.text);
        assert_string_equal(answer.text.data, "Two");
        assert_string_equal(answer.finish, ends[i].finish);
        assert_int_equal(answer.refused, ends[i].refused);
        assert_string_equal(answer.why, ends[i].why);
        client_answer_dispose(&answer);
        free(head);
        free(body);
    }
}

/* ---- no ---- */

#define BLOCK(text) "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":" \
                    "\"text_delta\",\"text\":\"" text "\"}}\n\n"
#define DELTA(text) "data: {\"type\":\"response.output_text.delta\",\"delta\":\"" text "\"}\n\n"

static const struct no { const char *dialect, *reply; enum sc_status status; enum client_class class; const char *says; }
noes[] = {
    /* Anthropic: as a status, and inside a 200 */
    { "anthropic", HEAD("400 Bad", "application/json") "\r\n{\"type\":\"error\",\"error\":{\"type\":"
      "\"invalid_request_error\",\"message\":\"prompt is too long: 205000 tokens > 200000 maximum\"}}",
      SC_ERR_SERVICE, CLIENT_TOO_LONG, "context too long" },
    { "anthropic", HEAD("400 Bad", "application/json") "\r\n{\"type\":\"error\",\"error\":{\"type\":"
      "\"invalid_request_error\",\"message\":\"Your credit balance is too low\"}}",
      SC_ERR_SERVICE, CLIENT_QUOTA, "out of credit" },
    { "anthropic", HEAD("401 No", "application/json") "\r\n{\"type\":\"error\",\"error\":{\"type\":"
      "\"authentication_error\",\"message\":\"invalid x-api-key\"}}",
      SC_ERR_SERVICE, CLIENT_AUTH, "key refused; check ANTHROPIC_API_KEY" },
    { "anthropic", HEAD("404 No", "application/json") "\r\n{\"type\":\"error\",\"error\":{\"type\":"
      "\"not_found_error\",\"message\":\"model: m\"}}", SC_ERR_SERVICE, CLIENT_MODEL_MISSING, "no model 'm:1'" },
    { "anthropic", HEAD("413 No", "application/json") "\r\n{\"type\":\"error\",\"error\":{\"type\":"
      "\"request_too_large\",\"message\":\"m\"}}", SC_ERR_SERVICE, CLIENT_TOO_LARGE, "too large" },
    { "anthropic", HEAD("529 No", "application/json") "\r\n{\"type\":\"error\",\"error\":{\"type\":"
      "\"overloaded_error\",\"message\":\"Overloaded\"}}", SC_ERR_SERVICE, CLIENT_TRANSIENT, "Overloaded" },
    { "anthropic", EVENTS "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
      "\"message\":\"Overloaded\"}}\n\n", SC_ERR_NETWORK, CLIENT_TRANSIENT, "Overloaded" },
    { "anthropic", EVENTS BLOCK("Two") "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\","
      "\"message\":\"oops\"}}\n\n", SC_ERR_SERVICE, CLIENT_CUT_OFF, "the answer broke off (oops)" },
    { "anthropic", EVENTS BLOCK("Two"), SC_OK, CLIENT_CUT_OFF, "the service stopped in the middle" },
    { "anthropic", JSON "{\"a\":1}", SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "the reply holds no answer" },
    /* Responses */
    { "openai-responses", HEAD("400 Bad", "application/json") "\r\n{\"error\":{\"message\":\"m\",\"type\":"
      "\"invalid_request_error\",\"param\":\"input\",\"code\":\"context_length_exceeded\"}}",
      SC_ERR_SERVICE, CLIENT_TOO_LONG, "context too long" },
    { "openai-responses", EVENTS "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":"
      "{\"code\":\"image_too_large\",\"message\":\"m\"}}}\n\n", SC_ERR_SERVICE, CLIENT_TOO_LARGE, "too large" },
    { "openai-responses", EVENTS DELTA("Two") "data: {\"type\":\"error\",\"code\":\"server_error\",\"message\":"
      "\"oops\",\"param\":null,\"sequence_number\":3}\n\n", SC_ERR_SERVICE, CLIENT_CUT_OFF, "(oops)" },
    { "openai-responses", EVENTS DELTA("Two"), SC_OK, CLIENT_CUT_OFF, "the service stopped in the middle" },
    { "openai-responses", JSON "{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"oops\"},"
      "\"output\":[]}", SC_ERR_NETWORK, CLIENT_TRANSIENT, "oops" },
    /* Ollama */
    { "ollama", HEAD("404 No", "application/json") "\r\n{\"error\":\"model 'm:1' not found\"}", SC_ERR_SERVICE,
      CLIENT_MODEL_MISSING, "no model 'm:1'" },
    { "ollama", HEAD("400 No", "application/json") "\r\n{\"error\":\"the prompt exceeds the context length\"}",
      SC_ERR_SERVICE, CLIENT_TOO_LONG, "context too long" },
    { "ollama", LINES "{\"error\":\"out of memory\"}\n", SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "out of memory" },
    { "ollama", LINES "{\"message\":{\"content\":\"Two\"},\"done\":false}\n{\"error\":\"out of memory\"}\n",
      SC_ERR_SERVICE, CLIENT_CUT_OFF, "out of memory" },
    { "ollama", LINES "{\"message\":{\"content\":\"Two\"},\"done\":false}\n{\"mess", SC_OK, CLIENT_CUT_OFF,
      "the service stopped in the middle" },
    { "ollama", LINES "{\"message\":{\"content\":\"Two\"},\"done\":false}\nnonsense\n", SC_ERR_SERVICE,
      CLIENT_FINE, "an event of the reply is no JSON" },
    /* llama-server */
    { "llama4-native", HEAD("400 No", "application/json") "\r\n{\"error\":{\"code\":400,\"message\":\"m\",\"type\":"
      "\"exceed_context_size_error\",\"n_prompt_tokens\":9412,\"n_ctx\":8192}}", SC_ERR_SERVICE, CLIENT_TOO_LONG,
      "too long by 1,220 tokens" },
    { "llama4-native", EVENTS "data: {\"content\":\"Two\",\"stop\":false}\n\ndata: {\"error\":{\"code\":500,"
      "\"message\":\"oops\"}}\n\n", SC_ERR_SERVICE, CLIENT_CUT_OFF, "oops" },
    /* Meta's own */
    { "llama-api", HEAD("401 No", "application/json") "\r\n{\"title\":\"No\",\"detail\":\"bad key\",\"status\":401}",
      SC_ERR_SERVICE, CLIENT_AUTH, "bad key" },
    { "llama-api", JSON "{\"x\":1}", SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "the reply holds no answer" },
    /* Bedrock names its errors in a header */
    { "bedrock", HEAD("403 No", "application/json") "x-amzn-ErrorType: AccessDeniedException:http://x/\r\n\r\n"
      "{\"message\":\"no access to the model\"}", SC_ERR_SERVICE, CLIENT_AUTH, "no access to the model" },
    { "bedrock", HEAD("404 No", "application/json") "x-amzn-ErrorType: ResourceNotFoundException\r\n\r\n"
      "{\"message\":\"m\"}", SC_ERR_SERVICE, CLIENT_MODEL_MISSING, "no model 'm:1'" },
    { "bedrock", HEAD("400 No", "application/json") "x-amzn-ErrorType: ValidationException\r\n\r\n"
      "{\"message\":\"The provided model identifier is invalid.\"}", SC_ERR_SERVICE, CLIENT_MODEL_MISSING, "no model" },
    { "bedrock", HEAD("400 No", "application/json") "x-amzn-ErrorType: ValidationException\r\n\r\n"
      "{\"message\":\"Input is too long for requested model.\"}", SC_ERR_SERVICE, CLIENT_TOO_LONG, "too long" },
    { "bedrock", HEAD("400 No", "application/json") "x-amzn-ErrorType: ServiceQuotaExceededException\r\n\r\n"
      "{\"message\":\"m\"}", SC_ERR_SERVICE, CLIENT_QUOTA, "quota" },
    { "bedrock", HEAD("429 No", "application/json") "x-amzn-ErrorType: ThrottlingException\r\n\r\n"
      "{\"message\":\"Too many requests\"}", SC_ERR_SERVICE, CLIENT_TRANSIENT, "rate limit" },
    { "bedrock", HEAD("429 No", "application/json") "x-amzn-ErrorType: ModelNotReadyException\r\n\r\n"
      "{\"message\":\"m\"}", SC_ERR_SERVICE, CLIENT_LOADING, "still loading" },
    { "bedrock", JSON "{\"output\":{}}", SC_ERR_SERVICE, CLIENT_BAD_REQUEST, "the reply holds no answer" },
};

static void says_what_went_wrong(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof noes / sizeof *noes; i++) {
        struct client_call call = call_of(way_of(noes[i].dialect), true);
        struct client_answer answer;
        struct sc_error err = { 0 };
        char *head, *body;
        enum sc_status s = ask(&call, noes[i].reply, &answer, &head, &body, &err);

        if (s != noes[i].status || (noes[i].class && answer.class != noes[i].class) ||
            !strstr(s ? err.text : answer.why, noes[i].says) || strstr(err.text, KEY))
            fail_msg("%s: %s\nstatus %d, class %d: %s", noes[i].dialect, noes[i].reply, s, answer.class,
                     s ? err.text : answer.why);
        client_answer_dispose(&answer);
        free(head);
        free(body);
    }
}

static void says_what_went_wrong_in_frames(void **state)
{
    struct client_call call = call_of(way_of("bedrock"), true);
    struct client_answer answer;
    struct sc_error err = { 0 };
    char *head, *body, binary[2048];

    (void)state;
    assert_int_equal(ask_bytes(&call, binary, frames(binary, "modelStreamErrorException"), 0, &answer, &head, &body,
                               &err), SC_ERR_SERVICE);
    assert_string_equal(err.text, "bedrock: the answer broke off (oops)");
    assert_string_equal(answer.text.data, "Two ");
    client_answer_dispose(&answer);
    free(head);
    free(body);
}

/* ---- the rest ---- */

static void asks_for_as_much_context_as_it_needs(void **state)
{
    static const struct { int64_t images, output; const char *want; } cases[] = {
        { 0, 64, "\"num_ctx\":4096," }, { 2467, 1024, "\"num_ctx\":4096," }, { 2530, 1024, "\"num_ctx\":8192," },
        { 40000, 4096, "\"num_ctx\":45056," },
    };
    struct client_call call = call_of(way_of("ollama"), true);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct query big = query;
        char *body = NULL;
        size_t size;
        FILE *f = open_memstream(&body, &size);

        big.image_tokens = cases[i].images;
        call.max_output_tokens = cases[i].output;
        assert_int_equal(client_write_body(&call, &big, f, NULL, NULL), SC_OK);
        fclose(f);
        if (!strstr(body, cases[i].want))
            fail_msg("%s", body);
        free(body);
    }
}

static void counts_without_what_only_an_answer_needs(void **state)
{
    static const struct http_reply script[] = { { .bytes = JSON "{\"input_tokens\":333}" } };
    struct http_server *server = http_server_start(script, 1);
    struct client_call call = call_of(way_of("anthropic"), true);
    int64_t tokens;
    bool known;

    (void)state;
    call.base_url = http_server_url(server);
    assert_int_equal(client_count_tokens(&call, &query, &tokens, &known, NULL), SC_OK);
    assert_true(known);
    assert_int_equal(tokens, 333);
    assert_memory_equal(http_server_request(server, 0)->head, "POST /v1/messages/count_tokens ", 31);
    assert_non_null(strstr(http_server_request(server, 0)->head, "\r\nanthropic-version: 2023-06-01\r\n"));
    assert_string_equal(http_server_request(server, 0)->body, ANTHROPIC_INPUT "}");
    http_server_stop(&server);
}

static void learns_the_marker_first(void **state)
{
    static const struct { const char *props, *says; } cases[] = {
        { JSON "{\"total_slots\":1}", NULL },
        { JSON "[]", "llama-server: the server does not say how a prompt marks its pictures" },
        { HEAD("404 No", "text/plain") "\r\n", "llama-server: no server of the dialect 'llama4-native'" },
        { HEAD("401 No", "application/json") "\r\n{\"error\":{\"message\":\"Invalid API Key\"}}",
          "llama-server: key refused; check LLAMA_API_KEY (HTTP 401: Invalid API Key)" },
    };
    struct client_call call = call_of(way_of("llama4-native"), false);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct http_reply script[] = { { .path = "/props", .bytes = cases[i].props },
                                             { .bytes = way_of("llama4-native")->reply } };
        struct http_server *server = http_server_start(script, 2);
        struct client_answer answer;
        struct sc_error err = { 0 };
        enum sc_status s;

        call.base_url = http_server_url(server);
        s = client_ask(&call, &query, &answer, &err);
        assert_int_equal(http_server_count(server), cases[i].says ? 1 : 2);
        if (cases[i].says)
            assert_string_equal(err.text, cases[i].says);
        else
            assert_non_null(strstr(http_server_request(server, 1)->body, "At 1:<__media__>What"));
        assert_int_equal(!s, !cases[i].says);
        client_answer_dispose(&answer);
        http_server_stop(&server);
    }
}

static void wants_a_model_where_the_address_needs_it(void **state)
{
    struct client_call call = call_of(way_of("bedrock"), false);
    struct client_answer answer;
    struct sc_error err;

    (void)state;
    call.model = "";
    call.base_url = "http://127.0.0.1:9";
    assert_int_equal(client_ask(&call, &query, &answer, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "the model has to be named: it is part of the address");
    client_answer_dispose(&answer);
}

static void names_those_that_there_are(void **state)
{
    const struct dialect *found;
    struct sc_error err;

    (void)state;
    assert_int_equal(dialect_named("anthropic", &found, &err), SC_OK);
    assert_string_equal(found->name, "anthropic");
    assert_int_equal(dialect_named("klingon", &found, &err), SC_ERR_INVALID);
    assert_string_equal(err.text, "no dialect 'klingon'; there are openai-chat, openai-responses, anthropic, ollama, "
                                  "llama4-native, llama-api, bedrock");
}

static int open_all(void **state)
{
    (void)state;
    make_query();
    return services_open(&services, NULL, NULL);
}

static int close_all(void **state)
{
    (void)state;
    services_close(&services);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_in_its_words_and_reads_the_answer),
        cmocka_unit_test(every_dialect_is_tried_here),
        cmocka_unit_test(keeps_whole_letters_when_cut_at_any_byte),
        cmocka_unit_test(asks_for_json_and_goes_on_in_its_words),
        cmocka_unit_test(asks_without_a_schema_where_it_is_not_known),
        cmocka_unit_test(says_how_the_answer_ended),
        cmocka_unit_test(says_what_went_wrong),
        cmocka_unit_test(says_what_went_wrong_in_frames),
        cmocka_unit_test(asks_for_as_much_context_as_it_needs),
        cmocka_unit_test(counts_without_what_only_an_answer_needs),
        cmocka_unit_test(learns_the_marker_first),
        cmocka_unit_test(wants_a_model_where_the_address_needs_it),
        cmocka_unit_test(names_those_that_there_are),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
