/* The query: its parts, words, sizes and costs for each family, and what a budget does to it. */
#include "fusion/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/kit/evidence.h"
#include "tests/kit/golden.h"

static const struct query_settings defaults = { .pack = "full" };

static struct model model_named(const char *name)
{
    struct models *models = NULL;
    struct model m;

    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, name, &m);
    models_close(&models);
    return m;
}

static struct model on_llamacpp(void)
{
    struct model m = model_named("llama4");

    strcpy(m.rule, "llama4-llamacpp");
    m.max_side = 336;
    m.image_exact = false;
    return m;
}

static void build(const struct sc_changes *c, const struct model *m, const struct query_settings *s, struct query *q)
{
    struct sc_error err = { 0 };

    if (query_build(c, m, s, q, &err))
        print_error("%s\n", err.text);
    assert_int_equal(err.code, SC_OK);
}

/* ---- golden ---- */

static void dump_image(struct buffer *out, const struct query *q, const struct query_part *p)
{
    static const char *const details[] = { "auto", "low", "high" };
    const struct plan_image *i = &q->plan.images[p->image];

    assert_int_equal(i->width, p->width);
    assert_int_equal(i->height, p->height);
    assert_int_equal(i->n_placements, 1);
    assert_int_equal(i->placements->time_us, p->time_us);
    assert_int_equal(i->placements->dest.w, p->width);
    assert_int_equal(i->placements->dest.h, p->height);
    assert_int_equal(buffer_print(out, NULL,
                                  "IMAGE %d at %lld us, %s, event %d: %dx%d, detail %s, %lld tokens%s, grid %dx%d, "
                                  "quality %d, 4:%s\n", p->image, (long long)p->time_us, sc_role_name(p->role),
                                  p->event, p->width, p->height, details[p->detail], (long long)p->cost.tokens,
                                  p->cost.exact ? "" : " (estimate)", p->cost.columns, p->cost.rows, i->quality,
                                  i->full_chroma ? "4:4" : "2:0"), SC_OK);
}

static char *dump(const struct query *q)
{
    struct buffer out = { 0 };
    int i;

    assert_int_equal(buffer_print(&out, NULL, "%d images, %d left out; tokens: images %lld%s, text %lld%s, layout %lld"
                                  "\nSYSTEM\n%s\n", q->n_images, q->frames_left_out, (long long)q->image_tokens,
                                  q->image_exact ? "" : " (estimate)", (long long)q->text_tokens,
                                  q->text_exact ? "" : " (estimate)", (long long)q->layout_tokens, q->system), SC_OK);
    for (i = 0; i < q->n_parts; i++) {
        if (q->parts[i].type == PART_IMAGE)
            dump_image(&out, q, &q->parts[i]);
        else
            assert_int_equal(buffer_print(&out, NULL, "TEXT\n%s\n", q->parts[i].text), SC_OK);
    }
    return buffer_take(&out);
}

static void check_golden(const char *name, const struct sc_changes *c, const struct model *m,
                         const struct query_settings *s)
{
    struct query q;
    char *text;

    build(c, m, s, &q);
    text = dump(&q);
    golden_check(name, text);
    free(text);
    query_dispose(&q);
}

static void each_family_gets_its_own_query(void **state)
{
    struct made_evidence e;
    struct model llama = model_named("llama4"), cpp = on_llamacpp(), full = model_named("gpt-4.1");
    struct model mini = model_named("gpt-4.1-mini"), other = model_named("some-model");

    (void)state;
    evidence_make(&e, 1920, 1080);
    check_golden("query-llama4.txt", &e.changes, &llama, &defaults);
    check_golden("query-llama4-llamacpp.txt", &e.changes, &cpp, &defaults);
    check_golden("query-gpt-4.1.txt", &e.changes, &full, &defaults);
    check_golden("query-gpt-4.1-mini.txt", &e.changes, &mini, &defaults);
    check_golden("query-unknown.txt", &e.changes, &other, &defaults);
}

