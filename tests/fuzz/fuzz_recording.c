/* Recordings: read, and whatever is read, played. */
#include <string.h>

#include "client/recording.h"
#include "tests/fuzz/fuzz.h"

static enum sc_status keep(void *user, const struct reply_head *head, const char *bytes, size_t size, bool *enough,
                           struct sc_error *err)
{
    struct buffer *all = user;

    (void)enough;
    must(head->status >= 100 && bytes);
    return buffer_add(all, bytes, size, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer all = { .limit = 1 << 20 };
    struct exchange x = { .url = "http://h/v1/chat/completions", .on_bytes = keep, .user = &all };
    struct replay *r = NULL;
    bool differs;

    if (size <= 65536 && replay_open(&r, (const char *)data, size, NULL) == SC_OK) {
        must(replay_head(r).service && replay_head(r).model);
        while (replay_play(r, &x, &differs, NULL) == SC_OK)
            must(x.result == SC_OK || x.error.text[0]);
    }
    replay_close(&r);
    buffer_dispose(&all);
    return 0;
}
