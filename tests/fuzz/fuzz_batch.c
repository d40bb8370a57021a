/* The state file of a batch, and the lines of its results: the first byte says which. */
#include <string.h>

#include "client/batch.h"
#include "tests/fuzz/fuzz.h"

static enum sc_status answered(void *user, const char *id, enum sc_status status, struct client_answer *answer,
                               const struct sc_error *err)
{
    (void)user;
    must(id && *id + 1 && (status == SC_OK || *err->text) && answer);
    return SC_OK;
}

static void read_line(const char *text, size_t size)
{
    static const struct client_call none;
    struct client_call call = none;
    struct services *services = NULL;
    enum sc_status status;

    if (services_open(&services, NULL, NULL) == SC_OK) {
        call.service = services_find(services, "openai");
        call.key = "sk-0123456789";
        (void)batch_read_line(&call, text, size, answered, NULL, &status, NULL);
    }
    services_close(&services);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct batch_state state = { 0 };
    int i;

    if (!size || size > 65536)
        return 0;
    if (data[0] == 'L') {
        read_line((const char *)data + 1, size - 1);
        return 0;
    }
    if (batch_state_parse((const char *)data + 1, size - 1, &state, NULL) == SC_OK)
        for (i = 0; i < state.n; i++)
            must(!strchr(state.parts[i].id, '/') && (state.parts[i].step < BATCH_RUNNING || *state.parts[i].id));
    batch_state_dispose(&state);
    return 0;
}
