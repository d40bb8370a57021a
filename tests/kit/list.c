/* Lists of decoded pictures. */
#include "tests/kit/list.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>

static char folder[PATH_MAX], before[PATH_MAX], shared[PATH_MAX];

static void __attribute__((noreturn)) die(const char *what)
{
    fprintf(stderr, "list: %s\n", what);
    exit(2);
}

uint64_t list_hash(const struct picture *p)
{
    uint64_t h = 1469598103934665603u;
    int size = av_image_get_buffer_size(p->av->format, p->av->width, p->av->height, 1);
    uint8_t *all = size > 0 ? malloc(size) : NULL;

    if (!all || av_image_copy_to_buffer(all, size, (const uint8_t *const *)p->av->data, p->av->linesize, p->av->format,
                                        p->av->width, p->av->height, 1) < 0)
        die("no memory");
    for (int i = 0; i < size; i++)
        h = (h ^ all[i]) * 1099511628211u;
    free(all);
    return h;
}

uint32_t list_rgb(const struct picture *p, int x, int y)
{
    const AVFrame *f = p->av;
    struct SwsContext *scaler = sws_getContext(f->width, f->height, f->format, f->width, f->height, AV_PIX_FMT_RGB24,
                                               SWS_POINT | SWS_ACCURATE_RND, NULL, NULL, NULL);
    const int *matrix = sws_getCoefficients(f->colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_ITU601);
    AVFrame *rgb = av_frame_alloc();
    uint32_t out;

    if (!scaler || !rgb)
        die("no memory");
    rgb->format = AV_PIX_FMT_RGB24;
    rgb->width = f->width;
    rgb->height = f->height;
    if (av_frame_get_buffer(rgb, 0) < 0)
        die("no memory");
    sws_setColorspaceDetails(scaler, matrix, f->color_range == AVCOL_RANGE_JPEG, matrix, 1, 0, 1 << 16, 1 << 16);
    sws_scale(scaler, (const uint8_t *const *)f->data, f->linesize, 0, f->height, rgb->data, rgb->linesize);
    out = (uint32_t)rgb->data[0][y * rgb->linesize[0] + 3 * x] << 16 |
          rgb->data[0][y * rgb->linesize[0] + 3 * x + 1] << 8 | rgb->data[0][y * rgb->linesize[0] + 3 * x + 2];
    av_frame_free(&rgb);
    sws_freeContext(scaler);
    return out;
}

bool list_is_near(uint32_t a, uint32_t b, int tolerance)
{
    for (int shift = 0; shift < 24; shift += 8)
        if (abs((int)(a >> shift & 255) - (int)(b >> shift & 255)) > tolerance)
            return false;
    return true;
}

struct list list_rest(struct decoder *d)
{
    struct list l = { 0 };
    struct picture *p = NULL;
    int capacity = 0;

    while (!(l.status = decode_next(d, &p, &l.err)) && p) {
        if (l.n == capacity && !(l.items = realloc(l.items, (capacity = 2 * capacity + 64) * sizeof *l.items)))
            die("no memory");
        l.items[l.n++] = (struct listed){ p->time_us, list_hash(p), p->flags, p->width, p->height, p->packet_bytes };
        picture_unref(&p);
    }
    l.damage = decode_damage(d);
    return l;
}

struct list list_pictures(const char *path, const struct decode_settings *settings)
{
    struct decode_settings mine = settings ? *settings : (struct decode_settings){ 0 };
    struct decoder *d = NULL;
    struct list l = { 0 };

    mine.source.path = path;
    l.status = decode_open(&d, &mine, &l.err);
    if (!l.status)
        l = list_rest(d);
    decode_close(&d);
    return l;
}

void list_dispose(struct list *l)
{
    free(l->items);
    memset(l, 0, sizeof *l);
}

void list_enter_folder(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/seechange-test-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!getcwd(before, sizeof before) || !mkdtemp(folder) || chdir(folder) < 0)
        die("can't make a folder");
}

void list_leave_folder(void)
{
    char command[PATH_MAX + 16];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (chdir(before) < 0 || system(command) != 0)
        die("can't remove the folder");
}

const char *list_shared(void)
{
    const char *named = getenv("SEECHANGE_SHARED"), *tests = getenv("TESTS");

    if (named)
        return access(named, R_OK) == 0 ? named : NULL;
    snprintf(shared, sizeof shared, "%s/../../shared", tests ? tests : "tests");
    return access(shared, R_OK) == 0 ? shared : NULL;
}
