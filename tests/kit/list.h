/* Everything that a decoder gives, in a list, for comparing one decode with another.
 * Any failure of the kit's own ends the program with a message: tests only. */
#ifndef TESTS_KIT_LIST_H
#define TESTS_KIT_LIST_H

#include "decode/decode.h"

struct listed {
    int64_t time_us;
    uint64_t hash;           /* of the samples */
    unsigned flags;
    int width, height, bytes;
};

struct list {
    struct listed *items;
    int n;
    struct sc_damage damage;
    enum sc_status status;   /* what ended it */
    struct sc_error err;
};

/* Decode all of it. settings->source.path is replaced by path; NULL: defaults. list_dispose. */
struct list list_pictures(const char *path, const struct decode_settings *settings);
void list_dispose(struct list *l);

/* The rest of an open decoder. */
struct list list_rest(struct decoder *d);

/* FNV-1a of the visible samples, plane by plane. */
uint64_t list_hash(const struct picture *p);

/* 0xRRGGBB of one coded sample, alpha dropped. */
uint32_t list_rgb(const struct picture *p, int x, int y);

/* Whether each channel of a and b differs by at most tolerance. */
bool list_is_near(uint32_t a, uint32_t b, int tolerance);

/* A folder of the test's own under $TMPDIR or /tmp, made the current one; the way out removes it. */
void list_enter_folder(void);
void list_leave_folder(void);

/* Where the shared material is, or NULL: $SEECHANGE_SHARED, or ../shared beside the repository. */
const char *list_shared(void);

#endif
