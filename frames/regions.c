/* Connected regions by flood filling with a stack of our own. */
#include "frames/regions.h"

#include <string.h>

static int push_neighbours(const bool *marked, int w, int h, int reach, short *label, int at, short name, short *stack,
                           int n)
{
    int x = at % w, y = at / w;
    int x0 = x > reach ? x - reach : 0, x1 = x + reach < w ? x + reach : w - 1;
    int y0 = y > reach ? y - reach : 0, y1 = y + reach < h ? y + reach : h - 1;
    for (int yy = y0; yy <= y1; yy++)
        for (int xx = x0; xx <= x1; xx++) {
            int i = yy * w + xx;
            if (marked[i] && !label[i]) {
                label[i] = name;
                stack[n++] = (short)i; /* each block is pushed once, so the stack never holds more than all */
            }
        }
    return n;
}

int regions_label(const bool *marked, int w, int h, int reach, short *label)
{
    short stack[DIFFERENCE_MAX_BLOCKS];
    int n_labels = 0;
    memset(label, 0, (size_t)(w * h) * sizeof *label);
    for (int i = 0; i < w * h; i++) {
        if (!marked[i] || label[i])
            continue;
        short name = (short)++n_labels;
        label[i] = name;
        stack[0] = (short)i;
        for (int n = 1; n;) {
            int at = stack[--n];
            n = push_neighbours(marked, w, h, reach, label, at, name, stack, n);
        }
    }
    return n_labels;
}
