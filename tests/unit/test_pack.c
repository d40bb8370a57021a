/* Packings: what each makes of the same evidence, where crops lie and what they cost, and which one is taken. */
#include "fusion/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fusion/crop.h"
#include "fusion/query.h"
#include "tests/kit/evidence.h"
#include "tests/kit/golden.h"

static struct model model_named(const char *name)
{
    struct models *models = NULL;
    struct model m;

    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, name, &m);
    models_close(&models);
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
    const struct plan_image *image = &q->plan.images[p->image];
    int i;

    assert_int_equal(buffer_print(out, NULL, "IMAGE %d: %dx%d, detail %s, %lld tokens\n", p->image, image->width,
                                  image->height, details[p->detail], (long long)p->cost.tokens), SC_OK);
    for (i = 0; i < image->n_placements; i++) {
        const struct plan_placement *at = &image->placements[i];

        assert_int_equal(buffer_print(out, NULL, "  %lld us: %d,%d %dx%d -> %d,%d %dx%d\n", (long long)at->time_us,
                                      at->crop.x, at->crop.y, at->crop.w, at->crop.h, at->dest.x, at->dest.y,
                                      at->dest.w, at->dest.h), SC_OK);
    }
    for (i = 0; i < image->n_marks; i++)
        assert_int_equal(buffer_print(out, NULL, "  '%s' at %d,%d\n", image->marks[i].text, image->marks[i].box.x,
                                      image->marks[i].box.y), SC_OK);
}

static void check_golden(const char *name, const struct sc_changes *c, const struct model *m, const char *pack)
{
    struct query_settings settings = { .pack = pack };
    struct buffer out = { 0 };
    struct query q;
    int i;

    build(c, m, &settings, &q);
    assert_string_equal(q.pack, pack);
    assert_int_equal(buffer_print(&out, NULL, "%d images, %d left out, %lld tokens\n", q.n_images, q.frames_left_out,
                                  (long long)q.image_tokens), SC_OK);
    for (i = 0; i < q.n_parts; i++) {
        if (q.parts[i].type == PART_IMAGE)
            dump_image(&out, &q, &q.parts[i]);
        else
            assert_int_equal(buffer_print(&out, NULL, "TEXT\n%s\n", q.parts[i].text), SC_OK);
    }
    golden_check(name, (char *)out.data);
    buffer_dispose(&out);
    query_dispose(&q);
}

static void each_packing_makes_its_own_images(void **state)
{
    struct made_evidence e;
    struct model llama = model_named("llama4"), gpt = model_named("gpt-4.1"), mini = model_named("gpt-4.1-mini");

    (void)state;
    evidence_make(&e, 1280, 720);
    check_golden("pack-pair-llama4.txt", &e.changes, &llama, "pair");
    check_golden("pack-grid-llama4.txt", &e.changes, &llama, "grid");
    check_golden("pack-pair-gpt-4.1.txt", &e.changes, &gpt, "pair");
    check_golden("pack-pair-gpt-4.1-mini.txt", &e.changes, &mini, "pair");
    check_golden("pack-grid-gpt-4.1.txt", &e.changes, &gpt, "grid");
    check_golden("pack-grid-gpt-4.1-mini.txt", &e.changes, &mini, "grid");
    check_golden("pack-delta-llama4.txt", &e.changes, &llama, "delta");
    check_golden("pack-delta-gpt-4.1.txt", &e.changes, &gpt, "delta");
    check_golden("pack-delta-gpt-4.1-mini.txt", &e.changes, &mini, "delta");
}

/* ---- crops ---- */

static const char *const families[] = { "llama4", "gpt-4.1", "gpt-4.1-mini", "gpt-4o", "o4-mini", "some-model" };

