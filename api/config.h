/* config_dir/config.json: what the person prefers. Thread-safety: as struct sc. */
#ifndef API_CONFIG_H
#define API_CONFIG_H

#include "api/session.h"

struct config {              /* each may be NULL */
    char *service, *model, *base_url, *dialect;
};

/* SC_ERR_INVALID names the file and the member. out: config_dispose. */
SC_CHECKED enum sc_status config_read(struct sc *s, struct config *out, struct sc_error *err);
void config_dispose(struct config *c);

#endif
