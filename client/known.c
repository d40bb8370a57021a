/* What servers said of themselves. */
#include "client/known.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "client/digest.h"
#include "client/url.h"

struct place {
    char base[sizeof ((struct found_server *)0)->base_url]; /* "": free */
    uint8_t key[DIGEST_SIZE];
    char service[sizeof ((struct service *)0)->name]; /* of the row: tables come and go */
    struct found_server found;
    bool is_asking;          /* a thread is at it */
    bool is_doubted;         /* good for those only who waited for it */
};

struct known {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct place places[KNOWN_SERVERS];
    int next;                /* to make room */
};

enum sc_status known_open(struct known **out, struct sc_error *err)
{
    struct known *k = calloc(1, sizeof *k);

    *out = k;
    if (!k)
        return fail_memory(err);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->changed, NULL);
    return SC_OK;
}

void known_close(struct known **k)
{
    if (!*k)
        return;
    pthread_cond_destroy(&(*k)->changed);
    pthread_mutex_destroy(&(*k)->lock);
    free(*k);
    *k = NULL;
}

static struct place *find(struct known *k, const char *base, const uint8_t key[DIGEST_SIZE])
{
    int i;

    for (i = 0; i < KNOWN_SERVERS; i++)
        if (!strcmp(k->places[i].base, base) && !memcmp(k->places[i].key, key, DIGEST_SIZE))
            return &k->places[i];
    return NULL;
}

/* NULL: all others are being asked. */
static struct place *make_room(struct known *k, const char *base, const uint8_t key[DIGEST_SIZE])
{
    struct place *p;
    int i;

    for (i = 0; i < KNOWN_SERVERS; i++) {
        p = &k->places[k->next];
        k->next = (k->next + 1) % KNOWN_SERVERS;
        if (p->is_asking)
            continue;
        *p = (struct place){ .is_doubted = true };
        snprintf(p->base, sizeof p->base, "%s", base);
        memcpy(p->key, key, DIGEST_SIZE);
        return p;
    }
    return NULL;
}

/* With the lock held. What is known in *out, or a place of the caller's to fill; NULL: neither. */
static struct place *look_up(struct known *k, const struct services *s, const char *base,
                             const uint8_t key[DIGEST_SIZE], struct found_server *out)
{
    struct place *p = find(k, base, key);
    bool waited = false;

    while (p && p->is_asking) {
        waited = true;
        pthread_cond_wait(&k->changed, &k->lock);
        p = find(k, base, key);
    }
    if (p && *p->service && (waited || !p->is_doubted)) {
        *out = p->found;
        out->service = services_find(s, p->service);
        if (out->service)
            return NULL;
    }
    *out = (struct found_server){ 0 };
    if (!p)
        p = make_room(k, base, key);
    if (p)
        p->is_asking = true;
    return p;
}

static void fill(struct known *k, struct place *p, enum sc_status status, const struct found_server *found)
{
    pthread_mutex_lock(&k->lock);
    p->is_asking = false;
    p->is_doubted = status || !found->is_settled;
    p->found = *found;
    snprintf(p->service, sizeof p->service, "%s", status ? "" : found->service->name);
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

enum sc_status known_identify(struct known *k, const struct services *s, const char *base_url, const char *key,
                              struct found_server *out, struct sc_error *err)
{
    uint8_t digest[DIGEST_SIZE];
    struct place *p = NULL;
    char *base = NULL;
    enum sc_status status;

    *out = (struct found_server){ 0 };
    if ((status = url_base(base_url, &base, err)) ||
        (status = digest_bytes(key ? key : "", key ? strlen(key) : 0, digest, err))) {
        free(base);
        return status;
    }
    if (strlen(base) < sizeof p->base) {
        pthread_mutex_lock(&k->lock);
        p = look_up(k, s, base, digest, out);
        pthread_mutex_unlock(&k->lock);
    }
    if (!out->service)
        status = services_identify(s, base, key, out, err);
    if (p)
        fill(k, p, status, out);
    free(base);
    return status;
}

void known_doubt(struct known *k, const char *base)
{
    int i;

    pthread_mutex_lock(&k->lock);
    for (i = 0; i < KNOWN_SERVERS; i++)
        if (!strcmp(k->places[i].base, base))
            k->places[i].is_doubted = true;
    pthread_mutex_unlock(&k->lock);
}
