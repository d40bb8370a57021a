/* The values of the worker's pipe. The first byte picks one; what can be read is written and read again the same. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "worker/protocol.h"

/* Each reads a value and, if that worked, writes it. */
static bool source(struct unpacker *u, struct packer *p)
{
    struct sc_source v;
    char *path;
    bool ok = unpack_source(u, &v, &path);

    if (ok)
        pack_source(p, &v);
    free(path);
    return ok;
}

static bool info(struct unpacker *u, struct packer *p)
{
    struct sc_info v;
    bool ok = unpack_info(u, &v);

    if (ok)
        pack_info(p, &v);
    sc_info_dispose(&v);
    return ok;
}

static bool scan(struct unpacker *u, struct packer *p)
{
    struct scan_settings v;
    bool ok = unpack_scan(u, &v);

    if (ok)
        pack_scan(p, &v);
    return ok;
}

static bool refine(struct unpacker *u, struct packer *p)
{
    struct refine_settings v;
    bool ok = unpack_refine(u, &v);

    if (ok)
        pack_refine(p, &v);
    return ok;
}

static bool rough(struct unpacker *u, struct packer *p)
{
    struct rough_box v;
    bool ok = unpack_rough_box(u, &v);

    if (ok)
        pack_rough_box(p, &v);
    return ok;
}

static bool heat(struct unpacker *u, struct packer *p)
{
    struct heat_item v;
    bool ok = unpack_heat(u, &v);

    if (ok)
        pack_heat(p, &v);
    return ok;
}

static bool damage(struct unpacker *u, struct packer *p)
{
    struct sc_damage v;

    unpack_damage(u, &v);
    if (!u->failed)
        pack_damage(p, &v);
    return !u->failed;
}

static bool comparison(struct unpacker *u, struct packer *p)
{
    struct sc_comparison v;
    bool ok = unpack_comparison(u, &v);

    if (ok)
        pack_comparison(p, &v);
    sc_comparison_dispose(&v);
    return ok;
}

static bool wanted_confinement(struct unpacker *u, struct packer *p)
{
    struct confinement v;
    bool ok = unpack_confinement(u, &v);

    if (ok)
        pack_confinement(p, &v);
    return ok;
}

static bool told_confinement(struct unpacker *u, struct packer *p)
{
    struct confined v;
    bool ok = unpack_confined(u, &v);

    if (ok)
        pack_confined(p, &v);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool (*const values[])(struct unpacker *, struct packer *) = { source, info, scan, damage, comparison,
                                                                                      refine, rough, heat,
                                                                                      wanted_confinement, told_confinement };
    struct buffer first = { 0 }, second = { 0 };
    struct packer p = { .out = &first }, q = { .out = &second };
    struct unpacker u;
    bool (*value)(struct unpacker *, struct packer *);

    if (size < 1)
        return 0;
    u = (struct unpacker){ .data = data + 1, .size = size - 1 };
    value = values[data[0] % (sizeof values / sizeof *values)];
    if (value(&u, &p)) {
        u = (struct unpacker){ .data = first.data, .size = first.size };
        must(value(&u, &q) && u.at == u.size);
        must(first.size == second.size && !memcmp(first.data, second.data, first.size));
    }
    buffer_dispose(&first);
    buffer_dispose(&second);
    return 0;
}
