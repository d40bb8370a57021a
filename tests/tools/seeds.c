/* Write the binary seeds of the fuzz corpora: one file for each kind of packed value.
 *     build/tests/tools/seeds tests/fuzz/corpus
 * Run it again when a packed form changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames/plan.h"
#include "frames/signature.h"
#include "tests/kit/eventstream.h"
#include "worker/protocol.h"

static void save(const char *folder, const char *name, const struct buffer *b)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    if (!f || fwrite(b->data, 1, b->size, f) != b->size || fclose(f)) {
        perror(path);
        exit(1);
    }
}

static void signature_seed(const char *folder, const char *name, int small_w, int small_h)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b };
    struct signature *s = signature_new(small_w, small_h);
    int i;

    if (!s)
        abort();
    s->time_us = 1234567;
    s->flags = 1;
    s->packet_bytes = 4321;
    s->width = small_w * 4;
    s->height = small_h * 4;
    s->mean_y = 2000;
    s->deviation_y = 300;
    for (i = 0; i < s->grid_w * s->grid_h; i++)
        s->blocks[i] = (struct signature_block){ (uint16_t)(i * 37 % 4080), 128, 128, (uint8_t)i, (uint8_t)(i / 2) };
    for (i = 0; i < small_w; i++)
        s->cols[i] = (uint16_t)(i * 16);
    for (i = 0; i < small_h; i++)
        s->rows[i] = (uint16_t)(i * 16);
    signature_pack(s, &p);
    save(folder, name, &b);
    buffer_dispose(&b);
    signature_free(&s);
}

static void plan_seed(const char *folder)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b };
    struct plan plan = { 0 };
    struct plan_image *image = plan_add_image(&plan, 640, 360);

    if (!image || !plan_add_placement(image, 0, (struct sc_box){ 0 }, (struct sc_box){ 0, 0, 320, 360 }) ||
        !plan_add_placement(image, 40000, (struct sc_box){ 8, 8, 64, 48 }, (struct sc_box){ 320, 0, 320, 360 }) ||
        !plan_add_mark(image, (struct sc_box){ 10, 10, 50, 40 }, "00:00.040") || !plan_add_image(&plan, 1, 1))
        abort();
    plan_pack(&plan, &p);
    save(folder, "plan/two-images", &b);
    buffer_dispose(&b);
    plan_dispose(&plan);
}

static void protocol_seeds(const char *folder)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b };
    struct sc_source source = { .path = "a.mp4", .stream = 1, .still_rate = 2, .max_pixels = 1000000 };
    struct sc_info info = { .path = "a.mp4", .container = "mov", .codec = "h264", .pixel_format = "yuv420p",
                            .colour = "bt709/limited/sdr", .stream = 1, .n_streams = 1, .width = 1280, .height = 720,
                            .coded_width = 1280, .coded_height = 720, .sar_num = 1, .sar_den = 1, .fps = 25,
                            .duration_us = 5000000, .n_pictures = 125, .can_seek = true };
    struct scan_settings scan = { .effort = SC_FULL, .fps = 5, .to_us = 1000000 };
    struct sc_damage damage = { 3, 12000000, 14000000 };
    struct sc_region region = { .box = { 1, 2, 30, 40 }, .share = 0.01, .score = 0.9, .kind = SC_APPEAR };
    struct sc_comparison comparison = { .a = info, .b = info, .changed = true, .light_gain = 1, .regions = &region,
                                        .n_regions = 1 };

    pack_u8(&p, 0);
    pack_source(&p, &source);
    save(folder, "protocol/source", &b);
    buffer_clear(&b);
    pack_u8(&p, 1);
    pack_info(&p, &info);
    save(folder, "protocol/info", &b);
    buffer_clear(&b);
    pack_u8(&p, 2);
    pack_scan(&p, &scan);
    save(folder, "protocol/scan", &b);
    buffer_clear(&b);
    pack_u8(&p, 3);
    pack_damage(&p, &damage);
    save(folder, "protocol/damage", &b);
    buffer_clear(&b);
    pack_u8(&p, 4);
    pack_comparison(&p, &comparison);
    save(folder, "protocol/comparison", &b);
    buffer_dispose(&b);
}

static void frame_seed(const char *folder)
{
    uint8_t frames[512] = { 2 };
    size_t size = 1;
    struct buffer b = { 0 };

    size += eventstream_frame(frames + size, ":event-type", "contentBlockDelta", "{\"delta\":{\"text\":\"a\"}}");
    size += eventstream_frame(frames + size, ":exception-type", "throttlingException", "{}");
    if (buffer_add(&b, frames, size, NULL))
        abort();
    save(folder, "framing/frames", &b);
    buffer_dispose(&b);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: seeds FOLDER\n");
        return 2;
    }
    signature_seed(argv[1], "signature/small", 9, 5);
    signature_seed(argv[1], "signature/screen", 64, 36);
    plan_seed(argv[1]);
    protocol_seeds(argv[1]);
    frame_seed(argv[1]);
    return 0;
}
