/* The list of candidates. */
#include "frames/candidate.h"

#include <stdlib.h>
#include <string.h>

/* More changes than this in one source are not evidence any more: 24 hours with one every second. */
#define CANDIDATES_MAX 86400

enum sc_status candidates_add(struct candidates *list, const struct candidate *c, struct sc_error *err)
{
    if (list->n >= CANDIDATES_MAX)
        return fail(err, SC_ERR_LIMIT, "more than %d changes, look at a part of it", CANDIDATES_MAX);
    if (list->n == list->capacity) {
        int capacity = list->capacity ? 2 * list->capacity : 64;
        struct candidate *items = realloc(list->items, (size_t)capacity * sizeof *items);
        if (!items)
            return fail_memory(err);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n++] = *c;
    return SC_OK;
}

enum sc_status candidates_copy(struct candidates *out, const struct candidates *list, struct sc_error *err)
{
    *out = (struct candidates){ .items = malloc((size_t)(list->n + 1) * sizeof *out->items), .capacity = list->n + 1 };
    if (!out->items)
        return fail_memory(err);
    for (out->n = 0; out->n < list->n; out->n++) {
        out->items[out->n] = list->items[out->n];
        out->items[out->n].place = out->n;
    }
    return SC_OK;
}

void candidates_drop(struct candidates *list, int n)
{
    list->n -= n;
    memmove(list->items, list->items + n, (size_t)list->n * sizeof *list->items);
}

static int by_start(const void *a, const void *b)
{
    const struct sc_event *x = &((const struct candidate *)a)->event, *y = &((const struct candidate *)b)->event;
    if (x->start_us != y->start_us)
        return x->start_us < y->start_us ? -1 : 1;
    if (x->box.y != y->box.y)
        return x->box.y < y->box.y ? -1 : 1;
    if (x->box.x != y->box.x)
        return x->box.x < y->box.x ? -1 : 1;
    return x->end_us < y->end_us ? -1 : x->end_us > y->end_us;
}

void candidates_sort(struct candidates *list)
{
    if (list->n)
        qsort(list->items, (size_t)list->n, sizeof *list->items, by_start);
}

void candidates_dispose(struct candidates *list)
{
    free(list->items);
    *list = (struct candidates){ 0 };
}
