/* Deep copies of public values. Thread-safety: safe. */
#ifndef API_COPY_H
#define API_COPY_H

#include "base/error.h"

/* out: sc_info_dispose; empty on failure. */
SC_CHECKED enum sc_status copy_info(struct sc_info *out, const struct sc_info *from, struct sc_error *err);

#endif
