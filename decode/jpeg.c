/* JPEG by libjpeg-turbo: the YCbCr planes as they are where libav has a name for their layout, else RGB. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "decode/exif.h"
#include "decode/still.h"

/* A progressive picture of so many scans only wastes time: real ones have about ten. */
#define MAX_SCANS 500

struct reader {
    struct jpeg_error_mgr errors;    /* first: libjpeg passes a pointer to it */
    struct jpeg_progress_mgr progress;
    struct jpeg_decompress_struct jpeg;
    jmp_buf escape;
    const struct source *source;
    const char *name;
    struct sc_error *err;
    enum sc_status status;
    AVFrame *frame;
    uint8_t *row;                    /* CMYK, one line */
    bool damaged;
};

static bool claims(const uint8_t *head, size_t size)
{
    return size >= 3 && head[0] == 0xFF && head[1] == 0xD8 && head[2] == 0xFF;
}

/* From just after SOI to just after EOI; size if that lies further on. *is_set_out: a multi-picture file (CIPA DC-007),
 * whose other pictures are not to be shown in time. */
static size_t skip_picture(const uint8_t *head, size_t at, size_t size, bool *is_set_out)
{
    while (at + 4 <= size) {
        uint8_t marker = head[at + 1];

        if (head[at] != 0xFF || marker == 0x00 || marker == 0xFF || (marker >= 0xD0 && marker <= 0xD7)) {
            at++; /* coded data, or filling */
            continue;
        }
        if (marker == 0xD9)
            return at + 2;
        if (marker == 0xE2 && at + 8 <= size && !memcmp(head + at + 4, "MPF", 4))
            *is_set_out = true;
        at += 2 + ((size_t)head[at + 2] << 8 | head[at + 3]);
    }
    return size;
}

bool jpeg_is_stream(const uint8_t *head, size_t size)
{
    bool is_set = false;
    size_t at;

    if (!claims(head, size))
        return false;
    at = skip_picture(head, 2, size, &is_set);
    return !is_set && at + 3 <= size && claims(head + at, size - at);
}

static void on_error(j_common_ptr common)
{
    struct reader *r = (struct reader *)common->err;
    char text[JMSG_LENGTH_MAX];

    common->err->format_message(common, text);
    if (!r->status)
        r->status = fail(r->err, SC_ERR_FORMAT, "'%s' is a JPEG that can't be read: %s", r->name, text);
    longjmp(r->escape, 1);
}

static void on_message(j_common_ptr common, int level)
{
    struct reader *r = (struct reader *)common->err;

    if (level >= 0)
        return;
    switch (common->err->msg_code) {
    case JWRN_HIT_MARKER: case JWRN_JPEG_EOF: case JWRN_HUFF_BAD_CODE: case JWRN_MUST_RESYNC:
    case JWRN_ARITH_BAD_CODE: r->damaged = true; break;
    default: break;
    }
}

static void stop(struct reader *r, enum sc_status status)
{
    r->status = status;
    longjmp(r->escape, 1);
}

static void on_progress(j_common_ptr common)
{
    struct reader *r = (struct reader *)common->err;

    if (source_cancelled(r->source, r->err))
        stop(r, SC_ERR_CANCELLED);
    if (r->jpeg.input_scan_number > MAX_SCANS)
        stop(r, fail(r->err, SC_ERR_LIMIT, "'%s' has more than %d scans", r->name, MAX_SCANS));
}

/* The name of the planes' layout, or AV_PIX_FMT_NONE. */
static enum AVPixelFormat plane_format(const struct jpeg_decompress_struct *j)
{
    static const struct {
        int h, v;
        enum AVPixelFormat format;
    } layouts[] = { { 1, 1, AV_PIX_FMT_YUV444P }, { 2, 1, AV_PIX_FMT_YUV422P }, { 2, 2, AV_PIX_FMT_YUV420P },
                    { 1, 2, AV_PIX_FMT_YUV440P }, { 4, 1, AV_PIX_FMT_YUV411P } };
    const jpeg_component_info *c = j->comp_info;

