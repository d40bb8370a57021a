/* An open archive, as the verbs share it. Thread-safety: as struct sc_archive. */
#ifndef API_CATALOG_H
#define API_CATALOG_H

#include "archive/catalog.h"

struct sc_archive {
    struct catalog *catalog;
};

/* The path without links and "..", absolute; also of a file that is gone. *out: free it. */
SC_CHECKED enum sc_status catalog_absolute(const char *path, char **out, struct sc_error *err);

/* A copy of the filter (NULL: all) whose place is absolute: free(*in_out) after it. */
SC_CHECKED enum sc_status catalog_place_filter(const struct sc_video_filter *filter, struct sc_video_filter *out,
                                               char **in_out, struct sc_error *err);

#endif
