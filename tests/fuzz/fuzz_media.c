/* A file of any kind: open it, decode and measure its first pictures, go back. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "decode/decode.h"
#include "frames/pixels/measure.h"
#include "tests/fuzz/fuzz.h"

#define PICTURES 12

/* The times of pictures ascend, and each can be measured. */
static void look(struct decoder *d, struct measurer *m)
{
    struct picture *pic = NULL;
    struct signature *signature = NULL;
    int64_t last_us = INT64_MIN;
    int n;

    for (n = 0; n < PICTURES && decode_next(d, &pic, NULL) == SC_OK && pic; n++) {
        must(pic->time_us > last_us);
        must(pic->width > 0 && pic->height > 0);
        last_us = pic->time_us;
        if (measure(m, pic, &signature, NULL) == SC_OK)
            must(signature->time_us == pic->time_us);
        signature_free(&signature);
        picture_unref(&pic);
    }
    picture_unref(&pic);
}

static void try_file(const char *path)
{
    struct decode_settings settings = { .source = { .path = path, .max_pixels = 1 << 20 }, .threads = 1 };
    struct decoder *d = NULL;
    struct measurer *m = NULL;

    if (decode_open(&d, &settings, NULL) == SC_OK && measure_open(&m, (struct sc_box){ 0 }, NULL) == SC_OK) {
        look(d, m);
        if (decode_seek(d, 500000, NULL) == SC_OK)
            look(d, m);
    }
    measure_close(&m);
    decode_close(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    must(fd >= 0);
    if (write(fd, data, size) == (ssize_t)size) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        try_file(path);
    }
    close(fd);
    return 0;
}
