/* Text from outside, made harmless for the servers that will read it as part of a prompt. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "fusion/query.h"

#define ZERO_WIDTH_SPACE "\xE2\x80\x8B"

/* What may not follow the character at once. Sources: Llama 4 and 3, ChatML, Phi, Qwen (<|), DeepSeek (full-width bar),
 * llama.cpp (<__media__>), Ollama ([img-3]), LLaVA and InternVL (<image>, <img>), Gemma (<start_of_image>,
 * <image_soft_token>, <end_of_turn>), Mistral and Pixtral ([INST], [IMG_BREAK], <s>), Llama 2 (<<SYS>>). */
static const struct opener {
    char first;
    const char *then;
} openers[] = {
    { '<', "|" }, { '|', ">" }, { '<', "\xEF\xBD\x9C" }, { '<', "__" }, { '<', "image" }, { '<', "/image" },
    { '<', "img" }, { '<', "/img" }, { '<', "video" }, { '<', "/video" }, { '<', "audio" }, { '<', "/audio" },
    { '<', "start_of_" }, { '<', "end_of_" }, { '<', "im_" }, { '<', "s>" }, { '<', "/s>" }, { '<', "bos>" },
    { '<', "eos>" }, { '<', "pad>" }, { '<', "unk>" }, { '<', "mask>" }, { '<', "<sys" }, { '<', "</sys" },
    { '[', "img" }, { '[', "/img" }, { '[', "inst" }, { '[', "/inst" }, { '[', "system_prompt" },
    { '[', "/system_prompt" }, { '[', "available_tools" }, { '[', "tool_" },
};

static bool opens(const char *at)
{
    size_t i;

    for (i = 0; i < sizeof openers / sizeof *openers; i++)
        if (*at == openers[i].first && !strncasecmp(at + 1, openers[i].then, strlen(openers[i].then)))
            return true;
    return false;
}

/* C1 controls are two bytes in UTF-8: 0xC2 and themselves. */
static size_t control_length(const char *at)
{
    unsigned char c = (unsigned char)at[0], next = c ? (unsigned char)at[1] : 0;

    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
        return 1;
    return c == 0xC2 && next >= 0x80 && next <= 0x9F ? 2 : 0;
}

static enum sc_status without_controls(struct buffer *out, const char *text, struct sc_error *err)
{
    const char *start = text;
    enum sc_status s = SC_OK;

    for (; *text && !s; ) {
        size_t n = control_length(text);

        if (!n) {
            text++;
            continue;
        }
        s = buffer_add(out, start, (size_t)(text - start), err);
        start = text += n;
    }
    return s ? s : buffer_text(out, start, err);
}

enum sc_status query_add_safe_text(struct buffer *out, const char *text, struct sc_error *err)
{
    struct buffer repaired = { 0 }, clean = { 0 };
    const char *at, *start;
    enum sc_status s;

    if ((s = text_add_utf8(&repaired, text, strlen(text), err)) ||
        (s = without_controls(&clean, repaired.data ? (char *)repaired.data : "", err)))
        goto done;
    at = start = clean.data ? (char *)clean.data : "";
    for (; *at && !s; at++) {
        if (!opens(at))
            continue;
        if (!(s = buffer_add(out, start, (size_t)(at + 1 - start), err)))
            s = buffer_text(out, ZERO_WIDTH_SPACE, err);
        start = at + 1;
    }
    if (!s)
        s = buffer_text(out, start, err);
done:
    buffer_dispose(&repaired);
    buffer_dispose(&clean);
    return s;
}
