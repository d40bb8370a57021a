/* Decodes, measures, decides, and prints what was decided: as JSON, or as a list for people.
 *
 *     decide-list [-l] [-x] [-n] [-i] [-s SENSITIVITY] [-m MAX_FRAMES] [-w SIGNATURES] FILE
 *
 *     -l  a list instead of JSON      -x  and a line for each looked-at picture
 *     -n  look as effort normal does: five pictures a second, all of them where a border may lie
 *     -i  as a stream's events are told: as they settle (no frames are chosen)
 *     -w  write the signatures to a file, which can be given as FILE later: deciding again costs no decoding */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode/decode.h"
#include "frames/decide.h"
#include "frames/pixels/measure.h"

#define MAGIC "signatures\n"
#define STEP_US 200000

struct run {
    struct decider *decider;
    FILE *dump;
    bool normal, stream;
    struct sc_changes told;
    double sensitivity;
    struct signature *kept, *held[4096]; /* normal: last one used, and those since then */
    int n_held;
};

static enum sc_status on_event(void *user, const struct sc_event *event, struct sc_error *err)
{
    struct sc_changes *told = user;
    struct sc_event *more = realloc(told->events, (size_t)(told->n_events + 1) * sizeof *more);
    if (!more)
        return fail_memory(err);
    told->events = more;
    more[told->n_events++] = *event;
    return SC_OK;
}

static enum sc_status add(struct run *r, const struct signature *signature, struct sc_error *err)
{
    enum sc_status s = decide_add(r->decider, signature, err);
    return s || !r->stream ? s : decide_settled(r->decider, false, on_event, &r->told, err);
}

static int by_start(const void *a, const void *b)
{
    const struct sc_event *x = a, *y = b;
    if (x->start_us != y->start_us)
        return x->start_us < y->start_us ? -1 : 1;
    return x->box.y != y->box.y ? x->box.y - y->box.y : x->box.x - y->box.x;
}

static enum sc_status conclude(struct run *r, struct sc_changes *out, struct sc_error *err)
{
    if (!r->stream)
        return decide_finish(r->decider, out, err);
    enum sc_status s = decide_settled(r->decider, true, on_event, &r->told, err);
    if (r->told.n_events)
        qsort(r->told.events, (size_t)r->told.n_events, sizeof *r->told.events, by_start);
    *out = r->told;
    return s;
}

static enum sc_status flush_held(struct run *r, bool all, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    for (int i = 0; i < r->n_held; i++) {
        if (!s && (all || i == r->n_held - 1))
            s = add(r, r->held[i], err);
        if (i == r->n_held - 1) {
            signature_free(&r->kept);
            r->kept = r->held[i];
        } else {
            signature_free(&r->held[i]);
        }
    }
    r->n_held = 0;
    return s;
}

/* Takes the signature. */
static enum sc_status use(struct run *r, struct signature *signature, struct sc_error *err)
{
    if (r->dump) {
        struct buffer b = { 0 };
        struct packer p = { .out = &b };
        signature_pack(signature, &p);
        uint32_t size = (uint32_t)b.size;
        fwrite(&size, sizeof size, 1, r->dump);
        fwrite(b.data, 1, b.size, r->dump);
        buffer_dispose(&b);
    }
    if (!r->normal) {
        enum sc_status s = add(r, signature, err);
        signature_free(&signature);
        return s;
    }
    r->held[r->n_held++] = signature;
    if (r->kept && signature->time_us - r->kept->time_us < STEP_US && r->n_held < 4096)
        return SC_OK;
    return flush_held(r, r->kept && decide_border_between(NULL, r->kept, signature, r->sensitivity), err);
}

static enum sc_status run_dump(struct run *r, FILE *f, struct sc_error *err)
{
    uint32_t size;
    enum sc_status s = SC_OK;
    while (!s && fread(&size, sizeof size, 1, f) == 1 && size < 1 << 24) {
        uint8_t *data = malloc(size);
        struct unpacker u = { .data = data, .size = size };
        struct signature *signature = data && fread(data, 1, size, f) == size ? signature_unpack(&u) : NULL;
        s = signature ? use(r, signature, err) : fail(err, SC_ERR_FORMAT, "broken signatures");
        free(data);
    }
    return s;
}

static enum sc_status run_media(struct run *r, const char *path, struct sc_error *err)
{
    struct decode_settings settings = { .source.path = path };
    struct decoder *d = NULL;
    struct measurer *m = NULL;
    struct picture *pic = NULL;
    struct signature *signature = NULL;
    enum sc_status s;

    if ((s = decode_open(&d, &settings, err)) || (s = measure_open(&m, (struct sc_box){ 0 }, err)))
        goto done;
    while (!(s = decode_next(d, &pic, err)) && pic) {
        if ((s = measure(m, pic, &signature, err)) || (s = use(r, signature, err)))
            break;
        picture_unref(&pic);
    }
done:
    picture_unref(&pic);
    measure_close(&m);
    decode_close(&d);
    return s;
}

