/* What was asked about a video before, and what was answered, for --continue: cache_dir/talks, a file for each video.
 * Thread-safety: as struct sc. */
#ifndef API_TALK_H
#define API_TALK_H

#include "api/session.h"
#include "fusion/query.h"

#define TALK_MAX_TURNS 50

struct talk;

/* The last one about this video. SC_ERR_INVALID if there is none. *out: talk_close. */
SC_CHECKED enum sc_status talk_open(struct sc *s, const struct sc_source *source, struct talk **out,
                                    struct sc_error *err);
void talk_close(struct talk **t);

const char *talk_question(const struct talk *t);     /* the first one; NULL: the default; lives as long as the talk */

/* Append to the query all that followed the first question, and the next one. */
SC_CHECKED enum sc_status talk_add(const struct talk *t, const char *next, const struct model *model, struct query *q,
                                   struct sc_error *err);

/* Keep it with one more question (NULL: the default) and its answer. t: NULL: it begins with them. What can't be kept is
 * not. */
void talk_keep(struct sc *s, const struct sc_source *source, const struct talk *t, const char *question,
               const char *answer);

#endif
