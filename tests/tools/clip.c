/* Draw a clip of which every change is known: clip NAME OUT. The times of the changes, in seconds, are printed, one a
 * line. The container follows the ending of OUT; clip --list names the clips. */
#include <stdio.h>
#include <string.h>

#include "tests/kit/media.h"

#define RATE 25

static struct media *start(const char *path, int width, int height)
{
    bool h264 = media_has_encoder("libx264");
    struct media_options options = {
        .codec = h264 ? "libx264" : "mpeg4", .pixel_format = "yuv420p",
        .encoder_options = h264 ? "preset=veryfast:crf=18:g=250:bf=2" : "qscale=2",
        .rate_num = RATE, .rate_den = 1,
    };

    return media_open(path, width, height, &options);
}

/* Of a change that begins with this frame. */
static void changed(int frame) { printf("%.6f\n", (double)frame / RATE); }

static void hold(struct media *m, int n_frames)
{
    while (n_frames-- > 0)
        media_write(m);
}

/* A page of text lines. */
static void page(struct media *m, int width, int height, uint32_t paper, const char *word)
{
    int y;

    media_fill(m, paper);
    media_rect(m, 0, 0, width, height / 12, 0x305080);
    for (y = height / 6; y + 20 < height; y += 36) {
        int x;

        for (x = width / 16; x + (int)strlen(word) * 18 < width - width / 16; x += (int)(strlen(word) + 1) * 18)
            media_text(m, x, y, 2, 0x202020, word);
    }
}

static void texture(struct media *m, int width, int height, uint32_t seed)
{
    uint8_t *p = media_pixels(m);
    int x, y;

    for (y = 0; y < height; y++)
        for (x = 0; x < width; x++) {
            uint32_t rgb = media_texture(x, y, seed);

            *p++ = (uint8_t)(rgb >> 16);
            *p++ = (uint8_t)(rgb >> 8);
            *p++ = (uint8_t)rgb;
        }
}

/* A 40x24 button that flips six times, 2 to 5 s apart, in a static page. */
static void button(const char *path)
{
    static const int gaps[] = { 62, 78, 120, 64, 101, 95, 80 };
    struct media *m = start(path, 1280, 720);
    int i, frame = 0;

    for (i = 0; i < 7; i++) {
        page(m, 1280, 720, 0xF4F4F0, "CHANGE");
        media_rect(m, 620, 348, 40, 24, i % 2 ? 0xD02020 : 0x20A040);
        if (i)
            changed(frame);
        hold(m, gaps[i]);
        frame += gaps[i];
    }
    media_close(&m);
}

/* Brightness from 1 to 0.5 and back, over 8 s. */
static void ramp(const char *path)
{
    enum { WIDTH = 640, HEIGHT = 360, SIZE = WIDTH * HEIGHT * 3 };
    static uint8_t full[SIZE];
    struct media *m = start(path, WIDTH, HEIGHT);
    int i, j;

    texture(m, WIDTH, HEIGHT, 7);
    memcpy(full, media_pixels(m), SIZE);
    for (i = 0; i < 10 * RATE; i++) {
        double t = (double)(i - RATE) / (8 * RATE), gain = t <= 0 || t >= 1 ? 1 : t < 0.5 ? 1 - t : t;

        for (j = 0; j < SIZE; j++)
            media_pixels(m)[j] = (uint8_t)(gain * full[j] + 0.5);
        media_write(m);
    }
    media_close(&m);
}

/* A patch that changes from red to green-blue, both of luma 116 (BT.601). */
static void hue(const char *path)
{
    struct media *m = start(path, 640, 360);

    media_fill(m, 0x909090);
    media_rect(m, 280, 140, 80, 80, 0xC85050);
    hold(m, 3 * RATE);
    media_rect(m, 280, 140, 80, 80, 0x3C8C8C);
    hold(m, 3 * RATE);
    changed(3 * RATE);
    media_close(&m);
}

