/* Moments that answers cite. */
#include "fusion/moments.h"

#include <stdlib.h>

#define NEAR_US 1000000          /* times are cited to the second too */

struct one {
    struct sc_citation cited;
    int side;
};

static int by_time(const void *a, const void *b)
{
    const struct one *x = a, *y = b;

    if (x->cited.time_us != y->cited.time_us)
        return x->cited.time_us < y->cited.time_us ? -1 : 1;
    return (x->side > y->side) - (x->side < y->side);
}

/* first: the earliest citation of the moment. */
static bool is_same(const struct one *first, const struct one *other)
{
    const struct sc_citation *a = &first->cited, *b = &other->cited;

    if (a->frame >= 0 && a->frame == b->frame)
        return true;
    if (a->event >= 0 && b->event >= 0)
        return a->event == b->event;
    return b->time_us - a->time_us <= NEAR_US;
}

static struct one *list_all(const struct cited *answers, int n, int *n_out)
{
    struct one *all;
    int total = 0, i, k;

    for (i = 0; i < n; i++)
        total += answers[i].n;
    *n_out = 0;
    if (!(all = calloc((size_t)total + 1, sizeof *all)))
        return NULL;
    for (i = 0; i < n; i++)
        for (k = 0; k < answers[i].n; k++)
            all[(*n_out)++] = (struct one){ answers[i].items[k], answers[i].side };
    qsort(all, (size_t)total, sizeof *all, by_time);
    return all;
}

/* firsts: of each moment its earliest citation. */
static void add(struct sc_moment *moments, struct one *firsts, int *n, const struct one *cited)
{
    int i = 0;

    while (i < *n && !is_same(&firsts[i], cited))
        i++;
    if (i == *n) {
        firsts[i] = *cited;
        moments[i] = (struct sc_moment){ .time_us = cited->cited.time_us, .event = cited->cited.event };
        ++*n;
    }
    if (firsts[i].cited.event < 0)
        firsts[i].cited.event = moments[i].event = cited->cited.event;
    moments[i].known = moments[i].known || cited->cited.known;
    moments[i].cited_by |= (uint32_t)1 << cited->side;
}

enum sc_status moments_find(const struct cited *answers, int n, struct sc_moment **out, int *n_out,
                            struct sc_error *err)
{
    uint32_t everybody = 0;
    int n_all, n_moments = 0, i;
    struct one *all = list_all(answers, n, &n_all), *firsts = calloc((size_t)n_all + 1, sizeof *firsts);
    struct sc_moment *moments = calloc((size_t)n_all + 1, sizeof *moments);

    *out = NULL;
    *n_out = 0;
    if (!all || !firsts || !moments) {
        free(all);
        free(firsts);
        free(moments);
        return fail_memory(err);
    }
    for (i = 0; i < n; i++)
        everybody |= (uint32_t)1 << answers[i].side;
    for (i = 0; i < n_all; i++)
        add(moments, firsts, &n_moments, &all[i]);
    for (i = 0; i < n_moments; i++)
        moments[i].agreed = moments[i].cited_by == everybody;
    free(all);
    free(firsts);
    *out = moments;
    *n_out = n_moments;
    return SC_OK;
}
