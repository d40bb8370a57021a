/* What the two halves of fusion/schema.h share: the schema itself, and places in a document. */
#ifndef FUSION_SCHEMA_PARTS_H
#define FUSION_SCHEMA_PARTS_H

#include <jansson.h>

#include "fusion/schema.h"

#define SCHEMA_PLACE_SIZE 256
#define SCHEMA_LABEL_SIZE 65 /* OpenAI: at most 64 characters */

struct schema {
    json_t *root;
    char *text;
    char label[SCHEMA_LABEL_SIZE];
    bool is_strict;
};

/* "$.changes[2].time", cut where it is too long. */
struct place {
    char text[SCHEMA_PLACE_SIZE];
};

/* Go into a member or an item; place_leave with what they return goes out again. */
size_t place_enter_member(struct place *p, const char *name);
size_t place_enter_item(struct place *p, size_t i);
void place_leave(struct place *p, size_t n);

/* What a $ref refers to; borrowed; NULL: nothing. */
const json_t *schema_referred(json_t *root, const char *reference);

#endif
