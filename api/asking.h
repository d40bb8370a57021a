/* One question under way, and the query that is made for it.
 * Thread-safety: as struct sc. */
#ifndef API_ASKING_H
#define API_ASKING_H

#include "api/gather.h"
#include "api/target.h"

struct talk;                 /* api/talk.h */

struct asking {
    struct sc *session;
    const struct sc_source *source;
    const struct sc_ask_settings *settings;
    struct target target;
    const struct gathered *words; /* NULL: none */
    struct query query;
    struct client_call call;
    struct sc_answer *answer;
    int most_images;         /* after the service refused more; 0: not so */
    int64_t most_tokens;
    bool is_smaller;
    int rounds;              /* replies taken */
    bool may_go_on;          /* what is said can be continued later */
    struct talk *talk;       /* that goes on, and whose first question is that of settings; NULL: none */
    int64_t first_words_ms;  /* when the first words of the last one came, by retry_clock_ms; 0: none did */
    struct sc_changes *evidence; /* found before, taken by asking_run; NULL: the source is looked at */
    int64_t spent_in, spent_out; /* tokens and their price that were billed, whatever came of it; -1: none, or not said */
    double spent_usd;
    enum client_class class;     /* why the service gave no answer, or refused */
    void (*on_words)(void *user, const struct lines *words); /* what is said in the video; NULL: not wanted */
    bool (*on_sending)(void *user, bool begins); /* before and after all that goes to the service for it; may wait, false
                              * before it: it is not to be sent, SC_ERR_CANCELLED. NULL: not wanted */
    /* The query is made: take it instead of sending it; NULL: send it. */
    enum sc_status (*on_query)(void *user, struct asking *a, struct sc_error *err);
    void *user;
};

/* All of sc_ask: session, source and settings are set, and what is wanted of the last ones. */
SC_CHECKED enum sc_status asking_run(struct asking *a, const struct sc_look_settings *look, struct sc_answer **out,
                                     struct sc_error *err);

/* An answer of which nothing is known yet. *out: sc_answer_free. */
SC_CHECKED enum sc_status asking_begin(struct sc_answer **out, struct sc_error *err);

/* The call of a->target and a->settings. Its text goes to the settings' on_text unless there is a schema. */
void asking_prepare_call(struct asking *a);

/* Say who is asked, and what; and afterwards, if the service counted far less than was sent. */
void asking_tell(struct asking *a);
void asking_tell_counted(struct asking *a);

/* Bound the next query by what the service found too much; once. False: it is something else, or nothing would be left. */
bool asking_make_smaller(struct asking *a, const struct client_answer *reply);

/* With a schema: hold the answer against it; ask once more if it does not obey. The call and the query are those that were
 * asked. Does nothing without a schema, and for an answer that is refused. */
SC_CHECKED enum sc_status asking_check(struct asking *a, struct sc_error *err);

/* Take what a call brought: text, ending, and its tokens and price beside those that are there. */
void asking_take(struct asking *a, struct client_answer *reply);

/* Resolve the times that the answer cites: those in brackets, and in JSON each text that is a time. */
SC_CHECKED enum sc_status asking_cite(struct asking *a, struct sc_error *err);

/* The same with what else was shown; *out: free(). */
SC_CHECKED enum sc_status asking_cite_in(const struct asking *a, const struct sc_changes *evidence,
                                         const struct views *views, struct sc_citation **out, int *n_out,
                                         struct sc_error *err);

/* With the schema "changes": the answer when there is nothing to ask about. */
SC_CHECKED enum sc_status asking_say_nothing_changed(struct asking *a, struct sc_error *err);

/* Build and render the query, smaller if the bytes must be fewer, fill the answer with what it costs, and write it where
 * the settings want it. What a query made before left in the answer is forgotten. */
SC_CHECKED enum sc_status asking_make_query(struct asking *a, struct sc_error *err);

/* Have the service count the query's tokens, where that costs nothing or a hard stop needs it, and put them in the place of
 * the estimates. *counted_out: it did; where not, the estimates stay. SC_ERR_CANCELLED, SC_ERR_NOMEM. */
SC_CHECKED enum sc_status asking_count(struct asking *a, bool *counted_out, struct sc_error *err);

/* What the query costs, image by image, into the answer, which tells of none yet. */
SC_CHECKED enum sc_status asking_fill_costs(struct asking *a, struct sc_error *err);

/* The request's body to where the settings want it: dump and on_body. */
SC_CHECKED enum sc_status asking_hand_out(struct asking *a, struct sc_error *err);

/* Free what the answer tells of its query. */
void asking_forget(struct sc_answer *answer);

/* Put a copy of text in the place of *out. */
SC_CHECKED enum sc_status asking_keep_text(char **out, const char *text, struct sc_error *err);

#endif
