/* What `ask`, `request` and `cost` share: the options of the query, and what they mean to the library. */
#ifndef UI_CLI_ASKING_H
#define UI_CLI_ASKING_H

#include "ui-cli/options.h"

extern const struct option options_query[];      /* how pictures go into the query, and what it may cost */
extern const struct option options_beside[];     /* what else goes in */
extern const struct option options_reply[];      /* how the model is to answer */

/* Whether they can be understood; says on stderr what can't. */
bool asking_agrees(const struct args *args);

/* The second operand is the question. What is not set by an option of the command has its default. */
struct sc_ask_settings asking_settings(const struct args *args);

#endif