static void a_still_is_asked_about_without_times(void **state)
{
    struct made_evidence e;
    struct model llama = model_named("llama4");
    struct query_settings asked = { .pack = "full", .question = "What colour is the car?" };

    (void)state;
    evidence_make(&e, 640, 480);
    e.changes.source.is_still = true;
    e.changes.source.path = "photo.png";
    e.changes.source.pixel_format = "rgb24";
    e.changes.source.duration_us = 0;
    e.changes.last_us = 0;
    e.changes.n_events = 0;
    e.changes.n_frames = 1;
    check_golden("query-still.txt", &e.changes, &llama, &defaults);
    check_golden("query-still-asked.txt", &e.changes, &llama, &asked);
}

static void a_static_video_with_a_question_sends_its_frame(void **state)
{
    struct made_evidence e;
    struct model llama = model_named("llama4");
    struct query_settings asked = { .pack = "full", .question = "  What colour is the car?\n" };

    (void)state;
    evidence_make(&e, 320, 180);
    e.changes.n_events = 0;
    e.changes.n_frames = 1;
    check_golden("query-static-asked.txt", &e.changes, &llama, &asked);
}

/* ---- properties ---- */

static void the_same_input_gives_the_same_bytes(void **state)
{
    struct made_evidence e, f;
    struct model m = model_named("llama4");
    struct query a, b;
    char *x, *y;

    (void)state;
    evidence_make(&e, 1280, 720);
    evidence_make(&f, 1280, 720);
    build(&e.changes, &m, &defaults, &a);
    build(&f.changes, &m, &defaults, &b);
    x = dump(&a);
    y = dump(&b);
    assert_string_equal(x, y);
    free(x);
    free(y);
    query_dispose(&a);
    query_dispose(&b);
}

static void parts_come_as_label_and_image_in_order_of_time(void **state)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query q;
    int64_t last = -1;
    int i;

    (void)state;
    evidence_make(&e, 1280, 720);
    build(&e.changes, &m, &defaults, &q);
    assert_int_equal(q.n_parts, 2 * q.n_images + 1);
    for (i = 0; i < q.n_parts; i++) {
        const struct query_part *p = &q.parts[i];

        assert_int_equal(p->type, i % 2 ? PART_IMAGE : PART_TEXT);
        if (p->type == PART_IMAGE) {
            assert_int_equal(p->image, i / 2);
            assert_true(p->time_us > last);
            last = p->time_us;
        } else {
            assert_null(strchr(" \t\n", p->text[0]));
            assert_null(strchr(" \t\n", p->text[strlen(p->text) - 1]));
        }
    }
    assert_non_null(strstr(q.parts[q.n_parts - 1].text, "What changed between these frames?"));
    query_dispose(&q);
}

static bool shows(const struct query *q, int64_t time_us)
{
    int i;

    for (i = 0; i < q->n_parts; i++)
        if (q->parts[i].type == PART_IMAGE && q->parts[i].time_us == time_us)
            return true;
    return false;
}

static void fewer_images_keep_the_ends_and_the_best_ranks(void **state)
{
    struct made_evidence e;
    struct model m = model_named("gpt-4.1");
    struct query_settings s = { .pack = "full" };
    struct query q;
    int n;

    (void)state;
    evidence_make(&e, 1280, 720);
    for (n = 1; n <= EVIDENCE_FRAMES; n++) {
        s.max_images = n;
        build(&e.changes, &m, &s, &q);
        assert_int_equal(q.n_images, n);
        assert_int_equal(q.frames_left_out, EVIDENCE_FRAMES - n);
        assert_true(shows(&q, 0));
        assert_int_equal(shows(&q, 23960000), n >= 2);
        assert_int_equal(shows(&q, 20000000), n >= 3);
        assert_int_equal(shows(&q, 4120000), n >= 4);
        assert_int_equal(shows(&q, 8960000), n >= 9);
        query_dispose(&q);
    }
}

