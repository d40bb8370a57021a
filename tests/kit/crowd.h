/* An HTTP/1.1 server on a free loopback port for many clients at once: a thread for each connection, connections stay
 * open, and what is answered is decided by a function of the test.
 *
 * Failing system calls abort. Thread-safety: one test thread beside the server's own. */
#ifndef TESTS_KIT_CROWD_H
#define TESTS_KIT_CROWD_H

#include <stdbool.h>
#include <stddef.h>

struct crowd_request {
    const char *method, *path; /* path with query */
    const char *head;        /* request line and headers */
    const char *body;        /* ends in a NUL that size does not count */
    size_t size;
    int number;              /* 0 for the first request of all */
    int under_way;           /* requests that wait for their replies, with this one */
};

struct crowd_reply {
    int status;              /* as set by the server before the call: 200 */
    char headers[512];       /* more lines, each with its end "\r\n" */
    char *body;              /* malloc; NULL: none */
    size_t size;             /* 0: up to the NUL */
    int delay_ms;            /* before it is sent */
    bool drop;               /* close the connection instead of replying */
};

/* Called for one request at a time. */
typedef void crowd_handler(void *user, const struct crowd_request *request, struct crowd_reply *out);

struct crowd;

struct crowd *crowd_start(crowd_handler *handler, void *user);
const char *crowd_url(const struct crowd *c);                  /* "http://127.0.0.1:PORT" */
int crowd_requests(struct crowd *c);                           /* so far */
int crowd_connections(struct crowd *c);                        /* so far */
int crowd_most_under_way(struct crowd *c);
void crowd_stop(struct crowd **c);

#endif
