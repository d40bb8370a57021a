/* Answers and their passages. Thread-safety: as struct catalog. */
#ifndef ARCHIVE_ANSWERS_H
#define ARCHIVE_ANSWERS_H

#include "archive/catalog.h"

struct answer_row {
    int64_t content_id, settings_id;
    int64_t video_id;            /* the file it was asked for; its failure is forgotten */
    enum sc_answer_kind kind;
    const char *question;        /* NULL: "" */
    const char *text;
    const char *service, *model, *prompt_version; /* NULL: "" */
    const uint8_t *request;      /* SHA-256, or NULL */
    bool no_model;
    int64_t prompt_tokens, output_tokens;
    double cost_usd;
    const char *title;           /* NULL: the videos' stays */
    int64_t asked_at_us;         /* since 1970; 0: now */
};

/* Keep it with its passages in one transaction: the videos of that content are done, and nobody works at them, or waits
 * for an answer, any more.
 * It takes the place of an answer of the same identity. */
SC_CHECKED enum sc_status answer_keep(struct catalog *c, const struct answer_row *row,
                                      const struct sc_passage *passages, int n_passages, int64_t *id_out,
                                      struct sc_error *err);

/* Remove passages and then the answer, inside a transaction. */
SC_CHECKED enum sc_status answer_remove(struct catalog *c, int64_t answer_id, struct sc_error *err);

/* Add a passage and its words, inside a transaction. */
SC_CHECKED enum sc_status passage_add(struct catalog *c, int64_t answer_id, int64_t content_id,
                                      const struct sc_passage *p, struct sc_error *err);

#endif
