/* Render plans as values: built up, written and read back. */
#include "frames/plan.h"

#include <stdlib.h>
#include <string.h>

#define PLACEMENT_BYTES 40      /* packed */
#define MARK_LEAST_BYTES 32     /* packed, with an empty text */
#define IMAGE_LEAST_BYTES 19    /* packed, without placements and marks */
#define MAX_TEXT_SIZE 1024
#define RAW_FORMAT 2            /* packed, in the place of the file's format */
#define MAX_COORDINATE (1 << 28)

/* Room for one more item at the end of an array that grows by doubling. Returns the zeroed item, or NULL. */
static void *grow(void **items, int n, int max, size_t item_size)
{
    uint8_t *more;

    if (n >= max)
        return NULL;
    if ((n & (n - 1)) == 0) {
        more = realloc(*items, (size_t)(n ? 2 * n : 1) * item_size);
        if (!more)
            return NULL;
        *items = more;
    }
    return memset((uint8_t *)*items + (size_t)n * item_size, 0, item_size);
}

struct plan_image *plan_add_image(struct plan *p, int width, int height)
{
    void *items = p->images;
    struct plan_image *i;

    if (width < 1 || height < 1 || width > PLAN_MAX_SIDE || height > PLAN_MAX_SIDE)
        return NULL;
    i = grow(&items, p->n_images, PLAN_MAX_IMAGES, sizeof *i);
    p->images = items;
    if (!i)
        return NULL;
    p->n_images++;
    i->width = width;
    i->height = height;
    i->quality = 90;
    return i;
}

struct plan_placement *plan_add_placement(struct plan_image *i, int64_t time_us, struct sc_box crop,
                                          struct sc_box dest)
{
    void *items = i->placements;
    struct plan_placement *p = grow(&items, i->n_placements, PLAN_MAX_PLACEMENTS, sizeof *p);

    i->placements = items;
    if (!p)
        return NULL;
    i->n_placements++;
    p->time_us = time_us;
    p->crop = crop;
    p->dest = dest;
    return p;
}

struct plan_mark *plan_add_mark(struct plan_image *i, struct sc_box box, const char *text)
{
    void *items = i->marks;
    struct plan_mark *m = grow(&items, i->n_marks, PLAN_MAX_MARKS, sizeof *m);

    i->marks = items;
    if (!m)
        return NULL;
    i->n_marks++;
    m->box = box;
    m->rgb = 0xFFFFFF;
    m->thickness = 2;
    m->text_size = 16;
    snprintf(m->text, sizeof m->text, "%s", text ? text : "");
    return m;
}

static void image_dispose(struct plan_image *i)
{
    free(i->placements);
    free(i->marks);
}

void plan_dispose(struct plan *p)
{
    int i;

    for (i = 0; i < p->n_images; i++)
        image_dispose(&p->images[i]);
    free(p->images);
    *p = (struct plan){ 0 };
}

static void pack_image(const struct plan_image *i, struct packer *out)
{
    int k;

    pack_u16(out, (uint16_t)i->width);
    pack_u16(out, (uint16_t)i->height);
    pack_u8(out, i->raw ? RAW_FORMAT : (uint8_t)i->format);
    pack_u8(out, (uint8_t)i->quality);
    pack_u8(out, i->full_chroma);
    pack_u32(out, i->background_rgb);
    pack_u32(out, (uint32_t)i->n_placements);
    for (k = 0; k < i->n_placements; k++) {
        pack_i64(out, i->placements[k].time_us);
        pack_box(out, i->placements[k].crop);
        pack_box(out, i->placements[k].dest);
    }
    pack_u32(out, (uint32_t)i->n_marks);
    for (k = 0; k < i->n_marks; k++) {
        const struct plan_mark *m = &i->marks[k];

        pack_box(out, m->box);
        pack_u32(out, m->rgb);
        pack_i32(out, m->thickness);
        pack_i32(out, m->text_size);
        pack_text(out, m->text);
    }
}

void plan_pack(const struct plan *p, struct packer *out)
{
    int i;

    pack_u8(out, PLAN_VERSION);
    pack_u32(out, (uint32_t)p->n_images);
    for (i = 0; i < p->n_images; i++)
        pack_image(&p->images[i], out);
}