static void print_look(void *user, const struct sc_look *l)
{
    (void)user;
    printf("%9.3f previous %.3f kept %.3f light %.2f%+.1f box %d,%d %dx%d %s\n", l->time_us / 1e6, l->score_previous,
           l->score_kept, l->light_gain, l->light_offset, l->box.x, l->box.y, l->box.w, l->box.h, l->verdict);
}

static void print_list(const struct sc_changes *c)
{
    for (int i = 0; i < c->n_events; i++) {
        const struct sc_event *e = &c->events[i];
        printf("event %2d %8.3f %8.3f %8.3f  %-9s box %d,%d %dx%d share %.4f score %.2f before %.3f after %.3f "
               "same %.3f d %.0f,%.0f x%d yuv %d %d %d > %d %d %d\n",
               i, e->start_us / 1e6, e->peak_us / 1e6, e->end_us / 1e6, sc_kind_name(e->kind), e->box.x, e->box.y,
               e->box.w, e->box.h, e->share, e->score, e->before_us / 1e6, e->after_us / 1e6, e->same_as_us / 1e6,
               e->dx, e->dy, e->count, e->yuv_before[0], e->yuv_before[1], e->yuv_before[2], e->yuv_after[0],
               e->yuv_after[1], e->yuv_after[2]);
    }
    for (int i = 0; i < c->n_frames; i++)
        printf("frame %2d %8.3f rank %2d %s\n", i, c->frames[i].time_us / 1e6, c->frames[i].rank, c->frames[i].reason);
}

static void print_json(const struct sc_changes *c)
{
    printf("{\"events\": [");
    for (int i = 0; i < c->n_events; i++) {
        const struct sc_event *e = &c->events[i];
        printf("%s\n  {\"start_s\": %.6f, \"peak_s\": %.6f, \"end_s\": %.6f, \"kind\": \"%s\", "
               "\"box\": [%d, %d, %d, %d], \"share\": %.5f, \"score\": %.3f}",
               i ? "," : "", e->start_us / 1e6, e->peak_us / 1e6, e->end_us / 1e6,
               sc_kind_name(e->kind), e->box.x, e->box.y, e->box.w, e->box.h, e->share, e->score);
    }
    printf("],\n \"frames\": [");
    for (int i = 0; i < c->n_frames; i++) {
        const struct sc_frame *f = &c->frames[i];
        printf("%s\n  {\"time_s\": %.6f, \"role\": \"%s\", \"rank\": %d", i ? "," : "", f->time_us / 1e6,
               sc_role_name(f->role), f->rank);
        if (f->event >= 0)
            printf(", \"event\": %d", f->event);
        printf("}");
    }
    printf("]}\n");
}

int main(int argc, char **argv)
{
    struct sc_look_settings settings = { 0 };
    struct sc_changes changes = { 0 };
    struct run run = { 0 };
    struct sc_error err = { 0 };
    bool list = false;
    char magic[sizeof MAGIC] = "";
    FILE *f = NULL;
    enum sc_status s;
    int option;

    while ((option = getopt(argc, argv, "lxnis:m:w:")) != -1) {
        if (option == 'l')
            list = true;
        else if (option == 'x')
            settings.on_look = print_look;
        else if (option == 'n')
            run.normal = true;
        else if (option == 'i')
            run.stream = true;
        else if (option == 's')
            settings.has_sensitivity = true, settings.sensitivity = atof(optarg);
        else if (option == 'm')
            settings.max_frames = atoi(optarg);
        else if (option == 'w' && (run.dump = fopen(optarg, "wb")))
            fwrite(MAGIC, 1, sizeof MAGIC, run.dump);
        else
            return 2;
    }
    if (optind + 1 != argc || !(f = fopen(argv[optind], "rb")))
        return 2;
    run.sensitivity = decide_sensitivity(&settings);
    if ((s = decide_open(&run.decider, &settings, &err)))
        goto done;
    if (fread(magic, 1, sizeof magic, f) == sizeof magic && !memcmp(magic, MAGIC, sizeof magic))
        s = run_dump(&run, f, &err);
    else
        s = run_media(&run, argv[optind], &err);
    if (!s)
        s = flush_held(&run, true, &err);
    if (!s)
        s = conclude(&run, &changes, &err);
    if (!s)
        (list ? print_list : print_json)(&changes);
done:
    if (s)
        fprintf(stderr, "decide-list: %s\n", err.text);
    signature_free(&run.kept);
    free(changes.events);
    free(changes.frames);
    decide_close(&run.decider);
    if (run.dump)
        fclose(run.dump);
    fclose(f);
    return s ? 1 : 0;
}
