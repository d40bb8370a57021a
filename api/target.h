/* Which service is asked, and what is known of its model. In this order: named in the call; configured; a model server
 * found on this machine; else the embedded default, which uses no model. A key in the environment selects nothing.
 * Thread-safety: as struct sc. */
#ifndef API_TARGET_H
#define API_TARGET_H

#include "api/config.h"
#include "api/prompts.h"
#include "client/client.h"
#include "client/key.h"
#include "client/url.h"
#include "fusion/model.h"
#include "fusion/schema.h"

struct target {
    bool embedded;
    const struct service *service;  /* row in services */
    char *base_url;          /* NULL: the service's own */
    const struct dialect *dialect;  /* NULL: the service's */
    char *model_name;
    struct key *key;         /* NULL: none */
    bool any_model;          /* target_reach: none need be named */
    struct model model;      /* family facts with this service's overrides and limits */
    struct services *services;
    struct models *models;
    struct own_prompts prompts;
    const struct lines *lines; /* words between the pictures; NULL: none; borrowed */
    struct replay *replay;   /* what answers instead of the service; NULL: none */
    int part, n_parts;       /* as in struct query_settings */
    struct schema *schema;   /* NULL: answers are words */
    enum prompt_name ask;    /* as in struct query_settings */
    const char *metadata;    /* as in struct query_settings; borrowed */
    double spent_usd;        /* already, of max_cost_usd */
};

/* SC_ERR_INVALID when the settings bound the cost and the price is not known. out: target_dispose, always. Sends nothing
 * but probes to this machine, or to a base URL that was named. */
SC_CHECKED enum sc_status target_choose(struct sc *s, const struct sc_ask_settings *settings, struct target *out,
                                        struct sc_error *err);
/* Its address as it is told and recorded (client/url.h). Returns out. */
char *target_url(const struct target *t, char out[URL_TOLD_SIZE]);

/* The same for a service that is not asked for an answer: it need not have a model. */
SC_CHECKED enum sc_status target_reach(struct sc *s, const struct sc_ask_settings *settings, struct target *out,
                                       struct sc_error *err);

/* The tables of models and services alone. out: target_dispose, always. */
SC_CHECKED enum sc_status target_tables(struct sc *s, struct target *out, struct sc_error *err);

/* Of "service/model", what stands before the slash in *service_out, if there is a service of that name (free() it; else
 * NULL), and where the model's name begins. */
SC_CHECKED enum sc_status target_split(const struct services *services, const char *name, char **service_out,
                                       const char **model_out, struct sc_error *err);

/* The caller's price, if there is one. SC_ERR_INVALID when the cost is bounded and no price known. target_choose has done
 * it. */
SC_CHECKED enum sc_status target_set_price(struct target *t, const struct sc_ask_settings *settings,
                                           struct sc_error *err);

/* Where the file of keys is; *out: free(), NULL if there is no home. */
SC_CHECKED enum sc_status target_keys_file(const struct sc *s, char **out, struct sc_error *err);
void target_dispose(struct target *t);

int64_t target_output_tokens(const struct sc_ask_settings *settings);

/* Whether there is anything to ask about: a question, a schema but "changes", a still, or a change. A picture that stands
 * still is none. */
bool target_has_question(const struct sc_ask_settings *settings, const struct sc_changes *changes);

/* How many tokens a query may have beside its answer, by the settings, the model and max_cost_usd; 0: any number. As for
 * target_query. */
SC_CHECKED enum sc_status target_most_tokens(const struct target *t, const struct sc_ask_settings *settings,
                                             int64_t *out, struct sc_error *err);

/* The query for it, nothing rendered yet. What it can hold beside the answer, and what max_cost_usd pays, bound the query
 * too. quality: of JPEG, 0: the usual. out: query_dispose. SC_ERR_LIMIT when the answer alone may cost too much. */
SC_CHECKED enum sc_status target_query(const struct target *t, const struct sc_ask_settings *settings, int quality,
                                       const struct sc_changes *changes, struct query *out, struct sc_error *err);

/* $ for so many tokens; < 0: unknown. */
double target_price(const struct model *m, int64_t in_tokens, int64_t out_tokens);

#endif
