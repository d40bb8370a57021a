/* What is asked in a batch (client/batch.h) and not answered yet. A question's own id there is the SHA-256 of its content,
 * so that an answer is worth something even where its row is lost. Thread-safety: as struct catalog. */
#ifndef ARCHIVE_ASKED_H
#define ARCHIVE_ASKED_H

#include "archive/catalog.h"
#include "archive/identity.h"

struct asked {
    int64_t content_id;          /* 0: no such content */
    bool is_known;               /* there is a row; then */
    uint8_t request[HASH_SIZE];
    char *words;                 /* free(); NULL: none */
    bool is_dealt_with;          /* no row, but an answer or a failure since the time given */
};

SC_CHECKED enum sc_status asked_add(struct catalog *c, int64_t content_id, int64_t settings_id,
                                    const uint8_t request[HASH_SIZE], const char *words, struct sc_error *err);
SC_CHECKED enum sc_status asked_find(struct catalog *c, const uint8_t sha256[HASH_SIZE], int64_t settings_id,
                                     int64_t since_us, struct asked *out, struct sc_error *err);
SC_CHECKED enum sc_status asked_remove(struct catalog *c, int64_t content_id, int64_t settings_id, struct sc_error *err);
SC_CHECKED enum sc_status asked_count(struct catalog *c, int64_t settings_id, int64_t *out, struct sc_error *err);
SC_CHECKED enum sc_status asked_remove_all(struct catalog *c, int64_t settings_id, struct sc_error *err);

#endif
