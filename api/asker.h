/* Questions about events, asked one after the other beside the watching, by a session of its own on a thread of its own.
 *
 * What they cost together is bounded. At most ASKER_MOST wait.
 * Thread-safety: one thread at a time for each object; its own thread aside. */
#ifndef API_ASKER_H
#define API_ASKER_H

#include "include/seechange.h"

#define ASKER_MOST 16

struct asker;

/* Settings as struct sc_watch_settings has them; look and ask are copied, what they point to is borrowed until
 * asker_close. *out: asker_close. */
SC_CHECKED enum sc_status asker_open(struct asker **out, const struct sc_settings *session,
                                     const struct sc_look_settings *look, const struct sc_ask_settings *ask,
                                     int64_t before_us, struct sc_error *err);

/* Cancels what is asked. */
void asker_close(struct asker **a);
void asker_cancel(struct asker *a);

/* Ask about an event in media, whose time 0 is begin_us of the event's clock. *fd is taken (set to -1) where media is that
 * descriptor. NULL, or why it is not asked; static. */
const char *asker_add(struct asker *a, const struct sc_watched *event, const char *media, int *fd, int64_t begin_us);

/* Hand out what is done since the last call. */
void asker_collect(struct asker *a, void (*on_notice)(void *user, const char *text),
                   void (*on_answer)(void *user, const struct sc_watched *event), void *user);

/* Whether anything is still asked or to be handed out. */
bool asker_is_busy(struct asker *a);

#endif
