/* Writing results as JSON: what api/json.c shares with the files that write other things. Private to api/.
 * Thread-safety: safe. */
#ifndef API_JSON_H
#define API_JSON_H

#include <jansson.h>

#include "base/buffer.h"

/* An object in the making: whatever fails is remembered, and seen at the end. */
struct object {
    json_t *json;
    bool failed;
};

struct object json_begin(void);

/* Takes value; NULL stands for what could not be made. */
void json_put(struct object *o, const char *key, json_t *value);

/* The object, or NULL if anything of it is missing. */
json_t *json_end(struct object *o);

/* JSON has no place for bytes that are no UTF-8: they become U+FFFD. NULL becomes null. */
json_t *json_text(const char *text);

void json_put_event(struct object *o, const struct sc_event *e, const struct sc_info *info);
json_t *json_of_answer(const struct sc_answer *a);

/* Append an object and a newline. Takes object, which may be NULL. */
bool json_add_line(struct buffer *out, json_t *object);

#endif
