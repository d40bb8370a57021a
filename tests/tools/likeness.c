/* How alike a shown picture and a moment of a video are: likeness VIDEO SECONDS PICTURE [PPM] prints the structural
 * similarity (Wang et al. 2004, windows of 8x8, the worst of red, green and blue) and the size of the picture. The video's
 * picture is averaged to that size, and written to PPM. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "include/seechange.h"

#define SIDE 8

static void on_picture(void *user, int i, struct sc_pixels *pixels)
{
    struct sc_pixels *out = user;

    (void)i;
    *out = *pixels;
    pixels->rgb = NULL;
}

static struct sc_pixels picture(struct sc *s, const char *path, double seconds)
{
    const struct sc_source source = { .path = path };
    const int64_t time_us = (int64_t)(seconds * 1e6);
    struct sc_pixels out = { 0 };
    struct sc_error err;

    if (sc_pictures(s, &source, &time_us, 1, 4096, 4096, on_picture, &out, &err) || !out.rgb) {
        fprintf(stderr, "likeness: %s\n", err.text);
        exit(2);
    }
    return out;
}

/* The part of [from, to) that a pixel is of. */
static double covered(int pixel, double from, double to)
{
    return fmin(pixel + 1, to) - fmax(pixel, from);
}

static double average(const struct sc_pixels *p, int channel, int x, int y, int w, int h)
{
    const double left = (double)x * p->width / w, right = (double)(x + 1) * p->width / w;
    const double top = (double)y * p->height / h, bottom = (double)(y + 1) * p->height / h;
    double sum = 0;
    int i, k;

    for (k = (int)top; k < bottom && k < p->height; k++)
        for (i = (int)left; i < right && i < p->width; i++)
            sum += covered(i, left, right) * covered(k, top, bottom) * p->rgb[3 * ((size_t)k * p->width + i) + channel];
    return sum / ((right - left) * (bottom - top));
}

static double window(const double *a, const double *b, int stride)
{
    double ma = 0, mb = 0, va = 0, vb = 0, cov = 0;
    const double n = SIDE * SIDE, c1 = 0.01 * 255 * 0.01 * 255, c2 = 0.03 * 255 * 0.03 * 255;
    int x, y;

    for (y = 0; y < SIDE; y++)
        for (x = 0; x < SIDE; x++) {
            const double p = a[y * stride + x], q = b[y * stride + x];

            ma += p;
            mb += q;
            va += p * p;
            vb += q * q;
            cov += p * q;
        }
    ma /= n;
    mb /= n;
    va = va / n - ma * ma;
    vb = vb / n - mb * mb;
    cov = cov / n - ma * mb;
    return (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
}

static double likeness(const struct sc_pixels *video, const struct sc_pixels *shown, int channel)
{
    const int w = shown->width, h = shown->height;
    double *a = malloc((size_t)w * h * sizeof *a), *b = malloc((size_t)w * h * sizeof *b), sum = 0;
    int x, y, n = 0;

    if (!a || !b)
        exit(2);
    for (y = 0; y < h; y++)
        for (x = 0; x < w; x++) {
            a[y * w + x] = average(video, channel, x, y, w, h);
            b[y * w + x] = shown->rgb[3 * ((size_t)y * w + x) + channel];
        }
    for (y = 0; y + SIDE <= h; y += SIDE / 2)
        for (x = 0; x + SIDE <= w; x += SIDE / 2, n++)
            sum += window(a + y * w + x, b + y * w + x, w);
    free(a);
    free(b);
    return n ? sum / n : 0;
}

static void write_ppm(const struct sc_pixels *video, int w, int h, const char *path)
{
    FILE *f = fopen(path, "wb");
    int x, y, channel;

    if (!f)
        exit(2);
    fprintf(f, "P6\n%d %d\n255\n", w, h);
    for (y = 0; y < h; y++)
        for (x = 0; x < w; x++)
            for (channel = 0; channel < 3; channel++)
                putc((int)(average(video, channel, x, y, w, h) + 0.5), f);
    if (fclose(f))
        exit(2);
}

int main(int argc, char **argv)
{
    struct sc *s = NULL;
    struct sc_error err;
    struct sc_pixels video, shown;
    double worst = 1;
    int channel;

    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: likeness VIDEO SECONDS PICTURE [PPM]\n");
        return 2;
    }
    if (sc_open(&s, NULL, &err)) {
        fprintf(stderr, "likeness: %s\n", err.text);
        return 2;
    }
    video = picture(s, argv[1], atof(argv[2]));
    shown = picture(s, argv[3], 0);
    for (channel = 0; channel < 3; channel++)
        worst = fmin(worst, likeness(&video, &shown, channel));
    if (argc == 5)
        write_ppm(&video, shown.width, shown.height, argv[4]);
    printf("%.4f %dx%d\n", worst, shown.width, shown.height);
    free(video.rgb);
    free(shown.rgb);
    sc_close(&s);
    return 0;
}
