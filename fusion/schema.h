/* What an answer in JSON has to look like: a JSON Schema (draft 2020-12), of which the part that model services
 * understand. Known are type, properties, required, additionalProperties, items, minItems, maxItems, enum, const, anyOf,
 * minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength, $defs and $ref to "#" and "#/$defs/NAME";
 * title, description, default and examples say nothing about an answer. Any other keyword is refused by name, so that
 * nothing is taken for checked that is not.
 * Thread-safety: a schema is read-only once it is there. */
#ifndef FUSION_SCHEMA_H
#define FUSION_SCHEMA_H

#include "base/buffer.h"

#define SCHEMA_MAX_BYTES ((size_t)256 << 10)
#define SCHEMA_MAX_DEPTH 64  /* of schemas in schemas; twice that of an answer's values in values */
#define SCHEMA_MAX_STEPS 1000000 /* of one check: alternatives in alternatives multiply */
#define SCHEMA_COMPLAINT_SIZE 400

struct schema;

/* name: what the person calls it, for errors. SC_ERR_INVALID for what is no JSON, no schema, or has a keyword that is not
 * known, with the place of it. *out: schema_close. */
SC_CHECKED enum sc_status schema_read(const char *text, const char *name, struct schema **out, struct sc_error *err);
void schema_close(struct schema **s);

/* The built-in one of this name as text, or NULL; static. Names: "changes", "caption". */
const char *schema_built_in(const char *name);

/* One line of JSON for a service; letters, digits, '_' and '-' for its name there. Both live as long as the schema. */
const char *schema_text(const struct schema *s);
const char *schema_label(const struct schema *s);

/* Whether it is one of those that OpenAI calls strict: every object names all its members as required and allows no other,
 * the root is an object, and no length of a text is bounded. */
bool schema_is_strict(const struct schema *s);

/* Hold an answer against it. The answer is JSON, with nothing around but white space, or a code fence of Markdown.
 * Obeys: *json_out is the value, written anew on several lines without control characters of any kind, free() it, and
 * complaint is "". Else *json_out is NULL and complaint says in one line what is wrong where, for the model and the
 * person: "$.changes[2].time has to be a string". SC_ERR_NOMEM only. */
SC_CHECKED enum sc_status schema_check(const struct schema *s, const char *answer, char **json_out,
                                       char complaint[SCHEMA_COMPLAINT_SIZE], struct sc_error *err);

#endif
