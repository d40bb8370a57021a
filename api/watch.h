/* Watching: what api/watch.c (streams) and api/watch_folder.c (folders) share.
 * Thread-safety: as struct sc. */
#ifndef API_WATCH_H
#define API_WATCH_H

#include "api/asker.h"
#include "api/session.h"

#define WATCH_BEFORE_US 5000000  /* what is kept of an event begins so long before it */

struct watch {
    struct sc *session;
    const struct sc_source *source;
    struct sc_watch_settings settings;
    struct sc_look_settings look;
    char shown[256];             /* the source for people */
    struct asker *asker;         /* NULL: nothing is asked */
    int64_t number;              /* of the last event told */
};

/* Since 1970. */
int64_t watch_now_us(void);

/* Whether sc_watch is to end. */
bool watch_ends(const struct watch *w);

/* Give the caller its turn, and hand out answers. */
void watch_turn(struct watch *w);

/* Tell an event, of which number and source are filled in, and ask about it: in media (*fd: it is a file of this number,
 * taken then; -1: it is not), whose time 0 is begin_us of the event's clock. media NULL: it can't be asked, and event->why_not
 * says so. */
SC_CHECKED enum sc_status watch_tell(struct watch *w, struct sc_watched *event, const char *media, int *fd, int64_t begin_us,
                                     struct sc_error *err);

/* The files that arrive in a folder. */
SC_CHECKED enum sc_status watch_folder(struct watch *w, struct sc_error *err);

#endif
