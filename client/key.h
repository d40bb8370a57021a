/* Keys of services: where they come from, and how they are held.
 *
 * The first that has one: the environment variable of the service's row (for rows that sign, AWS's pair of variables);
 * the file of keys; the row's "key_command". A key lies in pages of its own that are left out of core files and, where
 * the system allows it, never swapped out; they are wiped. No error text has a key in it.
 * Thread-safety: safe; calls are independent. */
#ifndef CLIENT_KEY_H
#define CLIENT_KEY_H

#include <stdatomic.h>

#include "client/service.h"

#define KEY_MAX_BYTES 8191

struct key;

/* file: lines NAME = KEY, NAME being a service's, and lines that begin with '#'; it need not exist, NULL: none.
 * SC_ERR_INVALID when others than its owner can read it, or it has other lines; SC_ERR_IO when the command fails;
 * SC_ERR_CANCELLED as soon as *cancel (may be NULL). *out: key_close; NULL: there is no key. */
SC_CHECKED enum sc_status key_find(const struct service *service, const char *file, const atomic_bool *cancel,
                                   struct key **out, struct sc_error *err);
/* Whether there is one; the command is not run, it counts as one. */
SC_CHECKED enum sc_status key_exists(const struct service *service, const char *file, bool *out, struct sc_error *err);

const char *key_text(const struct key *k);           /* NULL for no key; valid until key_close */
void key_close(struct key **k);

#endif