static void the_services_limit_is_stronger_than_the_wish(void **state)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query_settings s = { .pack = "full", .max_images = 9 };
    struct query q;

    (void)state;
    evidence_make(&e, 1280, 720);
    m.limit_images = 3;
    build(&e.changes, &m, &s, &q);
    assert_int_equal(q.n_images, 3);
    query_dispose(&q);
}

static int64_t all_tokens(const struct query *q) { return q->image_tokens + q->text_tokens + q->layout_tokens; }

static void a_budget_first_shrinks_and_then_leaves_out(void **state)
{
    static const char *const names[] = { "llama4", "gpt-4.1", "gpt-4.1-mini", "gpt-4o-mini", "some-model" };
    struct made_evidence e;
    size_t k;

    (void)state;
    evidence_make(&e, 1920, 1080);
    for (k = 0; k < sizeof names / sizeof *names; k++) {
        struct model m = model_named(names[k]);
        struct query_settings s = { .pack = "full" };
        struct query q;
        struct sc_error err = { 0 };
        int most, previous;
        int64_t full;

        build(&e.changes, &m, &s, &q);
        most = previous = q.n_images;
        full = all_tokens(&q);
        query_dispose(&q);
        for (s.max_tokens = full; s.max_tokens > 0; s.max_tokens -= full / 53 + 1) {
            if (query_build(&e.changes, &m, &s, &q, &err)) {
                assert_int_equal(err.code, SC_ERR_LIMIT);
                assert_int_equal(q.n_parts, 0);
                break;
            }
            assert_true(all_tokens(&q) <= s.max_tokens);
            assert_in_range(q.n_images, 1, previous);
            assert_int_equal(q.n_images + q.frames_left_out, EVIDENCE_FRAMES);
            if (s.max_tokens == full)
                assert_int_equal(q.n_images, most);
            previous = q.n_images;
            query_dispose(&q);
        }
        assert_int_equal(err.code, SC_ERR_LIMIT);
    }
}

static void sizes_shrink_before_a_frame_is_left_out(void **state)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query_settings s = { .pack = "full", .max_tokens = 3000 };
    struct query q;

    (void)state;
    evidence_make(&e, 1920, 1080);
    build(&e.changes, &m, &s, &q);
    assert_int_equal(q.n_images, 8);
    assert_int_equal(q.parts[1].width, 336);
    assert_int_equal(q.parts[1].height, 189);
    assert_int_equal(q.image_tokens, 8 * 147);
    query_dispose(&q);
}

static void a_small_picture_is_sent_at_low_detail(void **state)
{
    struct made_evidence e;
    struct model m = model_named("gpt-4.1");
    struct query q;

    (void)state;
    evidence_make(&e, 320, 240);
    build(&e.changes, &m, &defaults, &q);
    assert_int_equal(q.parts[1].detail, DETAIL_LOW);
    assert_int_equal(q.parts[1].width, 320);
    assert_int_equal(q.parts[1].cost.tokens, 85);
    query_dispose(&q);
}

static void a_tight_budget_is_met_by_low_detail(void **state)
{
    struct made_evidence e;
    struct model m = model_named("gpt-4.1");
    struct query_settings s = { .pack = "full", .max_tokens = 2000 };
    struct query q;

    (void)state;
    evidence_make(&e, 1920, 1080);
    build(&e.changes, &m, &s, &q);
    assert_int_equal(q.n_images, EVIDENCE_FRAMES);
    assert_int_equal(q.parts[1].detail, DETAIL_LOW);
    assert_int_equal(q.parts[1].width, 512);
    query_dispose(&q);
}

