/* What several dialects read and write alike.
 * Thread-safety: safe; touches nothing but its arguments. */
#ifndef CLIENT_DIALECTS_COMMON_H
#define CLIENT_DIALECTS_COMMON_H

#include "client/dialects/dialect.h"
#include "client/json.h"

/* ---- writing ---- */

/* before, the image in base64, after. SC_ERR_INVALID if it has no bytes yet. */
SC_CHECKED enum sc_status write_image(const struct query_part *part, const char *before, const char *after,
                                      struct body *out, struct sc_error *err);
const char *image_type(const struct query_part *part);     /* "image/jpeg" */
const char *image_detail_name(const struct query_part *part); /* "high", "low"; NULL: auto */

/* before, text as a JSON string, after. */
SC_CHECKED enum sc_status write_text(const char *before, const char *text, const char *after, struct body *out,
                                     struct sc_error *err);

/* Each part by its function, with commas between them. */
typedef enum sc_status part_writer(const struct request *r, const struct query_part *part, struct body *out,
                                   struct sc_error *err);
SC_CHECKED enum sc_status write_parts(const struct request *r, part_writer *write, struct body *out,
                                      struct sc_error *err);

/* What followed the user's message, each with a comma before it: what goes before the text, the text, what goes after. */
struct turn_shape {
    const char *user, *model; /* before */
    const char *after;
};

extern const struct turn_shape turn_plain;                 /* {"role":"user","content":"text"} */
SC_CHECKED enum sc_status write_turns(const struct request *r, const struct turn_shape *shape, struct body *out,
                                      struct sc_error *err);

/* The call's JSON Schema, if it has one and the service knows what to do with it: before, its name as a string, middle,
 * the schema, after. middle NULL: it has no name there. */
SC_CHECKED enum sc_status write_schema(const struct request *r, const char *before, const char *middle,
                                       const char *after, struct body *out, struct sc_error *err);

/* ,"name":0.2 if the call has a temperature. name with all that goes before the number. */
SC_CHECKED enum sc_status write_temperature(const struct request *r, const char *name, struct body *out,
                                            struct sc_error *err);

/* ---- reading ---- */

/* A count that is there and makes sense. */
void read_count(const json_t *value, int64_t *out);

/* Why the answer ended: words are pairs of the service's and ours, ending with NULL. Others stay as they are; null and
 * "" say nothing. */
void read_finish(const json_t *word, const char *const (*words)[2], struct reply *out);

/* Whether root says that something went wrong; if so, reply has it. */
bool read_error(const json_t *root, struct reply *out);
void say_error(struct reply *out);                         /* an error without words */

/* Text as a string, or as a list of parts with "text". */
SC_CHECKED enum sc_status read_content(const json_t *content, struct buffer *out, struct sc_error *err);

/* Parse, call read, release. SC_ERR_SERVICE if it is no JSON. */
typedef enum sc_status root_reader(json_t *root, struct reply *out, struct sc_error *err);
SC_CHECKED enum sc_status read_whole_json(const char *json, size_t size, root_reader *read, struct reply *out,
                                          struct sc_error *err);
SC_CHECKED enum sc_status read_event_json(const char *json, size_t size, root_reader *read, struct reply *out,
                                          struct sc_error *err);

/* {"input_tokens": n} */
SC_CHECKED enum sc_status read_input_tokens(const char *json, size_t size, int64_t *tokens_out, struct sc_error *err);

#endif
