/* A finished surface as JPEG or PNG bytes. */
#include "frames/pixels/encode.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <turbojpeg.h>

#define PNG_LEVEL 6

/* Planes of 4:2:0 of the sizes that TurboJPEG asks for: luma padded to even sides, chroma halved. */
static enum sc_status halve_chroma(const struct surface *s, uint8_t *planes[3], int strides[3], struct sc_error *err)
{
    const int w = tjPlaneWidth(0, s->width, TJSAMP_420), h = tjPlaneHeight(0, s->height, TJSAMP_420);
    const int half_w = tjPlaneWidth(1, s->width, TJSAMP_420), half_h = tjPlaneHeight(1, s->height, TJSAMP_420);
    int x, y, k;

    planes[0] = malloc((size_t)w * (size_t)h + 2 * (size_t)half_w * (size_t)half_h);
    if (!planes[0])
        return fail_memory(err);
    planes[1] = planes[0] + (size_t)w * (size_t)h;
    planes[2] = planes[1] + (size_t)half_w * (size_t)half_h;
    strides[0] = w;
    strides[1] = strides[2] = half_w;
    for (y = 0; y < h; y++) {
        const uint8_t *row = s->plane[0] + (y < s->height ? y : s->height - 1) * s->stride;
        uint8_t *to = planes[0] + (size_t)y * (size_t)w;

        memcpy(to, row, (size_t)s->width);
        memset(to + s->width, row[s->width - 1], (size_t)(w - s->width));
    }
    for (k = 1; k < 3; k++)
        for (y = 0; y < half_h; y++) {
            const uint8_t *a = s->plane[k] + 2 * y * s->stride;
            const uint8_t *b = 2 * y + 1 < s->height ? a + s->stride : a;
            uint8_t *to = planes[k] + (size_t)y * (size_t)half_w;

            for (x = 0; x < half_w; x++) {
                const int i = 2 * x, j = i + 1 < s->width ? i + 1 : i;

                to[x] = (uint8_t)((a[i] + a[j] + b[i] + b[j] + 2) / 4);
            }
        }
    return SC_OK;
}

enum sc_status encode_jpeg(const struct surface *s, int quality, bool full_chroma, struct buffer *out,
                           struct sc_error *err)
{
    uint8_t *halved[3] = { NULL };
    const uint8_t *planes[3] = { s->plane[0], s->plane[1], s->plane[2] };
    int strides[3] = { (int)s->stride, (int)s->stride, (int)s->stride };
    unsigned char *jpeg = NULL;
    unsigned long size = 0;
    tjhandle tj = tjInitCompress();
    enum sc_status status = SC_OK;

    if (!tj)
        return fail_memory(err);
    if (!full_chroma) {
        status = halve_chroma(s, halved, strides, err);
        planes[0] = halved[0];
        planes[1] = halved[1];
        planes[2] = halved[2];
    }
    if (!status && tjCompressFromYUVPlanes(tj, planes, s->width, strides, s->height,
                                           full_chroma ? TJSAMP_444 : TJSAMP_420, &jpeg, &size, quality,
                                           TJFLAG_ACCURATEDCT))
        status = fail(err, SC_ERR_INVALID, "can't make a JPEG of %dx%d: %s", s->width, s->height, tjGetErrorStr2(tj));
    if (!status)
        status = buffer_add(out, jpeg, size, err);
    tjFree(jpeg);
    free(halved[0]);
    tjDestroy(tj);
    return status;
}

/* What libpng's callbacks need to know. */
struct png_job {
    const struct surface *surface;
    struct buffer *out;
    struct sc_error *err;
    enum sc_status status;
    uint8_t *row;
};

static void on_png_bytes(png_structp png, png_bytep data, png_size_t size)
{
    struct png_job *job = png_get_io_ptr(png);

    job->status = buffer_add(job->out, data, size, job->err);
    if (job->status)
        longjmp(png_jmpbuf(png), 1);
}

static void on_png_flush(png_structp png)
{
    (void)png;
}

static void on_png_error(png_structp png, png_const_charp text)
{
    struct png_job *job = png_get_error_ptr(png);

    job->status = fail(job->err, SC_ERR_INVALID, "can't make a PNG: %s", text);
    longjmp(png_jmpbuf(png), 1);
}

static void on_png_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

/* Everything that libpng may leave by longjmp; no local is changed after setjmp. */
static void write_png(png_structp png, png_infop info, struct png_job *job)
{
    const struct surface *s = job->surface;
    int x, y;

    if (setjmp(png_jmpbuf(png)))
        return;
    png_set_write_fn(png, job, on_png_bytes, on_png_flush);
    png_set_compression_level(png, PNG_LEVEL);
    png_set_IHDR(png, info, (png_uint_32)s->width, (png_uint_32)s->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_write_info(png, info);
    for (y = 0; y < s->height; y++) {
        const ptrdiff_t at = y * s->stride;

        for (x = 0; x < s->width; x++) {
            job->row[3 * x] = s->plane[0][at + x];
            job->row[3 * x + 1] = s->plane[1][at + x];
            job->row[3 * x + 2] = s->plane[2][at + x];
        }
        png_write_row(png, job->row);
    }
    png_write_end(png, NULL);
}

enum sc_status encode_png(const struct surface *s, struct buffer *out, struct sc_error *err)
{
    struct png_job job = { .surface = s, .out = out, .err = err };
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &job, on_png_error, on_png_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;

    job.row = malloc(3 * (size_t)s->width);
    if (!info || !job.row)
        job.status = fail_memory(err);
    else
        write_png(png, info, &job);
    png_destroy_write_struct(&png, &info);
    free(job.row);
    return job.status;
}

enum sc_status encode_rgb(const struct surface *s, struct buffer *out, struct sc_error *err)
{
    const size_t size = 3 * (size_t)s->width * (size_t)s->height;
    uint8_t *p = buffer_room(out, size, err);
    int x, y;

    if (!p)
        return SC_ERR_NOMEM;
    for (y = 0; y < s->height; y++)
        for (x = 0; x < s->width; x++, p += 3) {
            p[0] = s->plane[0][y * s->stride + x];
            p[1] = s->plane[1][y * s->stride + x];
            p[2] = s->plane[2][y * s->stride + x];
        }
    buffer_filled(out, size);
    return SC_OK;
}