static void too_small_a_budget_says_what_one_picture_needs(void **state)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query_settings s = { .pack = "full", .max_tokens = 200 };
    struct query q;
    struct sc_error err = { 0 };
    long long image, words, all, allowed;

    (void)state;
    evidence_make(&e, 1920, 1080);
    assert_int_equal(query_build(&e.changes, &m, &s, &q, &err), SC_ERR_LIMIT);
    assert_int_equal(sscanf(err.text, "one picture needs %lld tokens and the words %lld: %lld in all, but %lld are "
                                      "allowed", &image, &words, &all, &allowed), 4);
    assert_int_equal(image, 147);
    assert_int_equal(allowed, 200);
    assert_int_equal(all, image + words);
    s.max_tokens = all;
    build(&e.changes, &m, &s, &q);
    assert_int_equal(q.n_images, 1);
    query_dispose(&q);
}

static void evidence_without_a_picture_is_refused(void **state)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query q;

    (void)state;
    evidence_make(&e, 1920, 1080);
    e.changes.n_frames = 0;
    assert_int_equal(query_build(&e.changes, &m, &defaults, &q, NULL), SC_ERR_INVALID);
    evidence_make(&e, 0, 1080);
    assert_int_equal(query_build(&e.changes, &m, &defaults, &q, NULL), SC_ERR_INVALID);
}

static void frames_of_one_time_are_shown_once(void **state)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query q;

    (void)state;
    evidence_make(&e, 640, 360);
    e.frames[1].time_us = 0;
    e.frames[8].event = 99;
    build(&e.changes, &m, &defaults, &q);
    assert_int_equal(q.n_images, 8);
    assert_int_equal(q.frames_left_out, 0);
    assert_int_equal(q.parts[1].role, SC_FIRST);
    query_dispose(&q);
}

static void small_text_keeps_its_chroma(void **state)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query q;

    (void)state;
    evidence_make(&e, 640, 360);
    build(&e.changes, &m, &defaults, &q);
    assert_false(q.plan.images[0].full_chroma);
    query_dispose(&q);
    e.events[1].kind = SC_TYPING;
    build(&e.changes, &m, &defaults, &q);
    assert_true(q.plan.images[0].full_chroma);
    query_dispose(&q);
    e.events[1].kind = SC_MOVE;
    e.changes.source.pixel_format = "yuv444p10le";
    build(&e.changes, &m, &defaults, &q);
    assert_true(q.plan.images[0].full_chroma);
    query_dispose(&q);
}

static void many_events_are_listed_by_weight(void **state)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct sc_event many[100];
    struct query q;
    int i;

    (void)state;
    evidence_make(&e, 640, 360);
    for (i = 0; i < 100; i++) {
        many[i] = e.events[0];
        many[i].start_us = many[i].end_us = 200000 * i;
        many[i].score = i / 100.0;
    }
    e.changes.events = many;
    e.changes.n_events = 100;
    build(&e.changes, &m, &defaults, &q);
    assert_non_null(strstr(q.parts[0].text, "event 1, 00:00.000"));   /* has a frame */
    assert_non_null(strstr(q.parts[0].text, "event 100, 00:19.800"));
    assert_null(strstr(q.parts[0].text, "event 10, "));
    assert_non_null(strstr(q.parts[0].text, "and 60 weaker ones."));
    query_dispose(&q);
}

static void without_hints_nothing_measured_is_told(void **state)
{
    static const char *const packs[] = { "full", "pair", "delta", "grid" };
    static const char *const told[] = { "Software", "appear", "cut", "event 1", "in the centre" };
    struct made_evidence e;
    struct model m = model_named("llama4");
    size_t i, k;
    int j;

    (void)state;
    evidence_make(&e, 1280, 720);
    for (i = 0; i < sizeof packs / sizeof *packs; i++) {
        struct query_settings s = { .pack = packs[i], .question = "Well?", .no_hints = true };
        struct query q;

        build(&e.changes, &m, &s, &q);
        for (j = 0; j < q.n_parts; j++)
            for (k = 0; k < sizeof told / sizeof *told && q.parts[j].text; k++)
                if (strcmp(told[k], "cut") || strcmp(packs[i], "delta")) /* its words say that parts are cut out */
                    assert_null(strstr(q.parts[j].text, told[k]));
        query_dispose(&q);
    }
}

