/* Files of JSON that are found in folders: the first byte picks config.json, or a file beside a video that a catalogue is
 * made of again. A catalogue that was made is whole, whatever the file said. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/config.h"
#include "tests/fuzz/fuzz.h"

static char folder[64];

static void remove_folder(void)
{
    static const char *const names[] = { "config.json", "film.mkv", "film.mkv.seechange.json", "a.db", "a.db-wal",
                                         "a.db-shm", "a.db-runs" };
    char path[128];
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static const char *put(const char *name, const void *data, size_t size)
{
    static char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    must(f && fwrite(data, 1, size, f) == size && !fclose(f));
    return path;
}

static void configure(const uint8_t *data, size_t size)
{
    struct sc s = { .config_dir = folder };
    struct config c;

    put("config.json", data, size);
    if (config_read(&s, &c, NULL) == SC_OK)
        config_dispose(&c);
}

static void no_fault(void *user, const char *text)
{
    (void)user;
    fprintf(stderr, "%s\n", text);
}

static void rebuild(struct sc *s, const uint8_t *data, size_t size)
{
    const char *const paths[] = { folder };
    const struct sc_rebuild_settings settings = { .paths = paths, .n_paths = 1 };
    char catalog[128], log[136];
    const struct sc_archive_settings where = { .catalog = catalog, .create = true };
    struct sc_archive *a = NULL;
    struct sc_rebuilt r;
    int64_t n = -1;

    snprintf(catalog, sizeof catalog, "%s/a.db", folder);
    snprintf(log, sizeof log, "%s-wal", catalog);
    unlink(catalog);
    unlink(log);
    put("film.mkv", "film", 4);
    put("film.mkv.seechange.json", data, size);
    if (sc_archive_rebuild(s, &where, &settings, &r, NULL) == SC_OK) {
        must(r.n_files <= 1 && r.n_taken <= r.n_files);
        sc_rebuilt_dispose(&r);
        must(sc_archive_open(&a, &where, NULL) == SC_OK);
        must(sc_archive_verify(a, no_fault, NULL, &n, NULL) == SC_OK && n == 0);
        sc_archive_close(&a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sc *session;

    if (!size || size > 65536)
        return 0;
    if (!*folder) {
        struct sc_settings settings = { .config_dir = "/nowhere", .cache_dir = "/nowhere" };

        snprintf(folder, sizeof folder, "%s/fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
        must(mkdtemp(folder) && sc_open(&session, &settings, NULL) == SC_OK);
        atexit(remove_folder);
    }
    if (data[0] % 2)
        configure(data + 1, size - 1);
    else
        rebuild(session, data + 1, size - 1);
    return 0;
}
