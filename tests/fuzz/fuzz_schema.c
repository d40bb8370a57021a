/* A JSON Schema of the person's and, after a zero byte, an answer of a model that is held against it; without one the
 * whole input is an answer to the built-in schema. What obeys obeys again as it was written anew. */
#include <string.h>

#include "fusion/schema.h"
#include "tests/fuzz/fuzz.h"

static void hold(const struct schema *s, const char *answer)
{
    char complaint[SCHEMA_COMPLAINT_SIZE], *json = NULL, *again = NULL;

    if (schema_check(s, answer, &json, complaint, NULL))
        return;
    must(!json == !!*complaint);
    must(!strchr(complaint, '\n') && strlen(complaint) < SCHEMA_COMPLAINT_SIZE);
    if (json) {
        must(schema_check(s, json, &again, complaint, NULL) == SC_OK);
        must(again && !strcmp(json, again));
    }
    free(json);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct schema *s = NULL;
    size_t n;

    if (!text || size > 65536)
        goto done;
    memcpy(text, data, size);
    text[size] = 0;
    n = strlen(text);
    if (schema_read(n < size ? text : schema_built_in("caption"), "fuzz", &s, NULL) == SC_OK) {
        must(schema_text(s) && *schema_label(s));
        (void)schema_is_strict(s);
        hold(s, n < size ? text + n + 1 : text);
    }
    schema_close(&s);
done:
    free(text);
    return 0;
}