    if (j->jpeg_color_space == JCS_GRAYSCALE)
        return AV_PIX_FMT_GRAY8;
    if (j->jpeg_color_space != JCS_YCbCr || j->num_components != 3)
        return AV_PIX_FMT_NONE;
    if (c[1].h_samp_factor != c[2].h_samp_factor || c[1].v_samp_factor != c[2].v_samp_factor)
        return AV_PIX_FMT_NONE;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (c[0].h_samp_factor == layouts[i].h * c[1].h_samp_factor &&
            c[0].v_samp_factor == layouts[i].v * c[1].v_samp_factor && c[0].h_samp_factor == j->max_h_samp_factor &&
            c[0].v_samp_factor == j->max_v_samp_factor)
            return layouts[i].format;
    return AV_PIX_FMT_NONE;
}

/* libjpeg writes whole rows of blocks, so the planes need room beyond the picture. */
static AVFrame *padded_frame(enum AVPixelFormat format, const struct jpeg_decompress_struct *j)
{
    int across = DCTSIZE * j->max_h_samp_factor, down = DCTSIZE * j->max_v_samp_factor;
    AVFrame *f = still_frame(format, ((int)j->image_width + across - 1) / across * across,
                             ((int)j->image_height + down - 1) / down * down);

    if (f) {
        f->width = (int)j->image_width;
        f->height = (int)j->image_height;
    }
    return f;
}

static void read_planes(struct reader *r)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    int lines = j->max_v_samp_factor * DCTSIZE;

    j->raw_data_out = TRUE;
    j->do_fancy_upsampling = FALSE;
    jpeg_start_decompress(j);
    while (j->output_scanline < j->output_height) {
        JSAMPROW rows[3][4 * DCTSIZE];
        JSAMPARRAY planes[3] = { rows[0], rows[1], rows[2] };

        for (int c = 0; c < j->num_components; c++) {
            int v = j->comp_info[c].v_samp_factor;
            int first = (int)j->output_scanline / j->max_v_samp_factor * v;

            for (int i = 0; i < v * DCTSIZE; i++)
                rows[c][i] = r->frame->data[c] + (ptrdiff_t)(first + i) * r->frame->linesize[c];
        }
        jpeg_read_raw_data(j, planes, lines);
    }
}

static int times(int a, int b)
{
    return (a * b + 127) / 255;
}

/* Adobe's programs store ink inverted: 255 is none. */
static void cmyk_to_rgb(const uint8_t *in, uint8_t *out, unsigned width, bool inverted)
{
    for (unsigned x = 0; x < width; x++, in += 4, out += 3)
        for (int i = 0; i < 3; i++)
            out[i] = inverted ? times(in[i], in[3]) : times(255 - in[i], 255 - in[3]);
}

static void read_rows(struct reader *r, bool cmyk)
{
    struct jpeg_decompress_struct *j = &r->jpeg;

    j->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(j);
    while (j->output_scanline < j->output_height) {
        uint8_t *out = r->frame->data[0] + (ptrdiff_t)j->output_scanline * r->frame->linesize[0];
        JSAMPROW row = cmyk ? r->row : out;

        jpeg_read_scanlines(j, &row, 1);
        if (cmyk)
            cmyk_to_rgb(r->row, out, j->output_width, j->saw_Adobe_marker);
    }
}

/* The least of 1/8, 1/4 and 1/2 that leaves so many samples along the longer side; 8: none does. */
static unsigned reduction(const struct jpeg_decompress_struct *j, int side)
{
    const unsigned longer = j->image_width > j->image_height ? j->image_width : j->image_height;
    unsigned eighths = 1;

    while (side > 0 && eighths < DCTSIZE && (uint64_t)longer * eighths / DCTSIZE < (unsigned)side)
        eighths *= 2;
    return side > 0 ? eighths : DCTSIZE;
}

static void part(const uint8_t *restrict row, const AVFrame *f, ptrdiff_t y)
{
    uint8_t *restrict luma = f->data[0] + y * f->linesize[0], *restrict u = f->data[1] + y * f->linesize[1];
    uint8_t *restrict v = f->data[2] + y * f->linesize[2];

    for (int x = 0; x < f->width; x++, row += 3) {
        luma[x] = row[0];
        u[x] = row[1];
        v[x] = row[2];
    }
}

