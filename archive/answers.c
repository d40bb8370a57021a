/* Answers and their passages. */
#include "archive/answers.h"

static const char *or_empty(const char *text) { return text ? text : ""; }

enum sc_status passage_add(struct catalog *c, int64_t answer_id, int64_t content_id, const struct sc_passage *p,
                           struct sc_error *err)
{
    enum sc_status s = sql_do(c, err, "INSERT INTO passage (answer_id, content_id, kind, start_us, end_us, body) "
                                      "VALUES (?, ?, ?, ?, ?, ?)", "iiiiit", answer_id, content_id, (int64_t)p->kind,
                              p->start_us, p->end_us, p->text);

    return s ? s : sql_do(c, err, "INSERT INTO words (rowid, body) VALUES (last_insert_rowid(), ?)", "t", p->text);
}

enum sc_status answer_remove(struct catalog *c, int64_t answer_id, struct sc_error *err)
{
    enum sc_status s;

    /* The index of words holds no text of its own: it is told what to forget. */
    if ((s = sql_do(c, err, "INSERT INTO words (words, rowid, body) SELECT 'delete', id, body FROM passage "
                            "WHERE answer_id = ?", "i", answer_id)) ||
        (s = sql_do(c, err, "DELETE FROM passage WHERE answer_id = ?", "i", answer_id)))
        return s;
    return sql_do(c, err, "DELETE FROM answer WHERE id = ?", "i", answer_id);
}

static enum sc_status insert(struct catalog *c, const struct answer_row *r, int64_t *id_out, struct sc_error *err)
{
    enum sc_status s;

    if ((s = sql_number(c, 0, id_out, err, "SELECT id FROM answer WHERE content_id = ? AND settings_id = ?", "ii",
                        r->content_id, r->settings_id)) ||
        (*id_out && (s = answer_remove(c, *id_out, err))))
        return s;
    s = sql_do(c, err, "INSERT INTO answer (content_id, settings_id, kind, question, text, service, model, "
                       "prompt_version, request, no_model, asked_at_us, prompt_tokens, output_tokens, cost_usd) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "iiitttttbiiiid", r->content_id,
               r->settings_id, (int64_t)r->kind, or_empty(r->question), r->text, or_empty(r->service),
               or_empty(r->model), or_empty(r->prompt_version), r->request, r->request ? 32 : 0, (int64_t)r->no_model,
               r->asked_at_us ? r->asked_at_us : catalog_now_us(), r->prompt_tokens, r->output_tokens, r->cost_usd);
    *id_out = sqlite3_last_insert_rowid(c->db);
    return s;
}

/* The videos of that content show it, and the work is done. */
static enum sc_status mark_done(struct catalog *c, const struct answer_row *r, struct sc_error *err)
{
    const double cost = r->cost_usd > 0 ? r->cost_usd : 0;
    enum sc_status s = SC_OK;

    if (r->kind == SC_ANSWER_CAPTION)
        s = sql_do(c, err, "UPDATE video SET state = 2, title = ?, cost_usd = cost_usd + ?, done_at_us = ? "
                           "WHERE content_id = ?", "tdii", or_empty(r->title), cost,
                   r->asked_at_us ? r->asked_at_us : catalog_now_us(), r->content_id);
    if (s || (s = sql_do(c, err, "DELETE FROM failure WHERE video_id = ? AND settings_id = ?", "ii", r->video_id,
                         r->settings_id)))
        return s;
    if ((s = sql_do(c, err, "DELETE FROM asked WHERE content_id = ? AND settings_id = ?", "ii", r->content_id,
                    r->settings_id)))
        return s;
    return sql_do(c, err, "DELETE FROM work WHERE content_id = ? AND settings_id = ?", "ii", r->content_id,
                  r->settings_id);
}

enum sc_status answer_keep(struct catalog *c, const struct answer_row *row, const struct sc_passage *passages,
                           int n_passages, int64_t *id_out, struct sc_error *err)
{
    enum sc_status s = sql_begin(c, err);
    int i;

    if (s)
        return s;
    s = insert(c, row, id_out, err);
    for (i = 0; i < n_passages && !s; i++)
        s = passage_add(c, *id_out, row->content_id, &passages[i], err);
    if (!s)
        s = mark_done(c, row, err);
    return sql_end(c, s, err);
}
