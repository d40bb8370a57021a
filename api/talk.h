/* What was asked about a video before, and what was answered, for --continue: cache_dir/talks, a file for each video.
 *
 * A talk goes on with the same first message, pictures and all, byte for byte, and what was said since behind it, so that
 * a service finds all of it in its cache of prompts.
 * Thread-safety: as struct sc. */
#ifndef API_TALK_H
#define API_TALK_H

#include "api/asking.h"

#define TALK_MAX_TURNS 50    /* questions */

/* Take up the last talk about a->source, of which nothing is asked yet: a->talk (talk_close) and a->settings, which become
 * those of its first question and live as long as the talk. SC_ERR_INVALID if there is none. */
SC_CHECKED enum sc_status talk_take_up(struct asking *a, struct sc_error *err);
void talk_close(struct talk **t);

/* Behind the query, which is that of the first question: what was said since, and the question. SC_ERR_INVALID if the
 * query is another than it was, or goes elsewhere; SC_ERR_LIMIT if all of it is too much. */
SC_CHECKED enum sc_status talk_go_on(struct asking *a, struct sc_error *err);

/* Keep the talk with the question of a and its answer, if that is whole, or cut off by its length. What can't be kept is
 * not. */
void talk_keep(const struct asking *a);

#endif