/* Rows of Y, Cb and Cr side by side into planes of one size: of few samples, so the way does not matter. */
static void read_reduced(struct reader *r, unsigned eighths)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    const bool gray = j->jpeg_color_space == JCS_GRAYSCALE;

    j->scale_num = eighths;
    j->scale_denom = DCTSIZE;
    j->out_color_space = gray ? JCS_GRAYSCALE : JCS_YCbCr;
    j->do_fancy_upsampling = FALSE;
    jpeg_start_decompress(j);
    r->frame = still_frame(gray ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_YUV444P, (int)j->output_width, (int)j->output_height);
    r->row = malloc(3 * (size_t)j->output_width);
    if (!r->frame || !r->row)
        stop(r, fail_memory(r->err));
    while (j->output_scanline < j->output_height) {
        const ptrdiff_t y = j->output_scanline;
        JSAMPROW row = r->row;

        jpeg_read_scanlines(j, &row, 1);
        if (gray)
            memcpy(r->frame->data[0] + y * r->frame->linesize[0], row, j->output_width);
        else
            part(row, r->frame, y);
    }
}

/* Whether that was done. */
static bool reduce(struct reader *r)
{
    const struct jpeg_decompress_struct *j = &r->jpeg;
    const unsigned eighths = reduction(j, r->source->reduced_side);

    if (eighths >= DCTSIZE || (j->jpeg_color_space != JCS_GRAYSCALE && j->jpeg_color_space != JCS_YCbCr))
        return false;
    read_reduced(r, eighths);
    r->frame->color_range = AVCOL_RANGE_JPEG;
    r->frame->colorspace = AVCOL_SPC_BT470BG;
    return true;
}

static struct orientation orientation(const struct jpeg_decompress_struct *j)
{
    for (const struct jpeg_marker_struct *m = j->marker_list; m; m = m->next)
        if (m->marker == JPEG_APP0 + 1 && m->data_length > 6 && !memcmp(m->data, "Exif\0\0", 6))
            return orientation_from_exif(exif_orientation(m->data, m->data_length));
    return orientation_from_exif(1);
}

/* Everything that libjpeg may leave by longjmp; what must survive is in *r. */
static enum sc_status decode(struct reader *r, const uint8_t *data, size_t size)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    enum AVPixelFormat format;
    bool cmyk;

    if (setjmp(r->escape))
        return r->status;
    jpeg_create_decompress(j);
    j->progress = &r->progress;
    jpeg_mem_src(j, data, size);
    jpeg_save_markers(j, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(j, TRUE);
    if ((r->status = source_check_size(r->source, j->image_width, j->image_height, r->err)))
        return r->status;
    if (reduce(r))
        return SC_OK;
    format = plane_format(j);
    cmyk = j->jpeg_color_space == JCS_CMYK || j->jpeg_color_space == JCS_YCCK;
    r->frame = padded_frame(format == AV_PIX_FMT_NONE ? AV_PIX_FMT_RGB24 : format, j);
    if (cmyk)
        r->row = malloc(4 * (size_t)j->image_width);
    if (!r->frame || (cmyk && !r->row))
        return r->status = fail_memory(r->err);
    r->frame->color_range = AVCOL_RANGE_JPEG;
    r->frame->colorspace = AVCOL_SPC_BT470BG;
    if (format == AV_PIX_FMT_NONE)
        read_rows(r, cmyk);
    else
        read_planes(r);
    return SC_OK;
}

static enum sc_status load(const struct source *s, const char *name, const uint8_t *data, size_t size,
                           struct still *out, struct sc_error *err)
{
    struct reader *r = calloc(1, sizeof *r);
    enum sc_status status;

    if (!r)
        return fail_memory(err);
    r->source = s;
    r->name = name;
    r->err = err;
    r->jpeg.err = jpeg_std_error(&r->errors);
    r->errors.error_exit = on_error;
    r->errors.emit_message = on_message;
    r->progress.progress_monitor = on_progress;
    status = decode(r, data, size);
    if (status) {
        av_frame_free(&r->frame);
    } else {
        out->frame = r->frame;
        if (r->jpeg.scale_num < r->jpeg.scale_denom) {
            out->width = (int)r->jpeg.image_width;
            out->height = (int)r->jpeg.image_height;
        }
        out->orientation = orientation(&r->jpeg);
        out->damaged = r->damaged;
    }
    jpeg_destroy_decompress(&r->jpeg);
    free(r->row);
    free(r);
    return status;
}

const struct still_format still_jpeg = { .name = "mjpeg", .claims = claims, .load = load };
