/* High dynamic range made watchable: tables once, then three look-ups and a matrix for each pixel. */
#include "frames/pixels/tonemap.h"

#include <math.h>
#include <stdlib.h>

#include <libavutil/mastering_display_metadata.h>

#define WHITE_NITS 203.0        /* HDR reference white, BT.2408 */
#define HLG_PEAK_NITS 1000.0    /* BT.2100's nominal display for HLG, system gamma 1.2 */
#define PQ_PEAK_NITS 10000.0
#define USUAL_PEAK_NITS 1000.0  /* when the stream does not say what it was mastered for */
#define CODES 4096              /* table entries for 16-bit code values: 12 bit is what PQ was made for */
#define STEPS 4096              /* table entries over the square root of light: fine in the shadows */

struct tonemap {
    enum AVColorTransferCharacteristic transfer;
    double peak_nits;
    float light[CODES];         /* code to light: nits / WHITE_NITS for PQ, scene light 0..1 for HLG */
    float ootf[STEPS + 1];      /* HLG: factor for scene light of that luma */
    float curve[STEPS + 1];     /* factor for a pixel whose largest part is that (root, up to the peak) */
    uint8_t code[STEPS + 1];    /* light 0..1 (root) to sRGB */
    float root_scale;           /* from nits / WHITE_NITS under the root to steps of curve */
};

bool tonemap_is_needed(const AVFrame *f)
{
    return f->color_trc == AVCOL_TRC_SMPTE2084 || f->color_trc == AVCOL_TRC_ARIB_STD_B67;
}

/* BT.2100 table 4: PQ. */
static double pq_to_nits(double code)
{
    const double m1 = 2610.0 / 16384, m2 = 2523.0 / 4096 * 128, c1 = 3424.0 / 4096, c2 = 2413.0 / 4096 * 32,
                 c3 = 2392.0 / 4096 * 32;
    const double v = pow(code, 1 / m2);

    return PQ_PEAK_NITS * pow(fmax(v - c1, 0) / (c2 - c3 * v), 1 / m1);
}

static double nits_to_pq(double nits)
{
    const double m1 = 2610.0 / 16384, m2 = 2523.0 / 4096 * 128, c1 = 3424.0 / 4096, c2 = 2413.0 / 4096 * 32,
                 c3 = 2392.0 / 4096 * 32;
    const double v = pow(fmax(nits, 0) / PQ_PEAK_NITS, m1);

    return pow((c1 + c2 * v) / (1 + c3 * v), m2);
}

/* BT.2100 table 5: HLG code to scene light. */
static double hlg_to_scene(double code)
{
    const double a = 0.17883277, b = 1 - 4 * a, c = 0.5 - a * log(4 * a);

    return code <= 0.5 ? code * code / 3 : (exp((code - c) / a) + b) / 12;
}

/* BT.2390 section 5.4.1: Hermite roll-off in PQ from the source's peak to white. */
static double roll_off(double nits, double peak_nits)
{
    const double top = nits_to_pq(peak_nits), most = nits_to_pq(WHITE_NITS) / top;
    const double knee = 1.5 * most - 0.5, e = fmin(nits_to_pq(nits) / top, 1);
    double t, p;

    if (e < knee)
        return nits;
    t = (e - knee) / (1 - knee);
    p = (2 * t * t * t - 3 * t * t + 1) * knee + (t * t * t - 2 * t * t + t) * (1 - knee) +
        (-2 * t * t * t + 3 * t * t) * most;
    return pq_to_nits(p * top);
}

