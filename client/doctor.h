/* One way to a model, step by step, and what is wrong with it.
 * Thread-safety: safe; calls are independent. */
#ifndef CLIENT_DOCTOR_H
#define CLIENT_DOCTOR_H

#include "client/client.h"

/* One step: "name", "connection", "tls", "key", "model", "image", "stream". words: what was found, or what to do. */
typedef void doctor_sink(void *user, const char *step, enum sc_check_state state, const char *words);

/* The last two steps ask the model about a picture of 32x32, twice. Returns SC_OK however the steps end, with *fine_out
 * false if one failed; steps that make no sense after that are not taken. SC_ERR_CANCELLED, SC_ERR_NOMEM. */
SC_CHECKED enum sc_status client_doctor(const struct client_call *call, doctor_sink *say, void *user, bool *fine_out,
                                        struct sc_error *err);

#endif
