/* The catalogue: one SQLite file that remembers videos, their evidence, answers, failures and runs.
 *
 * The tables are in archive/schema/, one numbered file for each step from the version before. Thread-safety: one thread
 * at a time for each catalogue; the file may be open many times. */
#ifndef ARCHIVE_CATALOG_H
#define ARCHIVE_CATALOG_H

#include "archive/sql.h"

#define CATALOG_APPLICATION_ID 0x53433752 /* "SC7R", in the file's header at byte 68 */

/* Open the file, made if create, and bring it up to this version. SC_ERR_FORMAT: it is none of ours, is from a newer
 * version, or damaged. *out: catalog_close. */
SC_CHECKED enum sc_status catalog_open(struct catalog **out, const char *path, bool create, struct sc_error *err);
void catalog_close(struct catalog **c);

int catalog_version(void);                   /* of this program */

/* The path as the catalogue keeps it: borrowed from absolute. And back: free() it. */
const char *catalog_kept_path(const struct catalog *c, const char *absolute);
char *catalog_full_path(const struct catalog *c, const char *kept);

/* The number of these settings, remembered as text and by digest; text has at most 64 KiB. */
SC_CHECKED enum sc_status catalog_settings(struct catalog *c, const char *words, int64_t *id_out,
                                           struct sc_error *err);

/* The same of settings of which only the SHA-256 is known; their text is added when somebody names it. */
SC_CHECKED enum sc_status catalog_settings_of(struct catalog *c, const uint8_t digest[32], int64_t *id_out,
                                              struct sc_error *err);

int64_t catalog_now_us(void);                /* since 1970 */

/* Now and then a row refers to what is not there, or an index is wrong: only with damage. Each fault is told; *n_out:
 * how many. */
SC_CHECKED enum sc_status catalog_verify(struct catalog *c, void (*on_fault)(void *user, const char *text), void *user,
                                         int64_t *n_out, struct sc_error *err);

#endif
