/* Signatures of drawn pictures, without media: what the deciding half sees, exactly known.
 *
 *     struct drawn *p = drawn_new(1280, 720);
 *     drawn_fill(p, 235, 128, 128);
 *     drawn_rect(p, 40, 40, 24, 24, 60, 128, 128);
 *     struct signature *s = drawn_signature(p, 40000);     (signature_free)
 *     drawn_free(&p);
 *
 * Positions are displayed pixels, values 8-bit full-range Y'CbCr. Any failure ends the program. */
#ifndef TESTS_KIT_DRAWN_H
#define TESTS_KIT_DRAWN_H

#include "frames/signature.h"

struct drawn;

struct drawn *drawn_new(int width, int height);
struct drawn *drawn_copy(const struct drawn *p);
void drawn_free(struct drawn **p);

void drawn_fill(struct drawn *p, double y, double u, double v);
void drawn_rect(struct drawn *p, double x, double y, double w, double h, double luma, double u, double v);
void drawn_texture(struct drawn *p, uint32_t seed);          /* a scene: smooth and detailed, never flat; another for
                                                                each seed */
void drawn_lines(struct drawn *p, double x, double y, double w, double h, double luma, uint32_t seed); /* like text */
void drawn_noise(struct drawn *p, double amplitude, uint32_t seed);
void drawn_light(struct drawn *p, double gain, double offset);
void drawn_mix(struct drawn *p, const struct drawn *other, double part); /* 0: p, 1: other */
void drawn_paste(struct drawn *p, const struct drawn *other, double x, double y, double w, double h);
void drawn_shift(struct drawn *p, double dx, double dy);     /* displayed pixels; the rim is repeated */

struct signature *drawn_signature(const struct drawn *p, int64_t time_us);

#endif
