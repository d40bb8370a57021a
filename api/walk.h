/* Videos and stills below a path, found by what is in the files.
 * Thread-safety: safe; each walk belongs to one thread. */
#ifndef API_WALK_H
#define API_WALK_H

#include <stdatomic.h>

#include "archive/identity.h"

#define WALK_MAX_DEPTH 128       /* folders in folders */

struct walk {
    const char *include, *exclude; /* patterns as of a shell, with commas between; of the name, or of the path below where
                                    * the walk began if it has a slash; NULL: all, none */
    const atomic_bool *cancel;
    /* Each file, in the order of names: its path without links, and below where the walk began. Media is found out by
     * walk_is_media, so that files that are known need not be opened. */
    enum sc_status (*on_file)(void *user, const char *path, const char *below, const struct identity *file,
                              struct sc_error *err);
    void (*on_notice)(void *user, const char *text); /* a folder that can't be read */
    void *user;
};

/* path is a file or folder. Links below it are not followed, names with a dot in front are passed over. */
SC_CHECKED enum sc_status walk(const struct walk *w, const char *path, struct sc_error *err);

/* Whether the file begins as media does, or is named so: what is damaged is to be told, not passed over. */
bool walk_is_media(const char *path);

#endif
