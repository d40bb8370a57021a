/* One question under way, and the query that is made for it.
 * Thread-safety: as struct sc. */
#ifndef API_ASKING_H
#define API_ASKING_H

#include "api/gather.h"
#include "api/target.h"

struct asking {
    struct sc *session;
    const struct sc_source *source;
    const struct sc_ask_settings *settings;
    struct target target;
    struct gathered words;
    struct query query;
    struct client_call call;
    struct sc_answer *answer;
    int most_images;         /* after the service refused more; 0: not so */
    int64_t most_tokens;
    bool is_smaller;
};

/* Build and render the query, smaller if the bytes must be fewer, fill the answer with what it costs, and write it where
 * the settings want it. What a query made before left in the answer is forgotten. */
SC_CHECKED enum sc_status asking_make_query(struct asking *a, struct sc_error *err);

/* What the query costs, image by image, into the answer, which tells of none yet. */
SC_CHECKED enum sc_status asking_fill_costs(struct asking *a, struct sc_error *err);

/* Free what the answer tells of its query. */
void asking_forget(struct sc_answer *answer);

/* Put a copy of text in the place of *out. */
SC_CHECKED enum sc_status asking_keep_text(char **out, const char *text, struct sc_error *err);

#endif
