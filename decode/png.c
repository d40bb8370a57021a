/* PNG by libpng: gray, RGB and palette, 1 to 16 bits, with and without alpha. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "decode/exif.h"
#include "decode/still.h"

#define MAX_CHUNK_BYTES (64u << 20)

struct reader {
    const uint8_t *data;
    size_t size, at;
    const struct source *source;
    const char *name;
    struct sc_error *err;
    enum sc_status status;
    png_structp png;
    png_infop info;
    png_bytep *rows;
    AVFrame *frame;
};

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* An animated PNG is a video, and has its control chunk before the first data. */
static bool is_animated(const uint8_t *head, size_t size)
{
    for (size_t at = 8; size >= 8 && at <= size - 8;) {
        size_t length = big_endian(head + at);

        if (!memcmp(head + at + 4, "acTL", 4))
            return true;
        if (!memcmp(head + at + 4, "IDAT", 4) || length > size - at)
            return false;
        at += length + 12;
    }
    return false;
}

static bool claims(const uint8_t *head, size_t size)
{
    return size >= 8 && !png_sig_cmp(head, 0, 8) && !is_animated(head, size);
}

static void on_error(png_structp png, png_const_charp text)
{
    struct reader *r = png_get_error_ptr(png);

    if (!r->status)
        r->status = fail(r->err, SC_ERR_FORMAT, "'%s' is a damaged PNG: %s", r->name, text);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}

static void read_bytes(png_structp png, png_bytep out, size_t size)
{
    struct reader *r = png_get_io_ptr(png);

    if (size > r->size - r->at)
        png_error(png, "it is cut off");
    memcpy(out, r->data + r->at, size);
    r->at += size;
}

static void on_row(png_structp png, png_uint_32 row, int pass)
{
    struct reader *r = png_get_error_ptr(png);

    (void)row, (void)pass;
    if (source_cancelled(r->source, r->err)) {
        r->status = SC_ERR_CANCELLED;
        longjmp(png_jmpbuf(png), 1);
    }
}

static enum AVPixelFormat format_of(int colour, int depth)
{
    switch (colour) {
    case PNG_COLOR_TYPE_GRAY: return depth == 16 ? AV_PIX_FMT_GRAY16 : AV_PIX_FMT_GRAY8;
    case PNG_COLOR_TYPE_GRAY_ALPHA: return depth == 16 ? AV_PIX_FMT_YA16 : AV_PIX_FMT_YA8;
    case PNG_COLOR_TYPE_RGB: return depth == 16 ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24;
    default: return depth == 16 ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_RGBA;
    }
}

/* Ask libpng for whole samples of 8 or 16 bits in this machine's order, and no palettes. */
static void set_transforms(struct reader *r)
{
    png_set_expand(r->png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (png_get_bit_depth(r->png, r->info) == 16)
        png_set_swap(r->png);
#endif
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
}

static struct orientation orientation(struct reader *r)
{
    png_bytep exif = NULL;
    png_uint_32 size = 0;

    if (png_get_eXIf_1(r->png, r->info, &size, &exif) && exif)
        return orientation_from_exif(exif_orientation(exif, size));
    return orientation_from_exif(1);
}

/* Everything that libpng may leave by longjmp; what must survive is in *r. */
static enum sc_status decode(struct reader *r)
{
    png_uint_32 width, height;

    if (setjmp(png_jmpbuf(r->png)))
        return r->status;
    png_set_read_fn(r->png, r, read_bytes);
    png_set_read_status_fn(r->png, on_row);
    png_set_user_limits(r->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(r->png, MAX_CHUNK_BYTES);
    png_read_info(r->png, r->info);
    width = png_get_image_width(r->png, r->info);
    height = png_get_image_height(r->png, r->info);
    set_transforms(r);
    r->frame = still_frame(format_of(png_get_color_type(r->png, r->info), png_get_bit_depth(r->png, r->info)),
                           (int)width, (int)height);
    r->rows = malloc(height * sizeof *r->rows);
    if (!r->frame || !r->rows)
        return r->status = fail_memory(r->err);
    for (png_uint_32 y = 0; y < height; y++)
        r->rows[y] = r->frame->data[0] + (ptrdiff_t)y * r->frame->linesize[0];
    png_read_image(r->png, r->rows);
    return SC_OK;
}

static enum sc_status load(const struct source *s, const char *name, const uint8_t *data, size_t size,
                           struct still *out, struct sc_error *err)
{
    struct reader r = { .data = data, .size = size, .source = s, .name = name, .err = err };
    enum sc_status status = SC_ERR_NOMEM;

    /* IHDR comes first and at one place, or libpng refuses the file. */
    if (size >= 24 && source_check_size(s, big_endian(data + 16), big_endian(data + 20), err))
        return SC_ERR_LIMIT;
    r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
    if (r.png)
        r.info = png_create_info_struct(r.png);
    if (r.info)
        status = decode(&r);
    else
        fail_memory(err);
    if (status) {
        av_frame_free(&r.frame);
    } else {
        out->frame = r.frame;
        out->orientation = orientation(&r);
    }
    png_destroy_read_struct(&r.png, &r.info, NULL);
    free(r.rows);
    return status;
}

const struct still_format still_png = { .name = "png", .claims = claims, .load = load };
