/* Scenes, things, light; and findings against truth. */
#include "tests/kit/probe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_SCENES 4
#define SIDE 1024            /* of a scene's texture, which is repeated */
#define FURNITURE 60
#define END_OFF 12           /* pictures: coarse codecs sharpen what is new until the next key picture */
#define MAX_ENCODES 8

static void *must(void *p)
{
    if (!p) {
        fprintf(stderr, "probe: no memory\n");
        exit(2);
    }
    return p;
}

static void must_ok(enum sc_status s, const struct probe *p, const struct sc_error *err)
{
    if (s) {
        fprintf(stderr, "probe: %s: %s\n", p->name, err->text);
        exit(2);
    }
}

static uint8_t sample(double v)
{
    return (uint8_t)lround(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* What a scene consists of in the large: walls, furniture, lighter or darker than what they stand before. */
static void furnish(uint8_t *rgb, uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;
    for (int k = 0; k < FURNITURE; k++) {
        int part[5];
        for (int i = 0; i < 5; i++)
            part[i] = (int)((state = state * 1664525u + 1013904223u) >> 16);
        int x0 = part[0] % SIDE, y0 = part[1] % SIDE, w = 40 + part[2] % 160, h = 30 + part[3] % 120;
        int lighter = part[4] % 2 ? 45 : -45;
        for (int y = y0; y < y0 + h; y++)
            for (int x = x0; x < x0 + w; x++) {
                uint8_t *at = rgb + 3 * ((size_t)(y % SIDE) * SIDE + x % SIDE);
                for (int i = 0; i < 3; i++)
                    at[i] = sample(at[i] + lighter);
            }
    }
}

/* The texture of a scene, made once: RGB, SIDE x SIDE. The scenes used last are remembered. */
static const uint8_t *texture(uint32_t seed)
{
    static uint8_t *made[N_SCENES];
    static uint32_t seeds[N_SCENES];
    static int next;
    for (int i = 0; i < N_SCENES; i++)
        if (made[i] && seeds[i] == seed)
            return made[i];
    int slot = next++ % N_SCENES;
    free(made[slot]);
    uint8_t *rgb = made[slot] = must(malloc((size_t)SIDE * SIDE * 3));
    seeds[slot] = seed;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            uint32_t v = media_texture(x, y, seed);
            uint8_t *at = rgb + 3 * ((size_t)y * SIDE + x);
            at[0] = (uint8_t)(v >> 16), at[1] = (uint8_t)(v >> 8), at[2] = (uint8_t)v;
        }
    furnish(rgb, seed);
    return rgb;
}

void probe_scene(struct media *m, uint32_t seed)
{
    const uint8_t *from = texture(seed);
    for (int y = 0; y < PROBE_H; y++)
        memcpy(media_pixels(m) + (size_t)y * PROBE_W * 3, from + (size_t)y * SIDE * 3, PROBE_W * 3);
}

void probe_scene_at(struct media *m, uint32_t seed, double x, double y, double zoom)
{
    const uint8_t *from = texture(seed);
    uint8_t *out = media_pixels(m);
    for (int j = 0; j < PROBE_H; j++)
        for (int i = 0; i < PROBE_W; i++) {
            double sx = x + (i - PROBE_W / 2) / zoom + PROBE_W / 2, sy = y + (j - PROBE_H / 2) / zoom + PROBE_H / 2;
            int x0 = (int)floor(sx), y0 = (int)floor(sy);
            double fx = sx - x0, fy = sy - y0;
            const uint8_t *a = from + 3 * ((size_t)(y0 & (SIDE - 1)) * SIDE);
            const uint8_t *b = from + 3 * ((size_t)((y0 + 1) & (SIDE - 1)) * SIDE);
            int left = 3 * (x0 & (SIDE - 1)), right = 3 * ((x0 + 1) & (SIDE - 1));
            for (int k = 0; k < 3; k++)
                *out++ = (uint8_t)lround((1 - fy) * ((1 - fx) * a[left + k] + fx * a[right + k]) +
                                         fy * ((1 - fx) * b[left + k] + fx * b[right + k]));
        }
}

/* Its own colours, darker at the rim: an object with a shape. */
void probe_thing(struct media *m, struct sc_box box, uint32_t seed)
{
    uint32_t base = media_texture(0, 0, seed * 77) & 0x3F3F3F;
    for (int y = 0; y < box.h; y++)
        for (int x = 0; x < box.w; x++) {
            uint32_t own = (media_texture(3 * x, 3 * y, seed) & 0x1F1F1F) + base + (seed & 1 ? 0x900808 : 0x080870);
            bool rim = x < 2 || y < 2 || x >= box.w - 2 || y >= box.h - 2;
            media_rect(m, box.x + x, box.y + y, 1, 1, rim ? 0x101010 : own);
        }
}

void probe_mix(struct media *m, uint32_t rgb, double part)
{
    uint8_t *at = media_pixels(m);
    for (size_t i = 0; i < (size_t)PROBE_W * PROBE_H * 3; i++)
        at[i] = sample(at[i] + part * ((rgb >> (16 - i % 3 * 8) & 255) - (double)at[i]));
}

void probe_mix_scene(struct media *m, uint32_t seed, double part)
{
    const uint8_t *from = texture(seed);
    uint8_t *at = media_pixels(m);
    for (int y = 0; y < PROBE_H; y++)
        for (int i = 0; i < PROBE_W * 3; i++, at++)
            *at = sample(*at + part * (from[(size_t)y * SIDE * 3 + i] - (double)*at));
}

void probe_light(struct media *m, double gain, double offset)
{
    uint8_t *at = media_pixels(m), table[256];
    for (int v = 0; v < 256; v++)
        table[v] = sample(gain * v + offset);
    for (size_t i = 0; i < (size_t)PROBE_W * PROBE_H * 3; i++)
        at[i] = table[at[i]];
}

void probe_gray(struct media *m)
{
    uint8_t *at = media_pixels(m);
    for (size_t i = 0; i < (size_t)PROBE_W * PROBE_H; i++, at += 3)
        at[0] = at[1] = at[2] = sample(0.299 * at[0] + 0.587 * at[1] + 0.114 * at[2]);
}

static void path_of(const struct probe *p, int which, char out[64])
{
    snprintf(out, 64, "%s-%d.mkv", p->name, which);
}

void probe_draw(const struct probe *p, const struct media_options *options, int n)
{
    struct media *m[MAX_ENCODES];
    for (int k = 0; k < n && k < MAX_ENCODES; k++) {
        struct media_options own = options[k];
        char path[64];
        path_of(p, k, path);
        own.rate_num = p->rate ? p->rate : PROBE_RATE;
        own.rate_den = 1;
        if (p->encoder) {
            own.codec = p->encoder;
            own.encoder_options = p->encoder_options;
        }
        m[k] = media_open(path, PROBE_W, PROBE_H, &own);
    }
    for (int i = 0; i < p->pictures; i++) {
        p->paint(m[0], i);
        if (p->noise)
            media_noise(m[0], p->noise, (uint32_t)i + 1);
        for (int k = 0; k < n && k < MAX_ENCODES; k++) {
            if (k)
                memcpy(media_pixels(m[k]), media_pixels(m[0]), (size_t)PROBE_W * PROBE_H * 3);
            media_write(m[k]);
        }
    }
    for (int k = 0; k < n && k < MAX_ENCODES; k++)
        media_close(&m[k]);
}

static double iou(const struct sc_box *a, const struct sc_box *b)
{
    double w = fmin(a->x + a->w, b->x + b->w) - fmax(a->x, b->x);
    double h = fmin(a->y + a->h, b->y + b->h) - fmax(a->y, b->y);
    double both = w > 0 && h > 0 ? w * h : 0;
    return both / ((double)a->w * a->h + (double)b->w * b->h - both);
}

static double picture_of(const struct probe *p, int64_t time_us)
{
    return (double)time_us * (p->rate ? p->rate : PROBE_RATE) / 1e6;
}

static bool told_by(const struct probe *p, const struct truth *t, const struct sc_event *e)
{
    static const struct sc_box whole = { 0, 0, PROBE_W, PROBE_H };
    int off = t->off ? t->off : 2;
    return t->kinds & PROBE_IS(e->kind) && fabs(picture_of(p, e->start_us) - t->from) <= off + 0.2 &&
           fabs(picture_of(p, e->end_us) - t->to) <= off + END_OFF &&
           iou(t->box.w ? &t->box : &whole, e->box.w ? &e->box : &whole) >= (t->iou > 0 ? t->iou : 0.5);
}

/* Whether a chosen picture shows it: while it goes on, or what came of it. */
static bool is_shown(const struct probe *p, const struct truth *t, const struct sc_changes *c)
{
    for (int i = 0; i < c->n_frames; i++) {
        double at = picture_of(p, c->frames[i].time_us) + 0.2;
        if (at >= t->from && (at < t->to || t[1].kinds == 0 || at < t[1].from))
            return true;
    }
    return false;
}

static bool is_chosen(const struct sc_changes *c, int event)
{
    for (int i = 0; i < c->n_frames; i++)
        if (c->frames[i].event == event)
            return true;
    return false;
}

static void print_events(const struct probe *p, const struct sc_changes *c)
{
    for (int i = 0; i < c->n_events; i++) {
        const struct sc_event *e = &c->events[i];
        printf("      told: %s %.1f to %.1f, box %d,%d,%d,%d, score %.2f%s\n", sc_kind_name(e->kind),
               picture_of(p, e->start_us), picture_of(p, e->end_us), e->box.x, e->box.y, e->box.w, e->box.h, e->score,
               is_chosen(c, i) ? ", chosen" : "");
    }
}

static int compare(const struct probe *p, const char *label, const struct sc_changes *c)
{
    int wrong = 0, taken = 0;
    for (const struct truth *t = p->truths; t < p->truths + PROBE_TRUTHS && t->kinds; t++) {
        int found = -1;
        for (int i = 0; i < c->n_events && found < 0; i++)
            if (!(taken >> i & 1) && told_by(p, t, &c->events[i]))
                found = i;
        if (found < 0) {
            printf("%s, %s: not told: pictures %d to %d\n", p->name, label, t->from, t->to);
            wrong++;
            continue;
        }
        taken |= 1 << found;
        if (t->not_chosen ? is_chosen(c, found) : !is_shown(p, t, c)) {
            printf("%s, %s: %s: pictures %d to %d\n", p->name, label, t->not_chosen ? "chosen" : "not shown", t->from,
                   t->to);
            wrong++;
        }
    }
    for (int i = 0; i < c->n_events && i < 31; i++)
        if (!(taken >> i & 1) && !(p->excused & PROBE_IS(c->events[i].kind))) {
            printf("%s, %s: nothing of that sort: %s at picture %.1f\n", p->name, label,
                   sc_kind_name(c->events[i].kind), picture_of(p, c->events[i].start_us));
            wrong++;
        }
    if (wrong)
        print_events(p, c);
    return wrong;
}

int probe_look(const struct probe *p, int which, const char *label, const struct sc_look_settings *settings)
{
    struct sc_look_settings own = settings ? *settings : (struct sc_look_settings){ 0 };
    struct sc_settings session = { .config_dir = "config" };
    struct sc_error err = { 0 };
    struct sc_changes *c = NULL;
    struct sc *s = NULL;
    char path[64];
    path_of(p, which, path);
    own.no_cache = true;
    must_ok(sc_open(&s, &session, &err), p, &err);
    must_ok(sc_changes(s, &(struct sc_source){ .path = path }, &own, &c, &err), p, &err);
    int wrong = compare(p, label, c);
    sc_changes_free(&c);
    sc_close(&s);
    return wrong;
}
