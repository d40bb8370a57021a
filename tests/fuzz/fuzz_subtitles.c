/* A file of subtitles of any format: its lines come by time, are valid text, and are not empty. */
#include <string.h>

#include "base/text.h"
#include "decode/subtitles.h"
#include "tests/fuzz/fuzz.h"

static enum sc_status check_line(void *user, const struct subtitle_line *line, struct sc_error *err)
{
    int64_t *last_us = user;
    size_t size = strlen(line->text), at, n;

    (void)err;
    must(size > 0);
    must(line->start_us >= *last_us);
    must(line->end_us >= line->start_us);
    for (at = 0; at < size; at += n)
        must((n = text_utf8_length(line->text + at, size - at)) > 0);
    *last_us = line->start_us;
    return SC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t last_us = INT64_MIN;
    const struct subtitle_sink sink = { .on_line = check_line, .user = &last_us };
    struct subtitle_track track;

    if (size && !subtitles_file("fuzz.srt", data, size, &sink, &track, NULL))
        must(strlen(track.name) > 0);
    return 0;
}
