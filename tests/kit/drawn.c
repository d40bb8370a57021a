/* Pictures as three planes at the signature's own small size. */
#include "tests/kit/drawn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct drawn {
    int width, height, w, h; /* displayed, small */
    double scale;
    float plane[3][SIGNATURE_SIDE * SIGNATURE_SIDE];
};

static void *must(void *p)
{
    if (!p) {
        fprintf(stderr, "drawn: not enough memory\n");
        exit(1);
    }
    return p;
}

struct drawn *drawn_new(int width, int height)
{
    struct drawn *p = must(calloc(1, sizeof *p));
    int longer = width > height ? width : height;
    p->scale = longer > SIGNATURE_SIDE ? (double)SIGNATURE_SIDE / longer : 1;
    p->width = width;
    p->height = height;
    p->w = (int)lround(width * p->scale);
    p->h = (int)lround(height * p->scale);
    return p;
}

struct drawn *drawn_copy(const struct drawn *p)
{
    struct drawn *copy = must(malloc(sizeof *copy));
    *copy = *p;
    return copy;
}

void drawn_free(struct drawn **p)
{
    free(*p);
    *p = NULL;
}

static double covered(int at, double from, double to)
{
    double a = from > at ? from : at, b = to < at + 1 ? to : at + 1;
    return b > a ? b - a : 0;
}

void drawn_rect(struct drawn *p, double x, double y, double w, double h, double luma, double u, double v)
{
    const double value[3] = { luma, u, v };
    x *= p->scale, y *= p->scale, w *= p->scale, h *= p->scale;
    for (int j = y < 0 ? 0 : (int)y; j < p->h && j < y + h; j++)
        for (int i = x < 0 ? 0 : (int)x; i < p->w && i < x + w; i++) {
            double part = covered(i, x, x + w) * covered(j, y, y + h);
            for (int k = 0; k < 3 && part > 0; k++) {
                float *at = &p->plane[k][j * p->w + i];
                *at = (float)(*at + part * (value[k] - *at));
            }
        }
}

void drawn_fill(struct drawn *p, double y, double u, double v)
{
    drawn_rect(p, 0, 0, p->width, p->height, y, u, v);
}

static uint32_t hash(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t h = a * 0x9E3779B1u ^ b * 0x85EBCA77u ^ c * 0xC2B2AE3Du;
    h ^= h >> 15;
    h *= 0x2C1B3C6Du;
    return h ^ h >> 13;
}

void drawn_texture(struct drawn *p, uint32_t seed)
{
    double fx = 0.02 + 0.05 * (hash(seed, 1, 0) % 100) / 100.0, fy = 0.02 + 0.05 * (hash(seed, 2, 0) % 100) / 100.0;
    double phase = hash(seed, 3, 0) % 628 / 100.0, base = 90 + hash(seed, 4, 0) % 80;
    double across[SIGNATURE_SIDE];
    for (int i = 0; i < p->w; i++)
        across[i] = 45 * sin(i * fx + phase);
    for (int j = 0; j < p->h; j++) {
        double down = cos(j * fy - phase);
        for (int i = 0; i < p->w; i++) {
            int at = j * p->w + i;
            double wave = across[i] * down;
            double patch = 30.0 * (hash(i / 11, j / 11, seed) % 100) / 100 - 15;
            p->plane[0][at] = (float)(base + wave + patch + hash(i, j, seed) % 12);
            p->plane[1][at] = (float)(118 + hash(i / 23, j / 23, seed + 7) % 20);
            p->plane[2][at] = (float)(118 + hash(i / 19, j / 19, seed + 9) % 20);
        }
    }
}

void drawn_lines(struct drawn *p, double x, double y, double w, double h, double luma, uint32_t seed)
{
    for (double row = y; row + 16 <= y + h; row += 28)
        for (double at = x; at + 8 <= x + w; at += 12)
            if (hash((uint32_t)at, (uint32_t)row, seed) % 5)
                drawn_rect(p, at, row, 6, 16, luma, 128, 128);
}

void drawn_noise(struct drawn *p, double amplitude, uint32_t seed)
{
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < p->w * p->h; i++)
            p->plane[k][i] += (float)(amplitude * ((double)hash((uint32_t)i, seed, (uint32_t)k) / UINT32_MAX - 0.5) *
                                      (k ? 0.5 : 1));
}

void drawn_light(struct drawn *p, double gain, double offset)
{
    for (int i = 0; i < p->w * p->h; i++) {
        p->plane[0][i] = (float)(gain * p->plane[0][i] + offset);
        p->plane[1][i] = (float)(128 + gain * (p->plane[1][i] - 128));
        p->plane[2][i] = (float)(128 + gain * (p->plane[2][i] - 128));
    }
}