/* A count of items that can really follow and does not pass its maximum. */
static bool unpack_count(struct unpacker *u, int max, size_t least_bytes, int *out)
{
    uint32_t n = unpack_u32(u);

    *out = (int)n;
    return !u->failed && n <= (uint32_t)max && n <= unpack_left(u, least_bytes);
}

static bool box_is_sane(struct sc_box b)
{
    return b.x >= -MAX_COORDINATE && b.y >= -MAX_COORDINATE && b.x <= MAX_COORDINATE && b.y <= MAX_COORDINATE &&
           b.w >= 0 && b.h >= 0 && b.w <= MAX_COORDINATE && b.h <= MAX_COORDINATE;
}

/* Pictures are scaled to dest as a whole, so it has to lie on the canvas. */
static bool box_is_on(struct sc_box b, const struct plan_image *i)
{
    return b.x >= 0 && b.y >= 0 && b.w >= 1 && b.h >= 1 && b.w <= i->width - b.x && b.h <= i->height - b.y;
}

static const char *unpack_placements(struct plan_image *i, struct unpacker *u)
{
    int n, k;

    if (!unpack_count(u, PLAN_MAX_PLACEMENTS, PLACEMENT_BYTES, &n))
        return "a wrong number of placements";
    for (k = 0; k < n; k++) {
        int64_t time_us = unpack_i64(u);
        struct sc_box crop = unpack_box(u);
        struct sc_box dest = unpack_box(u);

        if (!box_is_sane(crop) || !box_is_on(dest, i))
            return "a placement that is not on its canvas";
        if (!plan_add_placement(i, time_us, crop, dest))
            return "too many placements for the memory";
    }
    return NULL;
}

static bool unpack_mark_text(struct plan_mark *m, struct unpacker *u)
{
    char *text = unpack_text(u, sizeof m->text - 1);

    if (!text)
        return false;
    memcpy(m->text, text, strlen(text) + 1);
    free(text);
    return true;
}

static const char *unpack_marks(struct plan_image *i, struct unpacker *u)
{
    int n, k;

    if (!unpack_count(u, PLAN_MAX_MARKS, MARK_LEAST_BYTES, &n))
        return "a wrong number of marks";
    for (k = 0; k < n; k++) {
        struct plan_mark *m = plan_add_mark(i, unpack_box(u), NULL);

        if (!m)
            return "too many marks for the memory";
        m->rgb = unpack_u32(u);
        m->thickness = unpack_i32(u);
        m->text_size = unpack_i32(u);
        if (!unpack_mark_text(m, u) || !box_is_sane(m->box) || m->thickness < 0 || m->thickness > PLAN_MAX_SIDE ||
            m->text_size < 0 || m->text_size > MAX_TEXT_SIZE)
            return "a mark that can't be drawn";
    }
    return NULL;
}

/* Returns what is wrong, or NULL. */
static const char *unpack_image(struct plan *p, struct unpacker *u)
{
    int width = unpack_u16(u), height = unpack_u16(u);
    struct plan_image *i = plan_add_image(p, width, height);
    const char *wrong;
    unsigned format;

    if (!i)
        return "an image without a proper size";
    format = unpack_u8(u);
    i->quality = unpack_u8(u);
    i->full_chroma = unpack_u8(u) != 0;
    i->background_rgb = unpack_u32(u);
    if (format > RAW_FORMAT || i->quality < 1 || i->quality > 100)
        return "an image of unknown format or quality";
    i->raw = format == RAW_FORMAT;
    i->format = i->raw ? SC_PNG : (enum sc_image_format)format;
    if ((wrong = unpack_placements(i, u)))
        return wrong;
    return unpack_marks(i, u);
}

enum sc_status plan_unpack(struct plan *out, struct unpacker *u, struct sc_error *err)
{
    const char *wrong = NULL;
    int n = 0, i;

    *out = (struct plan){ 0 };
    if (unpack_u8(u) != PLAN_VERSION)
        wrong = "another version";
    else if (!unpack_count(u, PLAN_MAX_IMAGES, IMAGE_LEAST_BYTES, &n))
        wrong = "a wrong number of images";
    for (i = 0; i < n && !wrong; i++)
        wrong = unpack_image(out, u);
    if (!wrong && u->failed)
        wrong = "less than it promises";
    if (!wrong)
        return SC_OK;
    plan_dispose(out);
    u->failed = true;
    return fail(err, SC_ERR_FORMAT, "render plan holds %s", wrong);
}
