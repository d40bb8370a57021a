/* The times that several answers cite, held against each other.
 * Thread-safety: safe. */
#ifndef FUSION_MOMENTS_H
#define FUSION_MOMENTS_H

#include "base/error.h"

/* What one answer cites. */
struct cited {
    int side;                /* whose answer it is; 0..31 */
    const struct sc_citation *items;
    int n;
};

/* All moments that n answers cite, as struct sc_moment has them, by time. *out: free(). */
SC_CHECKED enum sc_status moments_find(const struct cited *answers, int n, struct sc_moment **out, int *n_out,
                                       struct sc_error *err);

#endif
