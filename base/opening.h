/* Opening what a path of the person's names: the one place where that is done, for whoever decodes it.
 *
 * A file that exists is a file, whatever its name looks like. Thread-safety: one thread at a time for each object. */
#ifndef BASE_OPENING_H
#define BASE_OPENING_H

#include "base/listing.h"

enum opening_kind {
    OPENING_FILE,            /* a file, pipe or device, by descriptor */
    OPENING_LIST,            /* the stills of a folder, glob or printf pattern, opened one at a time */
    OPENING_URL,             /* http, https or rtsp: nothing was opened */
    OPENING_N_KINDS
};

struct opening {
    enum opening_kind kind;
    int fd;                  /* OPENING_FILE: open for reading; owned. Else -1 */
    struct listing list;      /* OPENING_LIST */
};

/* path "-" is standard input. SC_ERR_IO "can't open 'x': ...", SC_ERR_FORMAT "no pictures in ...".
 * out: opening_dispose, after a failure too. */
SC_CHECKED enum sc_status opening_make(struct opening *out, const char *path, const atomic_bool *cancel,
                                       struct sc_error *err);
void opening_dispose(struct opening *o);

/* One of the list, by number. *fd_out: close it. */
SC_CHECKED enum sc_status opening_entry(const struct opening *o, int index, int *fd_out, struct sc_error *err);

/* Whether path is a URL of a kind that may be opened; rtsp_out (may be NULL): its packets come without a file. */
bool opening_is_url(const char *path, bool *rtsp_out);

/* An unlinked temporary file in $TMPDIR, else in /tmp, open for reading and writing; or -1 with errno. */
int opening_temporary(void);

#endif
