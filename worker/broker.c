/* What a worker may have opened, and opening it. */
#include "worker/broker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An answer: a descriptor (-1: none) and a kind, or a refusal. */
struct answer {
    struct sc_error refusal; /* code SC_OK: it is given */
    int errno_value;
    enum opening_kind kind;
    int fd;                  /* owned */
    int n;
    const char *path;        /* borrowed */
};

static void drop(struct grant *g)
{
    free(g->path);
    if (g->listed)
        opening_dispose(&g->opening);
    memset(g, 0, sizeof *g);
}

enum sc_status broker_grant(struct broker *b, int slot, const char *path, struct sc_error *err)
{
    struct grant *g = &b->grants[slot];

    drop(g);
    return !path || (g->path = strdup(path)) ? SC_OK : fail_memory(err);
}

void broker_dispose(struct broker *b)
{
    for (int i = 0; i < PROTOCOL_SLOTS; i++)
        drop(&b->grants[i]);
}

void broker_begin(struct broker *b)
{
    b->n_files = 0;
}

static struct grant *find(struct broker *b, const char *path)
{
    for (int i = 0; path && i < PROTOCOL_SLOTS; i++)
        if (b->grants[i].path && !strcmp(b->grants[i].path, path))
            return &b->grants[i];
    return NULL;
}

static void open_path(struct grant *g, const atomic_bool *cancel, struct answer *out)
{
    struct opening o = { .fd = -1 };

    if (g->listed) {
        out->kind = OPENING_LIST;
        out->n = g->opening.list.n;
        return;
    }
    if (!opening_make(&o, g->path, cancel, &out->refusal)) {
        out->kind = o.kind;
        out->fd = o.fd;
        out->n = o.list.n;
        o.fd = -1;
    }
    if (!out->refusal.code && o.kind == OPENING_LIST) {
        g->opening = o;
        g->listed = true;
    } else {
        opening_dispose(&o);
    }
}

static void open_entry(const struct grant *g, uint32_t index, struct answer *out)
{
    if (!g->listed || index >= (uint32_t)g->opening.list.n)
        fail(&out->refusal, SC_ERR_INVALID, "no picture %u there", index);
    else if (!opening_entry(&g->opening, (int)index, &out->fd, &out->refusal))
        out->path = g->opening.list.paths[index];
}

static void open_file(struct broker *b, struct answer *out)
{
    if (b->n_files++ >= BROKER_MAX_FILES)
        fail(&out->refusal, SC_ERR_LIMIT, "more than %d temporary files for one input", BROKER_MAX_FILES);
    else if ((out->fd = opening_temporary()) < 0)
        fail_errno(&out->refusal, out->errno_value = errno, "can't make a temporary file");
}

static enum sc_status send_answer(int fd, struct answer *a, const struct patience *patience, struct sc_error *err)
{
    struct buffer payload = { 0 };
    struct packer p = { .out = &payload, .err = err };
    enum sc_status s;

    if (a->refusal.code) {
        pack_i32(&p, a->refusal.code);
        pack_i32(&p, a->errno_value);
        pack_text(&p, a->refusal.text);
    } else {
        pack_u8(&p, a->kind);
        pack_u32(&p, (uint32_t)a->n);
        pack_text(&p, a->path);
    }
    s = p.status ? p.status
                 : protocol_write(fd, a->refusal.code ? MSG_REFUSED : MSG_GIVEN, &payload, a->fd, patience, err);
    buffer_dispose(&payload);
    if (a->fd >= 0)
        close(a->fd);
    return s;
}

enum sc_status broker_answer(struct broker *b, int fd, enum message type, struct unpacker *u,
                             const struct patience *patience, bool *handled_out, struct sc_error *err)
{
    struct answer a = { .kind = OPENING_FILE, .fd = -1 };
    struct grant *g = NULL;
    uint32_t index = 0;
    char *path = NULL;

    *handled_out = type == MSG_WANT_PATH || type == MSG_WANT_ENTRY || type == MSG_WANT_FILE;
    if (!*handled_out)
        return SC_OK;
    if (type != MSG_WANT_FILE) {
        path = unpack_text(u, PROTOCOL_MAX_PATH);
        index = type == MSG_WANT_ENTRY ? unpack_u32(u) : 0;
        g = find(b, path);
        free(path);
    }
    if (type == MSG_WANT_FILE)
        open_file(b, &a);
    else if (!g || u->failed)
        fail(&a.refusal, SC_ERR_INVALID, "the worker asked for a file that is none of its business");
    else if (type == MSG_WANT_PATH)
        open_path(g, patience->cancel, &a);
    else
        open_entry(g, index, &a);
    return send_answer(fd, &a, patience, err);
}
