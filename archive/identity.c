/* Which content a file has. */
#include "archive/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE 65536
#define N_PIECES 8
#define AT_ONCE ((size_t)1 << 20)

void identity_of_stat(const struct stat *st, struct identity *out)
{
    out->device = (int64_t)st->st_dev;
    out->inode = (int64_t)st->st_ino;
    out->size_bytes = (int64_t)st->st_size;
    out->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

bool identity_is_same_file(const struct identity *a, const struct identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->size_bytes == b->size_bytes &&
           a->mtime_ns == b->mtime_ns;
}

struct reading {
    int fd;
    const char *path;
    uint8_t *data;               /* AT_ONCE bytes */
    EVP_MD_CTX *hash;
    const atomic_bool *cancel;
};

static enum sc_status start(struct reading *r, struct sc_error *err)
{
    return EVP_DigestInit_ex(r->hash, EVP_sha256(), NULL) ? SC_OK : fail_memory(err);
}

/* Hash size bytes from there on; fewer at the end of the file. *n_out (may be NULL): how many there were. */
static enum sc_status add(struct reading *r, int64_t at, size_t size, size_t *n_out, struct sc_error *err)
{
    ssize_t n;

    if (r->cancel && atomic_load(r->cancel))
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    do
        n = pread(r->fd, r->data, size, at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail_errno(err, errno, "can't read '%s'", r->path);
    if (n_out)
        *n_out = (size_t)n;
    return EVP_DigestUpdate(r->hash, r->data, (size_t)n) ? SC_OK : fail_memory(err);
}

static enum sc_status sample(struct reading *r, struct identity *out, struct sc_error *err)
{
    const int64_t size = out->size_bytes, last = size > PIECE ? size - PIECE : 0;
    enum sc_status s = start(r, err);
    int i;

    if (!s && !EVP_DigestUpdate(r->hash, &size, sizeof size))
        s = fail_memory(err);
    for (i = 0; i < N_PIECES && !s; i++)
        s = add(r, last / (N_PIECES - 1) * i + (i == N_PIECES - 1 ? last % (N_PIECES - 1) : 0), PIECE, NULL, err);
    if (!s && !EVP_DigestFinal_ex(r->hash, out->sampled, NULL))
        s = fail_memory(err);
    return s;
}

static enum sc_status read_all(struct reading *r, struct identity *out, struct sc_error *err)
{
    enum sc_status s = start(r, err);
    int64_t at = 0;
    size_t n = 1;

    while (!s && n > 0) {
        s = add(r, at, AT_ONCE, &n, err);
        at += (int64_t)n;
    }
    if (!s && !EVP_DigestFinal_ex(r->hash, out->sha256, NULL))
        s = fail_memory(err);
    return s;
}

static enum sc_status read_file(struct reading *r, struct identity *out, struct sc_error *err)
{
    struct identity after;
    struct stat st;
    enum sc_status s;

    if (fstat(r->fd, &st))
        return fail_errno(err, errno, "can't read '%s'", r->path);
    if (!S_ISREG(st.st_mode))
        return fail(err, SC_ERR_INVALID, "'%s' is no file", r->path);
    identity_of_stat(&st, out);
    if ((s = sample(r, out, err)) || (s = read_all(r, out, err)))
        return s;
    if (fstat(r->fd, &st))
        return fail_errno(err, errno, "can't read '%s'", r->path);
    identity_of_stat(&st, &after);
    return identity_is_same_file(out, &after) ? SC_OK
                                              : fail(err, SC_ERR_IO, "'%s' is being written to; try again later", r->path);
}

enum sc_status identity_of_file(const char *path, const atomic_bool *cancel, struct identity *out, struct sc_error *err)
{
    struct reading r = { .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), .path = path,
                         .cancel = cancel };
    enum sc_status s;

    if (r.fd < 0)
        return fail_errno(err, errno, "can't open '%s'", path);
    (void)posix_fadvise(r.fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    r.data = malloc(AT_ONCE);
    r.hash = EVP_MD_CTX_new();
    s = r.data && r.hash ? read_file(&r, out, err) : fail_memory(err);
    EVP_MD_CTX_free(r.hash);
    free(r.data);
    close(r.fd);
    return s;
}

enum sc_status identity_of_bytes(const void *data, size_t size, uint8_t out[HASH_SIZE], struct sc_error *err)
{
    return EVP_Digest(size ? data : "", size, out, NULL, EVP_sha256(), NULL) == 1 ? SC_OK : fail_memory(err);
}
