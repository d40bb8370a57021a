/* The words around the pictures: what is shown, what software measured, a label for each frame, the question.
 * Whatever comes from outside (file names, the question) is made safe. All of it is without white space at its ends:
 * chat templates trim it. Thread-safety: safe. */
#ifndef FUSION_PROMPT_H
#define FUSION_PROMPT_H

#include "base/buffer.h"
#include "fusion/lines.h"
#include "fusion/pack.h"
#include "fusion/prompts.h"

struct prompt {
    const struct sc_changes *evidence;
    const struct model *model;
    const struct prompts *prompts; /* NULL: as compiled in */
    const char *question;    /* NULL or "": the default one */
    const struct packing *packing;
    const struct views *views; /* the images, by time */
    const struct schema *schema; /* NULL: the answer is words */
    enum prompt_name ask;    /* as in struct query_settings */
    int part, n_parts;       /* as in struct query_settings */
    int n_left_out;          /* frames */
    int max_hints;           /* list at most so many events */
    bool no_hints;           /* list none, name none */
    const char *metadata;    /* NULL or "": none */
    const struct lines *lines; /* words with times; NULL: none */
    const bool *lines_kept;  /* those of them that have room */
    int n_lines_left_out;
};

SC_CHECKED enum sc_status prompt_system(const struct prompt *p, struct buffer *out, struct sc_error *err);
SC_CHECKED enum sc_status prompt_context(const struct prompt *p, struct buffer *out, struct sc_error *err);
/* The lines between image i - 1 and image i, for i = views->n those after the last; a still's are all before it. */
SC_CHECKED enum sc_status prompt_lines(const struct prompt *p, int i, struct buffer *out, struct sc_error *err);
SC_CHECKED enum sc_status prompt_label(const struct prompt *p, int i, struct buffer *out, struct sc_error *err);
SC_CHECKED enum sc_status prompt_question(const struct prompt *p, struct buffer *out, struct sc_error *err);

/* The question alone, with what is said about parts and the schema. */
SC_CHECKED enum sc_status prompt_asked(const struct prompt *p, struct buffer *out, struct sc_error *err);

/* What may be told of a path: " 'name'", one line, made safe, or nothing. */
SC_CHECKED enum sc_status prompt_name(const char *path, struct buffer *out, struct sc_error *err);

/* How to put answers together. prompts: NULL: as compiled in. */
SC_CHECKED enum sc_status prompt_merge(const struct prompts *prompts, struct buffer *out, struct sc_error *err);

/* How to answer from what is kept of many videos. prompts: NULL: as compiled in. */
SC_CHECKED enum sc_status prompt_archive(const struct prompts *prompts, struct buffer *out, struct sc_error *err);

/* What is said to an answer that does not obey its schema. prompts: NULL: as compiled in. */
SC_CHECKED enum sc_status prompt_repair(const struct prompts *prompts, const char *complaint, struct buffer *out,
                                        struct sc_error *err);

#endif
