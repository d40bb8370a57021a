/* Probes: short films with exact truth. What happens is drawn into a textured, noisy scene, encoded, and looked at
 * through the library with a real worker; what is told must be what was drawn, and nothing else.
 *
 *     static void paint(struct media *m, int i)      { probe_scene(m, 1); if (i >= 40) probe_thing(m, box, 7); }
 *     static const struct probe p = { .name = "appear", .pictures = 100, .paint = paint, .noise = 2,
 *                                     .truths = { { .kinds = PROBE_IS(SC_APPEAR), 40, 40, { 200, 80, 40, 30 } } } };
 *     wrong = probe_check(&p, &options);
 *
 * Pictures are PROBE_W x PROBE_H. Tests only: any failure but a wrong finding ends the program. One thread. */
#ifndef TESTS_KIT_PROBE_H
#define TESTS_KIT_PROBE_H

#include "include/seechange.h"
#include "tests/kit/media.h"

#define PROBE_W 480
#define PROBE_H 270
#define PROBE_RATE 25
#define PROBE_TRUTHS 12
#define PROBE_IS(kind) (1u << (kind))

struct truth {
    unsigned kinds;          /* PROBE_IS of each that is right; 0: ends the list */
    int from, to;            /* the first picture that differs, and the first that is settled again */
    struct sc_box box;       /* no box: the whole picture */
    int off;                 /* pictures that the start may be off; 0: 2, and that the end may be off: 12 more */
    double iou;              /* that the box must reach; 0: 0.5 */
    bool not_chosen;         /* no picture is to be chosen for it */
};

struct probe {
    const char *name;
    int pictures, rate;      /* 0: PROBE_RATE */
    void (*paint)(struct media *m, int i);
    int noise;               /* levels, of a sensor; 0: none */
    unsigned excused;        /* PROBE_IS of kinds that may be told besides */
    const char *encoder, *encoder_options; /* NULL: what the test says */
    struct truth truths[PROBE_TRUTHS];
};

/* Encode the probe once with each of n options, drawing each picture once: NAME-0.mkv, NAME-1.mkv, ... here. */
void probe_draw(const struct probe *p, const struct media_options *options, int n);

/* Look at one of them, compare, and print a line for all that is wrong (label: which one). Returns how much is. */
int probe_look(const struct probe *p, int which, const char *label, const struct sc_look_settings *settings);

/* Painting. */
void probe_scene(struct media *m, uint32_t seed);            /* fill with a scene: another for each seed */
void probe_scene_at(struct media *m, uint32_t seed, double x, double y, double zoom); /* seen from elsewhere */
void probe_thing(struct media *m, struct sc_box box, uint32_t seed); /* something textured, unlike the scene */
void probe_mix(struct media *m, uint32_t rgb, double part);  /* toward an even colour: 0 as it is, 1 all of it */
void probe_mix_scene(struct media *m, uint32_t seed, double part);
void probe_light(struct media *m, double gain, double offset);
void probe_gray(struct media *m);

#endif
