/* Speech to text by a service that has OpenAI's /audio/transcriptions. Thread-safety: as client/client.h. */
#ifndef CLIENT_TRANSCRIBE_H
#define CLIENT_TRANSCRIBE_H

#include "client/client.h"

#define TRANSCRIBE_MAX_REPLY_BYTES ((size_t)16 << 20)

/* Send a FLAC file to the service of the call, and append its reply, JSON with segments and their times where the
 * service tells them ("verbose_json"), to *json_out. Of the call the service, base URL, model, key, timeouts, retries,
 * cancel and on_wait count. Tried again as a question is. */
SC_CHECKED enum sc_status client_transcribe(const struct client_call *call, const void *flac, size_t size,
                                            struct buffer *json_out, struct sc_error *err);

/* What the row of a service says of its transcription: the model, bytes of a file, $ a minute (< 0: unknown). False: it
 * has none. */
bool service_transcription(const struct service *s, const char **model_out, int64_t *limit_out, double *usd_out);

#endif
