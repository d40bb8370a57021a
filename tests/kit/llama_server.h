/* A real llama-server with a tiny random Llama 4, from the material beside the repository (llama4-tiny in
 * $SEECHANGE_SHARED or ../shared), on a port of its own. Tests skip by name when it can't be had.
 * Thread-safety: one thread. */
#ifndef TESTS_KIT_LLAMA_SERVER_H
#define TESTS_KIT_LLAMA_SERVER_H

#include <stdbool.h>

struct llama_server;

/* key: NULL for none. NULL: there is no such server here; said on stderr. */
struct llama_server *llama_server_start(int context_tokens, const char *key);
const char *llama_server_url(const struct llama_server *s);  /* "http://127.0.0.1:PORT" */
void llama_server_kill(struct llama_server *s);              /* at once, as by a crash */
bool llama_server_restart(struct llama_server *s);           /* a killed one, at the same address */
void llama_server_stop(struct llama_server **s);

#endif