static void a_crop_is_grown_until_more_would_cost_more(void **state)
{
    static const struct sc_box boxes[] = { { 0, 0, 20, 20 }, { 600, 300, 80, 40 }, { 1200, 640, 60, 70 },
                                           { 100, 30, 300, 500 }, { 400, 200, 700, 90 } };
    size_t f, b;

    (void)state;
    for (f = 0; f < sizeof families / sizeof *families; f++) {
        struct model m = model_named(families[f]);

        for (b = 0; b < sizeof boxes / sizeof *boxes; b++) {
            struct sc_box need = crop_with_context(boxes[b], 1280, 720);
            struct image_tokens t;
            struct crop c;
            int w, h;

            assert_true(crop_native(&m, need, 1280, 720, 1, 1, INT64_MAX, &c));
            assert_true(box_contains(need, boxes[b]));
            assert_true(box_contains(c.box, need));
            assert_true(box_contains((struct sc_box){ 0, 0, 1280, 720 }, c.box));
            assert_int_equal(c.box.w, c.cell_w);
            assert_int_equal(c.box.h, c.cell_h);
            assert_int_equal(tokens_image(&m, c.width, c.height, c.detail, &t, NULL), SC_OK);
            assert_int_equal(t.tokens, c.tokens);
            w = c.cell_w < 1280 ? c.cell_w + 1 : c.cell_w;
            h = c.cell_h < 720 ? c.cell_h + 1 : c.cell_h;
            if (w > c.cell_w && tokens_sees_all(&m, w, c.cell_h)) {
                assert_int_equal(tokens_image(&m, w, c.cell_h, view_detail(&m, w, c.cell_h), &t, NULL), SC_OK);
                assert_true(t.tokens > c.tokens);
            }
            if (h > c.cell_h && tokens_sees_all(&m, c.cell_w, h)) {
                assert_int_equal(tokens_image(&m, c.cell_w, h, view_detail(&m, c.cell_w, h), &t, NULL), SC_OK);
                assert_true(t.tokens > c.tokens);
            }
        }
    }
}

static void tiles_and_the_low_detail_are_filled(void **state)
{
    struct model llama = model_named("llama4"), gpt = model_named("gpt-4.1"), cpp = model_named("llama4");
    struct sc_box small = crop_with_context((struct sc_box){ 600, 300, 40, 40 }, 1280, 720);
    struct sc_box large = crop_with_context((struct sc_box){ 300, 200, 400, 350 }, 1280, 720);
    struct crop c;

    (void)state;
    crop_fit(&llama, small, 1280, 720, INT64_MAX, &c);
    assert_int_equal(c.width, 336);
    assert_int_equal(c.height, 336);
    assert_int_equal(c.tokens, 147);
    crop_fit(&llama, large, 1280, 720, INT64_MAX, &c);
    assert_int_equal(c.width, 672);
    assert_int_equal(c.height, 672);
    assert_int_equal(c.tokens, 727);
    crop_fit(&gpt, small, 1280, 720, INT64_MAX, &c);
    assert_int_equal(c.detail, DETAIL_LOW);
    assert_int_equal(c.tokens, 85);
    crop_fit(&gpt, large, 1280, 720, INT64_MAX, &c);
    assert_int_equal(c.detail, DETAIL_HIGH);
    assert_int_equal(c.width, 512);
    assert_int_equal(c.height, 512);
    assert_int_equal(c.tokens, 255);
    cpp.max_side = 336;
    strcpy(cpp.rule, "llama4-llamacpp");
    crop_fit(&cpp, small, 1280, 720, INT64_MAX, &c);
    assert_int_equal(c.width, 336);
    assert_int_equal(c.height, 336);
    crop_fit(&cpp, large, 1280, 720, INT64_MAX, &c);
    assert_in_range(c.width, 1, 336);
    assert_int_equal(c.box.w, large.w);
}

/* ---- delta ---- */

static const struct view *view_of(const struct query *q, int event, enum sc_role role)
{
    int i;

    for (i = 0; i < q->views.n; i++)
        if (q->views.items[i].event == event && q->views.items[i].role == role)
            return &q->views.items[i];
    return NULL;
}

static void a_new_shot_is_a_new_whole_frame(void **state)
{
    struct query_settings settings = { .pack = "delta" };
    struct model m = model_named("llama4");
    struct made_evidence e;
    struct query q;

    (void)state;
    evidence_make(&e, 1280, 720);
    build(&e.changes, &m, &settings, &q);
    assert_int_equal(q.views.items[0].kind, VIEW_WHOLE);
    assert_int_equal(view_of(&q, 2, SC_AFTER)->kind, VIEW_WHOLE);
    assert_int_not_equal(view_of(&q, 0, SC_AFTER)->kind, VIEW_WHOLE);
    query_dispose(&q);
}

