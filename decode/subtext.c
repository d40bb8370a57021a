/* The plain text of a subtitle: what libavcodec hands out is ASS, whatever the format was. */
#include <string.h>

#include "base/text.h"
#include "decode/subtitles.h"

#define FIELDS 8             /* before the text: ReadOrder, Layer, Style, Name, three margins, Effect */

/* Whether an override block turns drawing on ("{\p1}") or off ("{\p0}"). */
static bool draws(const char *block, size_t size, bool before)
{
    for (size_t i = 0; i + 2 < size; i++)
        if (block[i] == '\\' && block[i + 1] == 'p' && block[i + 2] >= '0' && block[i + 2] <= '9')
            before = block[i + 2] != '0';
    return before;
}

/* "\N" and "\n" are ends of rows, "\h" is a space. How many bytes of the text it stands for; 0: it is none of these. */
static size_t escape(const char *at, const char **as)
{
    if (at[0] != '\\' || !at[1] || !strchr("Nnh", at[1]))
        return 0;
    *as = at[1] == 'h' ? " " : "\n";
    return 2;
}

static enum sc_status add_text(const char *at, struct buffer *out, struct sc_error *err)
{
    bool drawing = false;
    enum sc_status s = SC_OK;

    while (*at && !s) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL, *as = at;
        size_t n = escape(at, &as);

        if (end) {
            drawing = draws(at, (size_t)(end - at), drawing);
            at = end + 1;
            continue;
        }
        if (!drawing && *at != '\r')
            s = buffer_add(out, as, 1, err);
        at += n ? n : 1;
    }
    return s;
}

enum sc_status subtitles_plain(const char *event, struct buffer *out, struct sc_error *err)
{
    struct buffer raw = { 0 };
    const char *at = event;
    enum sc_status s;

    for (int i = 0; i < FIELDS && at; i++)
        at = (at = strchr(at, ',')) ? at + 1 : NULL;
    if ((s = add_text(at ? at : event, &raw, err)) || !raw.size)
        goto done;
    s = text_add_utf8(out, (char *)raw.data, raw.size, err);
done:
    buffer_dispose(&raw);
    return s;
}