/* Six seconds from one page to another. */
static void dissolve(const char *path)
{
    enum { WIDTH = 640, HEIGHT = 360, SIZE = WIDTH * HEIGHT * 3 };
    struct media *m = start(path, WIDTH, HEIGHT);
    static uint8_t a[SIZE], b[SIZE];
    int i, j;

    page(m, WIDTH, HEIGHT, 0x203040, "NIGHT");
    memcpy(b, media_pixels(m), SIZE);
    page(m, WIDTH, HEIGHT, 0xF0E8D0, "DAYTIME");
    memcpy(a, media_pixels(m), SIZE);
    hold(m, 2 * RATE);
    for (i = 1; i <= 6 * RATE; i++) {
        for (j = 0; j < SIZE; j++)
            media_pixels(m)[j] = (uint8_t)((a[j] * (6 * RATE - i) + b[j] * i) / (6 * RATE));
        media_write(m);
    }
    hold(m, 2 * RATE);
    changed(2 * RATE);
    media_close(&m);
}

/* Twenty hard cuts between unlike scenes of irregular length. */
static void cuts(const char *path)
{
    struct media *m = start(path, 320, 180);
    int i, frame = 0;

    for (i = 0; i <= 20; i++) {
        int length = 12 + i * 7 % 26;

        texture(m, 320, 180, 100u + (uint32_t)i * 31u);
        if (i)
            changed(frame);
        hold(m, length);
        frame += length;
    }
    media_close(&m);
}

static void still_page(const char *path)
{
    struct media *m = start(path, 640, 360);

    page(m, 640, 360, 0xF4F4F0, "STILL");
    hold(m, 5 * RATE);
    media_close(&m);
}

/* A static page under a camera's noise. */
static void noise(const char *path)
{
    struct media *m = start(path, 640, 360);
    uint32_t i;

    for (i = 0; i < 6 * RATE; i++) {
        page(m, 640, 360, 0xB0B0A8, "NOISE");
        media_noise(m, 4, i + 1);
        media_write(m);
    }
    media_close(&m);
}

/* A dark square on a light ground: one picture. */
static void square(const char *path, int x)
{
    enum { WIDTH = 320, HEIGHT = 200 };
    static uint8_t rgb[WIDTH * HEIGHT * 3];
    int i;

    for (i = 0; i < WIDTH * HEIGHT; i++) {
        bool inside = i % WIDTH >= x && i % WIDTH < x + 40 && i / WIDTH >= 80 && i / WIDTH < 120;

        rgb[3 * i] = rgb[3 * i + 1] = inside ? 30 : 225;
        rgb[3 * i + 2] = inside ? 90 : 225;
    }
    media_still(path, WIDTH, HEIGHT, rgb);
}

/* A page on which three squares appear and one goes again, two seconds apart; without loss. */
static void squares(const char *path)
{
    const struct media_options lossless = { .codec = "ffv1", .rate_num = RATE, .rate_den = 1 };
    struct media *m = media_open(path, 640, 360, &lossless);
    int i;

    for (i = 0; i < 5; i++) {
        page(m, 640, 360, 0xF4F4F0, "STILL");
        if (i)
            media_rect(m, 80, 112, 96, 64, 0xD02020);
        if (i > 1)
            media_rect(m, 448, 240, 96, 64, 0x2040D0);
        if (i == 3)
            media_rect(m, 272, 160, 96, 64, 0x108040);
        if (i)
            changed(i * 2 * RATE);
        hold(m, 2 * RATE);
    }
    media_close(&m);
}

static void still(const char *path) { square(path, 40); }

static void other(const char *path) { square(path, 200); }

static const struct clip {
    const char *name;
    void (*draw)(const char *path);
} clips[] = {
    { "button", button }, { "ramp", ramp },   { "hue", hue },     { "dissolve", dissolve }, { "cuts", cuts },
    { "squares", squares }, { "static", still_page }, { "noise", noise }, { "still", still }, { "other", other },
};

int main(int argc, char **argv)
{
    size_t i;

    for (i = 0; i < sizeof(clips) / sizeof(*clips); i++) {
        if (argc == 2 && !strcmp(argv[1], "--list")) {
            puts(clips[i].name);
        } else if (argc == 3 && !strcmp(argv[1], clips[i].name)) {
            clips[i].draw(argv[2]);
            return 0;
        }
    }
    if (argc == 2 && !strcmp(argv[1], "--list"))
        return 0;
    fprintf(stderr, "usage: clip NAME OUT, or clip --list\n");
    return 2;
}