static void what_is_as_large_as_the_picture_is_a_whole_frame(void **state)
{
    struct query_settings settings = { .pack = "delta" };
    struct model m = model_named("llama4");
    struct made_evidence e;
    struct query q;
    int i;

    (void)state;
    evidence_make(&e, 1280, 720);
    e.events[0].box = e.events[1].box = (struct sc_box){ 8, 8, 1264, 704 };
    build(&e.changes, &m, &settings, &q);
    for (i = 0; i < q.views.n; i++)
        assert_int_equal(q.views.items[i].kind, VIEW_WHOLE);
    query_dispose(&q);
}

static void every_local_event_is_shown_at_native_scale(void **state)
{
    struct query_settings settings = { .pack = "delta", .max_images = 30 };
    struct made_evidence e;
    size_t f;
    int i;

    (void)state;
    for (f = 0; f < sizeof families / sizeof *families; f++) {
        struct model m = model_named(families[f]);
        struct query q;

        evidence_make(&e, 1280, 720);
        build(&e.changes, &m, &settings, &q);
        for (i = 0; i < 2; i++) {
            const struct view *v = view_of(&q, i, SC_AFTER);
            const struct view_picture *p;

            assert_non_null(v);
            p = &v->pictures[v->n_pictures - 1];
            assert_true(box_contains(p->crop, e.events[i].box));
            assert_true(v->kind == VIEW_WHOLE || p->dest.w == p->crop.w);
        }
        query_dispose(&q);
    }
}

static void events_of_one_moment_share_a_crop_if_that_is_no_dearer(void **state)
{
    struct query_settings settings = { .pack = "delta" };
    struct model m = model_named("llama4");
    struct made_evidence e;
    struct query q;
    const struct view *v;

    (void)state;
    evidence_make(&e, 1280, 720);
    e.events[0].box = (struct sc_box){ 100, 100, 40, 40 };
    e.events[1] = e.events[0];
    e.events[1].box = (struct sc_box){ 220, 180, 40, 40 };
    e.changes.n_events = 2;
    e.changes.n_frames = 3; /* first, before and after event 0; none is of event 1 */
    build(&e.changes, &m, &settings, &q);
    assert_int_equal(q.n_images, 2);
    v = view_of(&q, 0, SC_AFTER);
    assert_true(box_contains(v->pictures[v->n_pictures - 1].crop, e.events[1].box));
    assert_null(view_of(&q, 1, SC_AFTER));
    query_dispose(&q);

    e.events[1].box = (struct sc_box){ 1000, 600, 40, 40 };
    build(&e.changes, &m, &settings, &q);
    assert_int_equal(q.n_images, 3);
    assert_non_null(view_of(&q, 1, SC_AFTER));
    query_dispose(&q);
}

/* A thing comes and goes at one place: what was there before it went is in no whole frame. */
static void before_is_bought_where_nothing_shows_it(void **state)
{
    struct query_settings settings = { .pack = "delta" };
    struct model m = model_named("llama4");
    struct made_evidence e;
    const struct view *v;
    struct query q;

    (void)state;
    evidence_make(&e, 1280, 720);
    e.events[0].box = (struct sc_box){ 100, 100, 260, 260 }; /* too large for two on one tile */
    e.changes.n_events = 1;
    e.changes.n_frames = 3;
    build(&e.changes, &m, &settings, &q);
    v = view_of(&q, 0, SC_AFTER);
    assert_int_equal(v->kind, VIEW_PART); /* the first frame shows what was before */
    assert_null(view_of(&q, 0, SC_BEFORE));
    query_dispose(&q);

    e.events[1] = e.events[0];
    e.events[1].start_us = e.events[1].peak_us = 3000000; /* it was touched since */
    e.events[1].end_us = 3100000;
    e.changes.n_events = 2;
    build(&e.changes, &m, &settings, &q);
    assert_true(view_of(&q, 0, SC_BEFORE) || view_of(&q, 0, SC_AFTER)->kind == VIEW_PAIR);
    query_dispose(&q);
}

