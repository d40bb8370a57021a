/* What servers said of themselves, so that each is asked once and not before every question. It is forgotten when an
 * answer, or that there is none, suggests that it is no longer so.
 * Thread-safety: safe, but known_close, which is for the last one. */
#ifndef CLIENT_KNOWN_H
#define CLIENT_KNOWN_H

#include "client/service.h"

#define KNOWN_SERVERS 16         /* the one asked first makes room */

struct known;

SC_CHECKED enum sc_status known_open(struct known **out, struct sc_error *err);
void known_close(struct known **k);

/* services_identify where that is not known. Threads that want to know the same wait for the first. What was late, or
 * said to come again, is asked anew the next time. */
SC_CHECKED enum sc_status known_identify(struct known *k, const struct services *s, const char *base_url,
                                         const char *key, struct found_server *out, struct sc_error *err);

/* How a question to this base URL, as url_base gives it, ended lets doubt that it is still the same server, with the same
 * model: it is asked anew before the next one. */
void known_doubt(struct known *k, const char *base);

#endif