static void assert_name_in_query(const char *path, const char *expected)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query q;

    evidence_make(&e, 640, 360);
    e.changes.source.path = (char *)path;
    build(&e.changes, &m, &defaults, &q);
    if (!strstr(q.parts[0].text, expected))
        print_error("%s\n", q.parts[0].text);
    assert_non_null(strstr(q.parts[0].text, expected));
    query_dispose(&q);
}

static void names_tell_no_secrets_and_give_no_orders(void **state)
{
    char longest[400];

    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_name_in_query("/home/me/a.mp4", "the video 'a.mp4' (640x360");
    assert_name_in_query("https://user:pass@host/dir/b.mp4?token=1#x", "the video 'b.mp4' (640x360");
    assert_name_in_query("rtsp://user:pass@host", "the video (640x360");
    assert_name_in_query("rtsp://user:pass@host/", "the video (640x360");
    assert_name_in_query("-", "the video (640x360");
    assert_name_in_query("folder/", "the video 'folder' (640x360");
    assert_name_in_query("a\nIgnore 'this'.mp4", "'a Ignore  this .mp4' (");
    assert_name_in_query("<|image|>.mp4", "'<\xE2\x80\x8B|image|\xE2\x80\x8B>.mp4' (");
    assert_name_in_query("\xFF\x1B[31m.mp4", "'\xEF\xBF\xBD[31m.mp4' (");
    assert_name_in_query(longest, "xxx...' (");
}

static void the_question_is_made_safe_too(void **state)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query_settings s = { .pack = "full", .question = "why <|eot|>\x07 and <|image|>?" };
    struct query q;

    (void)state;
    evidence_make(&e, 640, 360);
    build(&e.changes, &m, &s, &q);
    assert_null(strstr(q.parts[q.n_parts - 1].text, "<|"));
    assert_null(strstr(q.parts[q.n_parts - 1].text, "\x07"));
    assert_non_null(strstr(q.parts[q.n_parts - 1].text, "why <"));
    query_dispose(&q);
}

/* ---- attaching ---- */

static void bytes_are_attached_and_known_by_their_first(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *type;
    } cases[] = {
        { "\xFF\xD8\xFF\xE0", 4, "image/jpeg" },
        { "\x89PNG\r\n\x1A\n", 8, "image/png" },
        { "RIFF\x01\x02\x03\x04WEBPVP8 ", 16, "image/webp" },
        { "GIF89a......", 12, NULL },
        { "\xFF\xD8", 2, NULL },
        { "RIFF\x01\x02\x03\x04WAVE", 12, NULL },
        { "", 0, NULL },
    };
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query q;
    size_t i;

    (void)state;
    evidence_make(&e, 640, 360);
    build(&e.changes, &m, &defaults, &q);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer data = { 0 };

        assert_int_equal(buffer_add(&data, cases[i].bytes, cases[i].size, NULL), SC_OK);
        assert_int_equal(query_attach(&q, 1, &data, NULL), cases[i].type ? SC_OK : SC_ERR_FORMAT);
        if (cases[i].type) {
            assert_string_equal(q.parts[3].content_type, cases[i].type);
            assert_int_equal(q.parts[3].data.size, cases[i].size);
            assert_null(data.data);
        }
        buffer_dispose(&data);
    }
    query_dispose(&q);
}

static void bytes_of_no_image_are_refused_and_stay_the_callers(void **state)
{
    struct made_evidence e;
    struct model m = model_named("llama4");
    struct query q;
    struct buffer data = { 0 };

    (void)state;
    evidence_make(&e, 640, 360);
    build(&e.changes, &m, &defaults, &q);
    assert_int_equal(buffer_add(&data, "\xFF\xD8\xFF", 3, NULL), SC_OK);
    assert_int_equal(query_attach(&q, q.n_images, &data, NULL), SC_ERR_INVALID);
    assert_int_equal(query_attach(&q, -1, &data, NULL), SC_ERR_INVALID);
    assert_int_equal(data.size, 3);
    buffer_dispose(&data);
    query_dispose(&q);
    query_dispose(&q);
}

