/* Evidence as bytes, for the catalogue: versioned, and read back without trust.
 * Thread-safety: safe. */
#ifndef API_EVIDENCE_H
#define API_EVIDENCE_H

#include "base/pack.h"

SC_CHECKED enum sc_status evidence_pack(const struct sc_changes *c, struct buffer *out, struct sc_error *err);

/* *out: sc_changes_free. SC_ERR_FORMAT for what is not whole, or of another version. */
SC_CHECKED enum sc_status evidence_unpack(const struct buffer *data, struct sc_changes **out, struct sc_error *err);

#endif
