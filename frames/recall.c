/* A ring of pictures from the ends of shots. */
#include "frames/recall.h"

#include <stdlib.h>

/* The same shot again, in its own light: stricter than being the same scene, for one picture is to stand for the
 * other. */
#define SAME_CORRELATION 0.9
#define SAME_CONTENT 6.0     /* levels */

enum sc_status recall_keep(struct recall *r, const struct signature *s, struct sc_error *err)
{
    struct signature *copy = signature_copy(s);
    if (!copy)
        return fail_memory(err);
    signature_free(&r->seen[r->next]);
    r->seen[r->next] = copy;
    r->next = (r->next + 1) % RECALL_MOST;
    r->n = r->n < RECALL_MOST ? r->n + 1 : r->n;
    return SC_OK;
}

int64_t recall_find(const struct recall *r, const struct signature *s)
{
    int64_t earliest = -1;
    struct grid *g = malloc(2 * sizeof *g);
    if (!g)
        return -1;
    grid_from_signature(&g[1], s);
    for (int i = 0; i < r->n; i++) {
        if (!difference_comparable(r->seen[i], s) || (earliest >= 0 && r->seen[i]->time_us > earliest))
            continue;
        grid_from_signature(&g[0], r->seen[i]);
        if (difference_correlation(&g[0], &g[1]) > SAME_CORRELATION &&
            difference_content(&g[0], &g[1], 2) < SAME_CONTENT)
            earliest = r->seen[i]->time_us;
    }
    free(g);
    return earliest;
}

void recall_dispose(struct recall *r)
{
    for (int i = 0; i < RECALL_MOST; i++)
        signature_free(&r->seen[i]);
    *r = (struct recall){ 0 };
}