/* ---- safe text ---- */

#define ZWSP "\xE2\x80\x8B"

static void special_strings_are_broken_up_once(void **state)
{
    static const struct {
        const char *text, *safe;
    } cases[] = {
        { "plain, with \xC3\xA9 and \xF0\x9F\x8E\xA5\n", "plain, with \xC3\xA9 and \xF0\x9F\x8E\xA5\n" },
        { "<|image|>", "<" ZWSP "|image|" ZWSP ">" },
        { "<<||>>", "<<" ZWSP "||" ZWSP ">>" },
        { "<__media__>", "<" ZWSP "__media__>" },
        { "[img] [IMG-3] [image]", "[" ZWSP "img] [" ZWSP "IMG-3] [image]" },
        { "<image> </image> <Image 1>", "<" ZWSP "image> <" ZWSP "/image> <" ZWSP "Image 1>" },
        { "<start_of_image><end_of_turn>", "<" ZWSP "start_of_image><" ZWSP "end_of_turn>" },
        { "<s>[INST]", "<" ZWSP "s>[" ZWSP "INST]" },
        { "<<SYS>>", "<" ZWSP "<SYS>>" },
        { "<\xEF\xBD\x9Cuser\xEF\xBD\x9C>", "<" ZWSP "\xEF\xBD\x9Cuser\xEF\xBD\x9C>" },
        { "<\x01|image|\x7F>", "<" ZWSP "|image|" ZWSP ">" },
        { "a\r\nb\tc\x1B[31m\xC2\x9B", "a\nb\tc[31m" },
        { "\xFF<|\xC0", "\xEF\xBF\xBD<" ZWSP "|\xEF\xBF\xBD" },
        { "if a < b || c > d then <div>", "if a < b || c > d then <div>" },
        { "", "" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer once = { 0 }, twice = { 0 };

        assert_int_equal(query_add_safe_text(&once, cases[i].text, NULL), SC_OK);
        assert_string_equal((char *)once.data, cases[i].safe);
        assert_int_equal(query_add_safe_text(&twice, (char *)once.data, NULL), SC_OK);
        assert_string_equal((char *)twice.data, cases[i].safe);
        buffer_dispose(&once);
        buffer_dispose(&twice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_family_gets_its_own_query),
        cmocka_unit_test(a_still_is_asked_about_without_times),
        cmocka_unit_test(a_static_video_with_a_question_sends_its_frame),
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
        cmocka_unit_test(parts_come_as_label_and_image_in_order_of_time),
        cmocka_unit_test(fewer_images_keep_the_ends_and_the_best_ranks),
        cmocka_unit_test(the_services_limit_is_stronger_than_the_wish),
        cmocka_unit_test(a_budget_first_shrinks_and_then_leaves_out),
        cmocka_unit_test(sizes_shrink_before_a_frame_is_left_out),
        cmocka_unit_test(a_small_picture_is_sent_at_low_detail),
        cmocka_unit_test(a_tight_budget_is_met_by_low_detail),
        cmocka_unit_test(too_small_a_budget_says_what_one_picture_needs),
        cmocka_unit_test(evidence_without_a_picture_is_refused),
        cmocka_unit_test(frames_of_one_time_are_shown_once),
        cmocka_unit_test(small_text_keeps_its_chroma),
        cmocka_unit_test(many_events_are_listed_by_weight),
        cmocka_unit_test(without_hints_nothing_measured_is_told),
        cmocka_unit_test(names_tell_no_secrets_and_give_no_orders),
        cmocka_unit_test(the_question_is_made_safe_too),
        cmocka_unit_test(bytes_are_attached_and_known_by_their_first),
        cmocka_unit_test(bytes_of_no_image_are_refused_and_stay_the_callers),
        cmocka_unit_test(special_strings_are_broken_up_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
