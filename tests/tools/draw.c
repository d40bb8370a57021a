/* Draw a little film: for the demo where no other is to be had, for the bench, and to be damaged by the soak.
 *     draw SCENE FILE        page, bench or tiny; the codec follows the ending of FILE
 * The same scene is always the same pictures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/media.h"

enum { PAPER = 0xF6F5F2, INK = 0x2B2B30, LINE = 0xC9C7C0, BLUE = 0x2F6FDE, GREEN = 0x2E9E5B, RED = 0xC8402F };

static void button(struct media *m, int x, int y, uint32_t rgb, const char *text)
{
    media_rect(m, x, y, 200, 52, rgb);
    media_text(m, x + 24, y + 16, 3, 0xFFFFFF, text);
}

/* A form on a screen: a name is typed, the button pressed, a message shown and closed, the next page opened. */
static void draw_page(struct media *m, int t_ms)
{
    static const char name[] = "ADA LOVELACE";
    char typed[sizeof name] = "";
    int letters = t_ms < 3000 ? 0 : (t_ms - 3000) / 200;

    media_fill(m, PAPER);
    media_rect(m, 0, 0, 960, 64, INK);
    media_text(m, 32, 20, 4, 0xFFFFFF, t_ms < 15000 ? "NEW ORDER" : "ORDER 1042");
    if (t_ms >= 15000) {
        media_text(m, 96, 200, 8, GREEN, "THANK YOU");
        media_text(m, 96, 300, 3, INK, "YOUR PARCEL LEAVES TODAY");
        return;
    }
    memcpy(typed, name, letters < (int)sizeof name ? (size_t)letters : sizeof name - 1);
    media_text(m, 96, 120, 3, INK, "NAME");
    media_rect(m, 96, 156, 520, 52, LINE);
    media_rect(m, 98, 158, 516, 48, 0xFFFFFF);
    media_text(m, 112, 170, 3, INK, typed);
    media_text(m, 96, 250, 3, INK, "DELIVERY");
    media_rect(m, 96, 286, 320, 52, LINE);
    media_text(m, 112, 302, 3, INK, "BY BICYCLE");
    button(m, 96, 420, t_ms < 8000 ? BLUE : GREEN, t_ms < 8000 ? "SEND" : "SENT");
    if (t_ms >= 10000 && t_ms < 13000) {
        media_rect(m, 480, 240, 420, 180, RED);
        media_rect(m, 484, 244, 412, 172, 0xFFFFFF);
        media_text(m, 510, 270, 4, RED, "PLEASE WAIT");
        media_text(m, 510, 330, 3, INK, "CHECKING STOCK");
    }
}

static uint8_t *texture(int width, int height, uint32_t seed)
{
    uint8_t *pixels = malloc((size_t)width * height * 3), *p = pixels;
    int x, y;

    if (!pixels)
        abort();
    for (y = 0; y < height; y++)
        for (x = 0; x < width; x++, p += 3) {
            uint32_t rgb = media_texture(x, y, seed);

            p[0] = (uint8_t)(rgb >> 16);
            p[1] = (uint8_t)(rgb >> 8);
            p[2] = (uint8_t)rgb;
        }
    return pixels;
}

static void draw_bench(struct media *m, int t_ms)
{
    media_rect(m, 100 + t_ms / 20, 500, 160, 90, 0x3050C0);
    if (t_ms / 3000 % 2)
        media_rect(m, 1500, 200, 120, 60, 0xD03030);
    media_noise(m, 2, (uint32_t)t_ms + 1);
}

static void draw_tiny(struct media *m, int t_ms)
{
    if (t_ms >= 700)
        media_rect(m, 60, 30, 32, 24, 0xD03030);
    media_rect(m, t_ms / 20, 70, 12, 12, 0x30D030);
}

static const struct scene {
    const char *name;
    int width, height, rate, duration_ms;
    uint32_t texture;        /* seed of what is behind it all; 0: the scene fills its ground itself */
    void (*draw)(struct media *m, int t_ms);
} scenes[] = {
    { "page", 960, 540, 10, 18000, 0, draw_page },
    { "bench", 1920, 1080, 25, 12000, 3, draw_bench },
    { "tiny", 160, 90, 10, 2000, 5, draw_tiny },
};

/* Encoders by ending, the preferred first; the last is the same in every libavcodec. */
static const struct {
    const char *ending, *codec, *options;
} codecs[] = {
    { ".mp4", "libx264", "crf=23:g=50:bf=2" },
    { ".mkv", "libx264", "crf=23:g=50:bf=2" },
    { ".webm", "libvpx-vp9", NULL },
    { ".gif", "gif", NULL },
    { ".avi", "mjpeg", NULL },
    { ".ts", "mpeg2video", NULL },
    { "", "mpeg4", NULL },
};

static struct media *open_for(const char *path, const struct scene *scene)
{
    struct media_options options = { .rate_num = scene->rate, .rate_den = 1 };
    size_t i = 0, end;

    for (;; i++) {
        end = strlen(codecs[i].ending);
        if (strlen(path) >= end && !strcmp(path + strlen(path) - end, codecs[i].ending) &&
            media_has_encoder(codecs[i].codec))
            break;
    }
    options.codec = codecs[i].codec;
    options.encoder_options = codecs[i].options;
    return media_open(path, scene->width, scene->height, &options);
}

int main(int argc, char **argv)
{
    const struct scene *scene = NULL;
    uint8_t *ground = NULL;
    struct media *m;
    size_t i;
    int t_ms;

    for (i = 0; argc == 3 && i < sizeof scenes / sizeof *scenes; i++)
        if (!strcmp(argv[1], scenes[i].name))
            scene = &scenes[i];
    if (!scene) {
        fprintf(stderr, "usage: draw page|bench|tiny FILE\n");
        return 2;
    }
    m = open_for(argv[2], scene);
    if (scene->texture)
        ground = texture(scene->width, scene->height, scene->texture);
    for (t_ms = 0; t_ms < scene->duration_ms; t_ms += 1000 / scene->rate) {
        if (ground)
            memcpy(media_pixels(m), ground, (size_t)scene->width * scene->height * 3);
        scene->draw(m, t_ms);
        media_write(m);
    }
    media_close(&m);
    free(ground);
    return 0;
}
