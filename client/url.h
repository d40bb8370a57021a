/* Base URLs of services: as people write them, and as requests need them.
 * Thread-safety: safe; touches nothing but its arguments. */
#ifndef CLIENT_URL_H
#define CLIENT_URL_H

#include "base/error.h"

/* The base URL in one form: "http://h:8090", "http://h:8090/" and ".../v1/" become "http://h:8090/v1"; a deeper path
 * stays as it is. Without a scheme it is http for this machine and https for others. A query stays, a fragment goes.
 * SC_ERR_INVALID for what is no http(s) URL, and for a name or password in it. *out: free(). */
SC_CHECKED enum sc_status url_base(const char *text, char **out, struct sc_error *err);

/* Put path behind the path of base, before a query. *out: free(). */
SC_CHECKED enum sc_status url_join(const char *base, const char *path, char **out, struct sc_error *err);

/* Where a dialect's path is: below base, or if has_no_version below what is left of it without a "/v1" at its end.
 * ${model} in the path stands for the model's name, escaped; SC_ERR_INVALID if that is NULL or "". *out: free(). */
SC_CHECKED enum sc_status url_endpoint(const char *base, const char *path, bool has_no_version, const char *model,
                                       char **out, struct sc_error *err);

/* The same server, another path and no query. *out: free(). */
SC_CHECKED enum sc_status url_at_root(const char *base, const char *path, char **out, struct sc_error *err);

/* The path alone. *out: free(). */
SC_CHECKED enum sc_status url_path(const char *url, char **out, struct sc_error *err);

/* Lower case, without port; "" if there is none. out needs 256 bytes. Returns out. */
char *url_host(const char *url, char out[256]);

/* As it is told and recorded: without its query, where some services want a secret, and without name and password. Any
 * text, NULL too; what does not fit is cut. Returns out. */
#define URL_TOLD_SIZE 1024
char *url_told(const char *url, char out[URL_TOLD_SIZE]);

bool url_is_https(const char *url);
bool url_is_loopback(const char *url);               /* localhost, 127.0.0.0/8, ::1; no name is looked up */

/* Refuse plain http to other machines, where keys and pictures could be read on the way, unless allowed. */
SC_CHECKED enum sc_status url_check(const char *url, bool insecure_http, struct sc_error *err);

#endif
