/* Questions for half the price: written into files, handed to a service's batch endpoint, answered within a day, fetched
 * by whoever comes back for them. For services whose row has batch_bytes: OpenAI, Azure, Groq, Together and what is like
 * them (docs/SERVICES.md).
 *
 *     if ((s = batch_new(&b, "run.batch", &call, &err)))               today
 *         goto done;
 *     while (...)
 *         s = batch_add(b, "clip-17", &query, &err);
 *     s = batch_submit(b, &err);
 *     batch_close(&b);
 *
 *     s = batch_open(&b, "run.batch", &call, &err);                    tomorrow, and after any crash
 *     s = batch_submit(b, &err);                                       what was not handed over yet
 *     s = batch_poll(b, &err);
 *     s = batch_fetch(b, answered, user, &err);                        what is ready
 *     if (batch_is_over(b))
 *         batch_remove(b, &err);
 *
 * A batch is as many parts as its files need. Every step is in the state file before and after it is made, so that
 * nothing is asked, and paid, twice: whether a batch that was being created at a crash exists is asked of the service.
 * An open batch is locked; another process gets SC_ERR_IO.
 * Thread-safety: one thread at a time for each batch. */
#ifndef CLIENT_BATCH_H
#define CLIENT_BATCH_H

#include "client/batch_state.h"
#include "client/client.h"

#define BATCH_ID_MAX 64          /* characters in a question's own id */

struct batch;

/* SC_ERR_INVALID when the service, or the dialect, has no batch endpoint. */
SC_CHECKED enum sc_status batch_is_possible(const struct client_call *call, struct sc_error *err);

/* path: of the state file; the requests are in PATH.1.jsonl and so on until they are handed over. call: borrowed, with
 * what it points to, until batch_close; pool may be NULL. SC_ERR_INVALID when the service has no batch endpoint, or there
 * is a state file already. Requests beside it that nobody handed over are removed. */
SC_CHECKED enum sc_status batch_new(struct batch **out, const char *path, const struct client_call *call,
                                    struct sc_error *err);

/* One more question; id: 1 to 64 printable ASCII characters, each once in a batch. SC_ERR_LIMIT when its request is larger
 * than the service takes. */
SC_CHECKED enum sc_status batch_add(struct batch *b, const char *id, const struct query *query, struct sc_error *err);

/* Go on with one. SC_ERR_INVALID when it was made for another service, base URL, dialect or model. */
SC_CHECKED enum sc_status batch_open(struct batch **out, const char *path, const struct client_call *call,
                                     struct sc_error *err);
void batch_close(struct batch **b);

/* Hand over every part that is not. What failed can be tried again, also after a restart. */
SC_CHECKED enum sc_status batch_submit(struct batch *b, struct sc_error *err);

/* Ask how far the parts are. Services want this not more often than every 30 to 60 s. */
SC_CHECKED enum sc_status batch_poll(struct batch *b, struct sc_error *err);

/* End those that run; what is answered by then can be fetched, and is billed. Those not handed over never are. */
SC_CHECKED enum sc_status batch_cancel(struct batch *b, struct sc_error *err);

/* An answer, or why there is none: status, answer and err as client_ask has them, class CLIENT_TRANSIENT when the batch
 * expired or was cancelled before. What is wanted of the answer may be moved out. Other than SC_OK ends the fetching. */
typedef enum sc_status batch_answered(void *user, const char *id, enum sc_status status, struct client_answer *answer,
                                      const struct sc_error *err);

/* Fetch every part that has ended. After a crash in the middle, its answers come once more: at least once, in no order.
 * A question for which nothing came was not answered, and is not billed. */
SC_CHECKED enum sc_status batch_fetch(struct batch *b, batch_answered *answered, void *user, struct sc_error *err);

const struct batch_state *batch_get(const struct batch *b); /* valid until the next call */
bool batch_is_over(const struct batch *b);           /* every part is fetched, or failed as a whole */

/* Take the state file and what is left of the requests away. */
SC_CHECKED enum sc_status batch_remove(struct batch *b, struct sc_error *err);

/* Take over from another state file what was handed over for the same service and model, and is not fetched there: then
 * either can fetch it, which costs nothing. Twice is once. path: made if there is none. SC_ERR_INVALID when it is of another
 * service, or something is not handed over: two would do that. batch_check_join tells the latter beforehand. */
SC_CHECKED enum sc_status batch_join(const char *path, const char *other, struct sc_error *err);
SC_CHECKED enum sc_status batch_check_join(const char *other, struct sc_error *err);

/* One line of a results file, for tests: false when it is none. */
bool batch_read_line(const struct client_call *call, const char *line, size_t size, batch_answered *answered, void *user,
                     enum sc_status *status_out, struct sc_error *err);

#endif
