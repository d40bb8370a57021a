/* Answers are remembered in cache_dir/answers, one file each, the longest unused removed first: the same question about
 * the same pictures costs nothing the second time.
 * Thread-safety: safe once remember_answers has returned. */
#ifndef API_REMEMBER_H
#define API_REMEMBER_H

#include "api/session.h"

/* Let everything that is asked through s->pool be remembered, if there is a cache_dir. */
void remember_answers(struct sc *s);

#endif