/* ---- which one ---- */

static int64_t all_tokens(const struct query *q) { return q->image_tokens + q->text_tokens + q->layout_tokens; }

static void auto_is_never_dearer_than_whole_frames(void **state)
{
    static const int sizes[][2] = { { 320, 180 }, { 640, 360 }, { 1280, 720 }, { 1920, 1080 }, { 1080, 1920 },
                                    { 3840, 2160 } };
    size_t f, k;

    (void)state;
    for (f = 0; f < sizeof families / sizeof *families; f++) {
        for (k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            struct query_settings best = { 0 }, full = { .pack = "full" };
            struct model m = model_named(families[f]);
            struct made_evidence e;
            struct query a, b;

            evidence_make(&e, sizes[k][0], sizes[k][1]);
            build(&e.changes, &m, &best, &a);
            build(&e.changes, &m, &full, &b);
            assert_true(all_tokens(&a) <= all_tokens(&b));
            assert_true(*a.pack_reason);
            assert_false(*b.pack_reason);
            query_dispose(&a);
            query_dispose(&b);
        }
    }
}

static void a_still_is_sent_whole(void **state)
{
    struct query_settings best = { .pack = "auto" };
    struct model m = model_named("llama4");
    struct made_evidence e;
    struct query q;

    (void)state;
    evidence_make(&e, 640, 480);
    e.changes.source.is_still = true;
    e.changes.n_events = 0;
    e.changes.n_frames = 1;
    build(&e.changes, &m, &best, &q);
    assert_string_equal(q.pack, "full");
    query_dispose(&q);
}

/* Forty cuts are more than Llama 4 is good at. */
static void many_shots_become_sheets(void **state)
{
    struct query_settings best = { 0 };
    struct model m = model_named("llama4");
    struct made_evidence e;
    struct sc_frame frames[40];
    struct sc_event events[40];
    struct query q;
    int i, n = 0;

    (void)state;
    evidence_make(&e, 640, 360);
    for (i = 0; i < 40; i++) {
        events[i] = e.events[2];
        events[i].start_us = events[i].end_us = events[i].after_us = 1000000 * (i + 1);
        frames[i] = (struct sc_frame){ .time_us = 1000000 * (i + 1), .role = SC_AFTER, .event = i, .rank = i + 1 };
    }
    e.changes.events = events;
    e.changes.frames = frames;
    e.changes.n_events = e.changes.n_frames = 40;
    build(&e.changes, &m, &best, &q);
    assert_string_equal(q.pack, "grid");
    assert_int_equal(q.frames_left_out, 0);
    for (i = 0; i < q.views.n; i++)
        n += q.views.items[i].n_pictures;
    assert_int_equal(n, 40);
    query_dispose(&q);
}

static void every_packing_keeps_to_a_budget(void **state)
{
    static const char *const packs[] = { "full", "pair", "delta", "grid", "auto" };
    size_t f, k;

    (void)state;
    for (f = 0; f < sizeof families / sizeof *families; f++) {
        for (k = 0; k < sizeof packs / sizeof *packs; k++) {
            struct query_settings settings = { .pack = packs[k] };
            struct model m = model_named(families[f]);
            struct made_evidence e;
            struct query q;

            evidence_make(&e, 1280, 720);
            for (settings.max_tokens = 12000; settings.max_tokens > 100; settings.max_tokens /= 2) {
                if (query_build(&e.changes, &m, &settings, &q, NULL))
                    break;
                assert_true(all_tokens(&q) <= settings.max_tokens);
                assert_true(q.n_images >= 1);
                query_dispose(&q);
            }
            settings = (struct query_settings){ .pack = packs[k], .max_images = 2 };
            build(&e.changes, &m, &settings, &q);
            assert_in_range(q.n_images, 1, 2);
            query_dispose(&q);
        }
    }
}

