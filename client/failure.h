/* Why a service said no: its error replies, in all the shapes that services use, as a class and one line of words.
 * docs/SERVICES.md has the table. Thread-safety: safe; touches nothing but its arguments. */
#ifndef CLIENT_FAILURE_H
#define CLIENT_FAILURE_H

#include <jansson.h>

#include "base/error.h"

enum client_class {
    CLIENT_FINE,
    CLIENT_TRANSIENT,        /* rate limit, overload, broken connection */
    CLIENT_LOADING,          /* the server still loads its model */
    CLIENT_QUOTA,            /* no money or quota left */
    CLIENT_AUTH,             /* key missing, wrong or not allowed to do this */
    CLIENT_TOO_LONG,         /* more tokens than the context or the limit a minute */
    CLIENT_TOO_MANY_IMAGES,
    CLIENT_TOO_LARGE,        /* more bytes than the service takes */
    CLIENT_MODEL_MISSING,
    CLIENT_BAD_REQUEST,
    CLIENT_REFUSED,          /* by the model or by a content filter */
    CLIENT_CUT_OFF,          /* the answer began and broke off */
};

struct failure {
    enum client_class class;
    bool retry;              /* the same request may succeed later */
    int status;              /* HTTP, or the code inside a 200; 0: not said */
    char message[400];       /* the service's own, one line, no HTML; "" if it said nothing readable */
    char type[64], code[64], param[64];
    int64_t n_prompt, n_context; /* tokens, if said apart; else 0 */
    int64_t overshoot_tokens; /* CLIENT_TOO_LONG: by how much; 0: not said */
    int64_t limit_tokens;    /* and over what, if overshoot_tokens is said */
    int allowed_images;      /* CLIENT_TOO_MANY_IMAGES: how many; 0: not said */
};

/* Does this JSON say that something went wrong? If so, what it says; class and retry are not set. */
bool failure_from_json(const json_t *root, struct failure *out);

/* The same of a reply's body, whatever it is: JSON, text, HTML. Sets class and retry too. */
void failure_read(int status, const char *body, size_t size, struct failure *out);

/* Set class, retry, overshoot and allowed_images from the rest. */
void failure_classify(struct failure *f);

/* Take every occurrence of a key (NULL: none), and of the parts of one that is a pair, out of what a service said; where
 * the text ends with a beginning of it, that too. */
void failure_redact(char *text, const char *key);

/* What the person reads. */
struct failure_scene {
    const char *service, *model, *key_variable; /* model, key_variable: may be NULL */
    bool had_key;
    int64_t sent_bytes;
    int tries;
};

/* Fill *err with one line: service, what is wrong, what to do, and the service's own words. */
enum sc_status failure_report(const struct failure *f, const struct failure_scene *scene, struct sc_error *err);

#endif
