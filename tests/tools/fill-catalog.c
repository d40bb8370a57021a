/* Fill a catalogue with many videos for the bench: fill-catalog N FILE [FOLDER]. With FOLDER they are files that are made
 * there, a few bytes each, and done under the settings of the catalogue's last run, so that the next one passes them
 * over; else they are nowhere. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/answers.h"
#include "archive/catalog.h"
#include "archive/identity.h"

static const char *const nouns[] = { "truck", "gate", "river", "street", "dog", "cyclist", "window", "harbour", "crane",
                                     "field", "station", "stairs", "cat", "boat", "train", "market" };
static const char *const colours[] = { "red", "green", "white", "grey", "blue", "yellow", "black", "brown" };
static const char *const verbs[] = { "leaves", "opens", "arrives", "turns", "stops", "crosses", "appears", "closes" };

#define PICK(list, n) list[(n) % (sizeof(list) / sizeof *(list))]

static void __attribute__((noreturn)) die(const struct sc_error *err)
{
    fprintf(stderr, "fill-catalog: %s\n", err->text);
    exit(1);
}

/* The file's four numbers: of one that is made, or made up. */
static void make_file(const char *folder, int64_t i, char path[4096], struct identity *file)
{
    struct stat st;
    FILE *f;

    *file = (struct identity){ .device = 1, .inode = i, .size_bytes = 1000000 + i, .mtime_ns = i * 1000000000 };
    snprintf(path, 4096, "%s/%04d/clip-%07d.mp4", folder ? folder : "", (int)(i / 1000), (int)i);
    if (!folder) {
        memmove(path, path + 1, strlen(path));
        return;
    }
    if (i % 1000 == 0) {
        char dir[4096];

        snprintf(dir, sizeof dir, "%s/%04d", folder, (int)(i / 1000));
        mkdir(folder, 0777);
        mkdir(dir, 0777);
    }
    f = fopen(path, "w");
    if (!f || fprintf(f, "%d", (int)i) < 0 || fclose(f) || stat(path, &st)) {
        perror(path);
        exit(1);
    }
    identity_of_stat(&st, file);
}

static enum sc_status add(struct catalog *c, const char *folder, int64_t i, int64_t content_id, int64_t settings_id,
                          struct sc_error *err)
{
    char path[4096], title[128], text[256], evidence[700];
    struct identity file;
    struct sc_passage p[4] = { { SC_TITLE, -1, -1, title }, { SC_TAG, -1, -1, (char *)PICK(nouns, (uint64_t)i * 7) },
                               { SC_CAPTION, 1000000, 2000000, text }, { SC_SUMMARY, -1, -1, text } };
    int64_t answer;
    enum sc_status s;
    int k;

    make_file(folder, i, path, &file);
    if ((s = identity_of_bytes(&content_id, sizeof content_id, file.sha256, err)))
        return s;
    memcpy(file.sampled, file.sha256, HASH_SIZE);
    memset(evidence, (int)i, sizeof evidence);
    snprintf(title, sizeof title, "A %s %s, clip %d", PICK(colours, (uint64_t)i * 3), PICK(nouns, (uint64_t)i * 7), (int)i);
    snprintf(text, sizeof text, "A %s %s %s in front of a %s %s while a %s waits at the %s; clip%d",
             PICK(colours, (uint64_t)i), PICK(nouns, (uint64_t)i * 5), PICK(verbs, (uint64_t)i * 11),
             PICK(colours, (uint64_t)i * 13), PICK(nouns, (uint64_t)i * 3 + 1), PICK(nouns, (uint64_t)i / 3),
             PICK(nouns, (uint64_t)i / 7), (int)i);
    if ((s = sql_do(c, err, "INSERT INTO content (id, size_bytes, sampled, sha256) VALUES (?, ?, ?, ?)", "iibb", content_id,
                    file.size_bytes, file.sampled, HASH_SIZE, file.sha256, HASH_SIZE)) ||
        (s = sql_do(c, err, "INSERT INTO video (path, device, inode, size_bytes, mtime_ns, content_id, state, title, "
                            "duration_us, n_events, cost_usd, done_at_us) VALUES (?, ?, ?, ?, ?, ?, 2, ?, ?, ?, ?, ?)",
                    "tiiiiitiidi", catalog_kept_path(c, path), file.device, file.inode, file.size_bytes, file.mtime_ns,
                    content_id, title, (i % 600) * 1000000, i % 40, 0.0004, i * 1000000)) ||
        (s = sql_do(c, err, "INSERT INTO look (content_id, settings_id, evidence, duration_us, n_events) "
                            "VALUES (?, ?, ?, ?, ?)", "iibii", content_id, settings_id, evidence, (int)sizeof evidence,
                    (i % 600) * 1000000, i % 40)) ||
        (s = sql_do(c, err, "INSERT INTO answer (content_id, settings_id, kind, text, service, model, asked_at_us, "
                            "prompt_tokens, output_tokens, cost_usd) VALUES (?, ?, 0, ?, 'vllm', 'llama-4-scout', ?, "
                            "1200, 150, 0.0004)", "iiti", content_id, settings_id, "{\"title\":\"t\",\"summary\":\"s\"}",
                    i * 1000000 + 1)))
        return s;
    answer = sqlite3_last_insert_rowid(c->db);
    for (k = 0; k < 4 && !s; k++)
        s = passage_add(c, answer, content_id, &p[k], err);
    return s;
}

int main(int argc, char **argv)
{
    struct sc_error err = { 0 };
    struct catalog *c = NULL;
    int64_t settings_id, first, i, n;
    enum sc_status s;

    if (argc < 3 || (n = atoll(argv[1])) < 1) {
        fprintf(stderr, "usage: fill-catalog N FILE [FOLDER]\n");
        return 2;
    }
    if (catalog_open(&c, argv[2], true, &err) || catalog_settings(c, "bench", &settings_id, &err) ||
        sql_number(c, settings_id, &settings_id, &err, "SELECT settings_id FROM run ORDER BY id DESC LIMIT 1", "") ||
        sql_number(c, 0, &first, &err, "SELECT max(id) FROM content", "") || sql_begin(c, &err))
        die(&err);
    for (i = 0, s = SC_OK; i < n && !s; i++)
        s = add(c, argc > 3 ? argv[3] : NULL, i, first + 1 + i, settings_id, &err);
    if (sql_end(c, s, &err) || sql_script(c, "PRAGMA wal_checkpoint (TRUNCATE)", &err))
        die(&err);
    catalog_close(&c);
    return 0;
}
