/* Render plans: what can be read is within its maxima, and is written and read again the same. */
#include <string.h>

#include "frames/plan.h"
#include "tests/fuzz/fuzz.h"

static void within_maxima(const struct plan *plan)
{
    int i;

    must(plan->n_images >= 0 && plan->n_images <= PLAN_MAX_IMAGES);
    for (i = 0; i < plan->n_images; i++) {
        const struct plan_image *image = &plan->images[i];

        must(image->width >= 1 && image->width <= PLAN_MAX_SIDE);
        must(image->height >= 1 && image->height <= PLAN_MAX_SIDE);
        must(image->n_placements >= 0 && image->n_placements <= PLAN_MAX_PLACEMENTS);
        must(image->n_marks >= 0 && image->n_marks <= PLAN_MAX_MARKS);
    }
}

static void same_again(const struct plan *plan)
{
    struct buffer first = { 0 }, second = { 0 };
    struct packer p = { .out = &first }, q = { .out = &second };
    struct plan again = { 0 };
    struct unpacker u;

    plan_pack(plan, &p);
    must(!p.status);
    u = (struct unpacker){ .data = first.data, .size = first.size };
    must(plan_unpack(&again, &u, NULL) == SC_OK);
    plan_pack(&again, &q);
    must(first.size == second.size && !memcmp(first.data, second.data, first.size));
    plan_dispose(&again);
    buffer_dispose(&first);
    buffer_dispose(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct unpacker u = { .data = data, .size = size };
    struct plan plan = { 0 };

    if (plan_unpack(&plan, &u, NULL) == SC_OK) {
        within_maxima(&plan);
        same_again(&plan);
    }
    plan_dispose(&plan);
    return 0;
}
