/* Text for a prompt: no control word of a model is left in it, and making it safe twice changes nothing. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "fusion/query.h"
#include "tests/fuzz/fuzz.h"

static void must_be_safe(const char *text)
{
    static const char *const words[] = { "<|", "|>", "<__media__>", "[img", "<image", "<img", "<start_of_image>", "[INST",
                                         "<s>", "</s>", "<<SYS" };
    size_t i;

    for (i = 0; i < sizeof words / sizeof *words; i++)
        must(!strcasestr(text, words[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer once = { 0 }, twice = { 0 };
    char *text = malloc(size + 1);
    size_t at, n;

    must(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    must(!query_add_safe_text(&once, text, NULL));
    if (once.size) {
        must_be_safe((char *)once.data);
        for (at = 0; at < once.size; at += n) {
            must((n = text_utf8_length((char *)once.data + at, once.size - at)) > 0);
            must(once.data[at] >= 0x20 || once.data[at] == '\n' || once.data[at] == '\t');
        }
        must(!query_add_safe_text(&twice, (char *)once.data, NULL));
        must(twice.size == once.size && !memcmp(twice.data, once.data, once.size));
    }
    buffer_dispose(&once);
    buffer_dispose(&twice);
    free(text);
    return 0;
}
