/* Signature Version 4 of Amazon Web Services, in the Authorization header.
 * Written here because curl 7.88 signs a ':' in a path, and bodies that it reads by callback, wrongly.
 * Source: AWS General Reference, "Create a signed AWS API request".
 * Thread-safety: safe; touches nothing but its arguments. */
#ifndef CLIENT_SIGV4_H
#define CLIENT_SIGV4_H

#include "base/buffer.h"
#include "client/digest.h"

struct sigv4_request {
    const char *method, *url; /* the URL as it is sent, escapes and all */
    uint8_t body[DIGEST_SIZE]; /* SHA-256 */
    int64_t time_s;          /* since 1970 */
    const char *region, *service; /* "us-east-1", "bedrock" */
};

/* Header lines that the request has to be sent with, each without line end. */
struct sigv4_headers {
    char date[64];           /* X-Amz-Date */
    struct buffer token;     /* X-Amz-Security-Token; no data: none is needed */
    struct buffer authorization;
};

/* pair: "ID:SECRET", or "ID:SECRET:TOKEN" for temporary ones. SC_ERR_INVALID for anything else. out: sigv4_dispose,
 * always. */
SC_CHECKED enum sc_status sigv4_sign(const char *pair, const struct sigv4_request *request, struct sigv4_headers *out,
                                     struct sc_error *err);
void sigv4_dispose(struct sigv4_headers *h);         /* wipes them too */

/* Whether a key is of the form that sigv4_sign takes. */
bool sigv4_is_pair(const char *key);

/* The region that the host of a URL of Amazon's names. False: another host. */
bool sigv4_region(const char *url, char out[64]);

#endif
