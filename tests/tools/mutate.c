/* Damage a file, reproducibly.
 *     mutate SEED IN OUT [OTHER]
 * A few of: bytes changed, bits flipped, a stretch zeroed, copied elsewhere, taken out or doubled, a big-endian or
 * little-endian number replaced by an interesting one, the end cut off; one time in four a stretch of OTHER is put over
 * what was there, too. The same seed does the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)16 << 20)

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;   /* splitmix64 */

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Headers matter most: half of all places lie in the first 4 KiB. */
static size_t place(uint64_t *state, size_t size)
{
    size_t within = next(state) % 2 && size > 4096 ? 4096 : size;

    return next(state) % within;
}

static size_t stretch(uint64_t *state, size_t at, size_t size)
{
    size_t n = 1 + next(state) % (next(state) % 4 ? 16 : 2048);

    return n < size - at ? n : size - at;
}

static void put_number(uint64_t *state, uint8_t *p, size_t room)
{
    static const uint64_t values[] = { 0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
                                       0x80000000, 0xfffffffe, 0xffffffff, INT64_MAX, UINT64_MAX };
    uint64_t v = values[next(state) % (sizeof values / sizeof *values)];
    size_t bytes = (size_t)1 << next(state) % 4, i;
    int big = next(state) % 2;

    for (i = 0; i < bytes && i < room; i++)
        p[i] = (uint8_t)(v >> 8 * (big ? bytes - 1 - i : i));
}

static size_t mutate_once(uint64_t *state, uint8_t *data, size_t size)
{
    size_t at = place(state, size), n = stretch(state, at, size), to = place(state, size);

    switch (next(state) % 8) {
    case 0:
        data[at] = (uint8_t)next(state);
        break;
    case 1:
        data[at] ^= (uint8_t)(1u << next(state) % 8);
        break;
    case 2:
        memset(data + at, next(state) % 2 ? 0 : 0xff, n);
        break;
    case 3:
        memmove(data + to, data + at, n < size - to ? n : size - to);
        break;
    case 4:
        if (n < size)
            memmove(data + at, data + at + n, size - at - n), size -= n;
        break;
    case 5:
        if (size + n <= 2 * MAX_BYTES)
            memmove(data + at + n, data + at, size - at), size += n;
        break;
    case 6:
        put_number(state, data + at, size - at);
        break;
    default:
        if (next(state) % 4 == 0)
            size = at + 1;
        else
            put_number(state, data + at, size - at);
    }
    return size;
}

static void splice(uint64_t *state, uint8_t *data, size_t size, const uint8_t *other, size_t other_size)
{
    size_t at = place(state, size), from = place(state, other_size), n = 1 + next(state) % 65536;

    n = n < size - at ? n : size - at;
    memcpy(data + at, other + from, n < other_size - from ? n : other_size - from);
}

static size_t read_whole(const char *path, uint8_t *data)
{
    FILE *f = fopen(path, "rb");
    size_t size;

    if (!f) {
        perror(path);
        exit(1);
    }
    size = fread(data, 1, MAX_BYTES, f);
    fclose(f);
    return size;
}

int main(int argc, char **argv)
{
    static uint8_t data[2 * MAX_BYTES], other[MAX_BYTES];
    uint64_t state;
    size_t size, other_size;
    FILE *f;
    int n;

    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: mutate SEED IN OUT [OTHER]\n");
        return 2;
    }
    state = strtoull(argv[1], NULL, 10);
    size = read_whole(argv[2], data);
    other_size = argc == 5 ? read_whole(argv[4], other) : 0;
    if (size && other_size && next(&state) % 4 == 0)
        splice(&state, data, size, other, other_size);
    for (n = 1 + (int)(next(&state) % 8); n > 0 && size > 0; n--)
        size = mutate_once(&state, data, size);
    if (!(f = fopen(argv[3], "wb")) || fwrite(data, 1, size, f) != size || fclose(f)) {
        perror(argv[3]);
        return 1;
    }
    return 0;
}
