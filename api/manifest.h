/* manifest.json: the evidence, and which file shows which chosen frame. Thread-safety: safe. */
#ifndef API_MANIFEST_H
#define API_MANIFEST_H

#include "base/error.h"

/* The JSON of c with a member "file" (the name without its folder) in each of frames[]. *out: free it. */
SC_CHECKED enum sc_status manifest_json(const struct sc_changes *c, char *const *paths, char **out,
                                        struct sc_error *err);

#endif
