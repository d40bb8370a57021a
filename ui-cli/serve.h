/* One page at http://127.0.0.1:PORT/metrics, for whoever asks. Connections are few, short and bounded; a client that says
 * nothing, too much, or something else holds up nobody. Thread-safety: safe; it has a thread of its own. */
#ifndef UI_CLI_SERVE_H
#define UI_CLI_SERVE_H

#include <stddef.h>

struct serve;

#define SERVE_PAGE_BYTES 8192
#define SERVE_MAX_CLIENTS 16     /* at once; the one that is there longest makes room */
#define SERVE_MAX_REQUEST 4096   /* bytes of a request's head */
#define SERVE_CLIENT_MS 5000     /* for one client, in all */

/* Listen. port 0: any that is free. NULL: errno says why. */
struct serve *serve_open(int port);
int serve_port(const struct serve *s);

/* The page from now on; at most SERVE_PAGE_BYTES. */
void serve_put(struct serve *s, const char *page, size_t size);
void serve_close(struct serve **s);

#endif