void drawn_mix(struct drawn *p, const struct drawn *other, double part)
{
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < p->w * p->h; i++)
            p->plane[k][i] += (float)(part * (other->plane[k][i] - p->plane[k][i]));
}

void drawn_paste(struct drawn *p, const struct drawn *other, double x, double y, double w, double h)
{
    x *= p->scale, y *= p->scale, w *= p->scale, h *= p->scale;
    for (int j = y < 0 ? 0 : (int)y; j < p->h && j < y + h; j++)
        for (int i = x < 0 ? 0 : (int)x; i < p->w && i < x + w; i++) {
            float part = (float)(covered(i, x, x + w) * covered(j, y, y + h));
            for (int k = 0; k < 3; k++)
                p->plane[k][j * p->w + i] += part * (other->plane[k][j * p->w + i] - p->plane[k][j * p->w + i]);
        }
}

static float clamped(const struct drawn *p, int k, int x, int y)
{
    x = x < 0 ? 0 : x >= p->w ? p->w - 1 : x;
    y = y < 0 ? 0 : y >= p->h ? p->h - 1 : y;
    return p->plane[k][y * p->w + x];
}

void drawn_shift(struct drawn *p, double dx, double dy)
{
    struct drawn *from = drawn_copy(p);
    dx *= p->scale, dy *= p->scale;
    for (int j = 0; j < p->h; j++)
        for (int i = 0; i < p->w; i++) {
            int x = (int)floor(i - dx), y = (int)floor(j - dy);
            float fx = (float)(i - dx - x), fy = (float)(j - dy - y);
            for (int k = 0; k < 3; k++)
                p->plane[k][j * p->w + i] =
                    (1 - fy) * ((1 - fx) * clamped(from, k, x, y) + fx * clamped(from, k, x + 1, y)) +
                    fy * ((1 - fx) * clamped(from, k, x, y + 1) + fx * clamped(from, k, x + 1, y + 1));
        }
    drawn_free(&from);
}

static float shown(const struct drawn *p, int k, int i)
{
    float v = roundf(p->plane[k][i]);
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

static void fill_block(const struct drawn *p, struct signature *s, int bx, int by)
{
    struct signature_block *b = &s->blocks[by * s->grid_w + bx];
    double sum[3] = { 0 }, texture = 0, low = 255, high = 0;
    int n = 0;
    for (int y = by * SIGNATURE_BLOCK; y < (by + 1) * SIGNATURE_BLOCK && y < p->h; y++)
        for (int x = bx * SIGNATURE_BLOCK; x < (bx + 1) * SIGNATURE_BLOCK && x < p->w; x++, n++) {
            int i = y * p->w + x;
            double v = shown(p, 0, i);
            for (int k = 0; k < 3; k++)
                sum[k] += shown(p, k, i);
            texture += x + 1 < p->w ? fabs(v - shown(p, 0, i + 1)) / 2 : 0;
            texture += y + 1 < p->h ? fabs(v - shown(p, 0, i + p->w)) / 2 : 0;
            low = fmin(low, v);
            high = fmax(high, v);
        }
    b->y = (uint16_t)lround(16 * sum[0] / n);
    b->u = (uint8_t)lround(sum[1] / n);
    b->v = (uint8_t)lround(sum[2] / n);
    b->texture = (uint8_t)fmin(255, lround(2 * texture / n));
    b->spread = (uint8_t)(high - low);
}

struct signature *drawn_signature(const struct drawn *p, int64_t time_us)
{
    struct signature *s = must(signature_new(p->w, p->h));
    double sum = 0, square = 0;
    s->time_us = time_us;
    s->width = p->width;
    s->height = p->height;
    for (int by = 0; by < s->grid_h; by++)
        for (int bx = 0; bx < s->grid_w; bx++)
            fill_block(p, s, bx, by);
    double *cols = must(calloc((size_t)p->w, sizeof *cols));
    for (int y = 0; y < p->h; y++) {
        double row = 0;
        for (int x = 0; x < p->w; x++) {
            double v = shown(p, 0, y * p->w + x);
            row += v;
            cols[x] += v;
            square += v * v;
        }
        s->rows[y] = (uint16_t)lround(16 * row / p->w);
        sum += row;
    }
    for (int x = 0; x < p->w; x++)
        s->cols[x] = (uint16_t)lround(16 * cols[x] / p->h);
    free(cols);
    double mean = sum / (p->w * p->h);
    s->mean_y = (uint16_t)lround(16 * mean);
    s->deviation_y = (uint16_t)lround(16 * sqrt(fmax(0, square / (p->w * p->h) - mean * mean)));
    return s;
}