/* Crops keep their pixels where whole frames would lose theirs. */
static void a_budget_prefers_crops_to_shrunk_frames(void **state)
{
    struct query_settings best = { 0 }, full = { .pack = "full" };
    struct model m = model_named("llama4");
    struct made_evidence e;
    struct query q;

    (void)state;
    evidence_make(&e, 1280, 720);
    e.changes.n_events = 1;
    e.changes.n_frames = 3;
    build(&e.changes, &m, &full, &q);
    assert_false(q.shrunk);
    best.max_tokens = full.max_tokens = all_tokens(&q) - 700;
    query_dispose(&q);
    build(&e.changes, &m, &full, &q);
    assert_true(q.shrunk);
    query_dispose(&q);
    build(&e.changes, &m, &best, &q);
    assert_string_equal(q.pack, "delta");
    assert_false(q.shrunk);
    query_dispose(&q);
}

static void frames_for_context_are_left_out_before_anything_shrinks(void **state)
{
    struct query_settings full = { .pack = "full" };
    struct model m = model_named("gpt-4.1");
    struct made_evidence e;
    struct query q;
    int i;

    (void)state;
    evidence_make(&e, 1280, 720);
    e.frames[2].role = e.frames[5].role = SC_CONTEXT;
    e.frames[2].rank = 1;
    build(&e.changes, &m, &full, &q);
    assert_int_equal(q.frames_left_out, 0);
    full.max_tokens = all_tokens(&q) - 10;
    query_dispose(&q);
    build(&e.changes, &m, &full, &q);
    assert_false(q.shrunk);
    assert_int_equal(q.frames_left_out, 1);
    assert_int_equal(q.left_out[0], 5); /* of the two the one of the lower rank */
    for (i = 0; i < q.views.n; i++)
        assert_int_not_equal(q.views.items[i].pictures[0].frame, 5);
    query_dispose(&q);
}

static void what_is_left_out_is_listed(void **state)
{
    struct query_settings full = { .pack = "full" };
    struct model m = model_named("gpt-4.1");
    struct made_evidence e;
    int n, i, k;

    (void)state;
    evidence_make(&e, 1280, 720);
    for (n = 1; n <= EVIDENCE_FRAMES; n++) {
        bool seen[EVIDENCE_FRAMES] = { false };
        struct query q;

        full.max_images = n;
        build(&e.changes, &m, &full, &q);
        for (i = 0; i < q.views.n; i++)
            for (k = 0; k < q.views.items[i].n_pictures; k++)
                seen[q.views.items[i].pictures[k].frame] = true;
        for (i = 0; i < q.frames_left_out; i++) {
            assert_false(seen[q.left_out[i]]);
            seen[q.left_out[i]] = true;
        }
        for (i = 0; i < EVIDENCE_FRAMES; i++)
            assert_true(seen[i]);
        query_dispose(&q);
    }
}

static void an_unknown_packing_is_refused(void **state)
{
    struct query_settings settings = { .pack = "zip" };
    struct model m = model_named("llama4");
    struct made_evidence e;
    struct query q;

    (void)state;
    evidence_make(&e, 640, 360);
    assert_int_equal(query_build(&e.changes, &m, &settings, &q, NULL), SC_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_packing_makes_its_own_images),
        cmocka_unit_test(a_crop_is_grown_until_more_would_cost_more),
        cmocka_unit_test(tiles_and_the_low_detail_are_filled),
        cmocka_unit_test(a_new_shot_is_a_new_whole_frame),
        cmocka_unit_test(what_is_as_large_as_the_picture_is_a_whole_frame),
        cmocka_unit_test(every_local_event_is_shown_at_native_scale),
        cmocka_unit_test(events_of_one_moment_share_a_crop_if_that_is_no_dearer),
        cmocka_unit_test(before_is_bought_where_nothing_shows_it),
        cmocka_unit_test(auto_is_never_dearer_than_whole_frames),
        cmocka_unit_test(a_still_is_sent_whole),
        cmocka_unit_test(many_shots_become_sheets),
        cmocka_unit_test(every_packing_keeps_to_a_budget),
        cmocka_unit_test(a_budget_prefers_crops_to_shrunk_frames),
        cmocka_unit_test(frames_for_context_are_left_out_before_anything_shrinks),
        cmocka_unit_test(what_is_left_out_is_listed),
        cmocka_unit_test(an_unknown_packing_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