static double srgb(double light)
{
    return light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

/* What the brightest parts were mastered for, as far as the stream tells. */
static double peak_of(const AVFrame *f)
{
    const AVFrameSideData *side = av_frame_get_side_data(f, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
    const AVMasteringDisplayMetadata *display = side ? (const void *)side->data : NULL;
    double peak = USUAL_PEAK_NITS;

    if (f->color_trc == AVCOL_TRC_ARIB_STD_B67)
        return HLG_PEAK_NITS;
    if (display && display->has_luminance && display->max_luminance.den)
        peak = av_q2d(display->max_luminance);
    return peak >= 2 * WHITE_NITS && peak <= PQ_PEAK_NITS ? peak : USUAL_PEAK_NITS;
}

static void fill(struct tonemap *t)
{
    const bool hlg = t->transfer == AVCOL_TRC_ARIB_STD_B67;
    const double top = t->peak_nits / WHITE_NITS;
    int i;

    for (i = 0; i < CODES; i++) {
        const double code = (double)i / (CODES - 1);

        t->light[i] = (float)(hlg ? hlg_to_scene(code) : pq_to_nits(code) / WHITE_NITS);
    }
    t->root_scale = (float)(STEPS / sqrt(top));
    for (i = 0; i <= STEPS; i++) {
        const double root = (double)i / STEPS, nits = root * root * t->peak_nits;

        t->ootf[i] = (float)(pow(root * root, 0.2) * HLG_PEAK_NITS / WHITE_NITS);
        t->curve[i] = (float)(i ? roll_off(nits, t->peak_nits) / nits : 1);
        t->code[i] = (uint8_t)(srgb(root * root) * 255 + 0.5);
    }
}

enum sc_status tonemap_open(struct tonemap **t, const AVFrame *f, struct sc_error *err)
{
    const double peak = peak_of(f);

    if (*t && (*t)->transfer == f->color_trc && (*t)->peak_nits == peak)
        return SC_OK;
    if (!*t && !(*t = malloc(sizeof **t)))
        return fail_memory(err);
    (*t)->transfer = f->color_trc;
    (*t)->peak_nits = peak;
    fill(*t);
    return SC_OK;
}

void tonemap_close(struct tonemap **t)
{
    free(*t);
    *t = NULL;
}

static float at_root(const float *table, float value, float scale)
{
    const float at = sqrtf(value) * scale;

    return table[at < STEPS ? (int)at : STEPS];
}

static uint8_t to_code(const struct tonemap *t, float light)
{
    return t->code[light <= 0 ? 0 : light >= 1 ? STEPS : (int)(sqrtf(light) * STEPS)];
}

static void map_pixel(const struct tonemap *t, const float in[3], uint8_t out[3])
{
    const bool hlg = t->transfer == AVCOL_TRC_ARIB_STD_B67;
    const float luma = 0.2627f * in[0] + 0.6780f * in[1] + 0.0593f * in[2];
    const float gain = hlg ? at_root(t->ootf, luma, STEPS) : 1;
    /* BT.2087: BT.2020 to BT.709 primaries. */
    const float r = gain * (1.6605f * in[0] - 0.5876f * in[1] - 0.0728f * in[2]);
    const float g = gain * (-0.1246f * in[0] + 1.1329f * in[1] - 0.0083f * in[2]);
    const float b = gain * (-0.0182f * in[0] - 0.1006f * in[1] + 1.1187f * in[2]);
    const float most = fmaxf(fmaxf(r, g), fmaxf(b, 0));
    const float curve = at_root(t->curve, most, t->root_scale);

    out[0] = to_code(t, r * curve);
    out[1] = to_code(t, g * curve);
    out[2] = to_code(t, b * curve);
}

void tonemap_apply(const struct tonemap *t, const AVFrame *gbr, struct surface *out)
{
    int x, y;

    for (y = 0; y < out->height; y++) {
        const uint16_t *g = (const uint16_t *)(const void *)(gbr->data[0] + (ptrdiff_t)y * gbr->linesize[0]);
        const uint16_t *b = (const uint16_t *)(const void *)(gbr->data[1] + (ptrdiff_t)y * gbr->linesize[1]);
        const uint16_t *r = (const uint16_t *)(const void *)(gbr->data[2] + (ptrdiff_t)y * gbr->linesize[2]);
        const ptrdiff_t at = y * out->stride;

        for (x = 0; x < out->width; x++) {
            const float in[3] = { t->light[r[x] >> 4], t->light[g[x] >> 4], t->light[b[x] >> 4] };
            uint8_t rgb[3];

            map_pixel(t, in, rgb);
            out->plane[0][at + x] = rgb[0];
            out->plane[1][at + x] = rgb[1];
            out->plane[2][at + x] = rgb[2];
        }
    }
}
