/* Memory runs out at any moment: of each call of the library every allocation, or an even choice of them, fails once. The
 * call then ends by itself, with words if it failed, and nothing it took is lost. TORTURE is how many of each call, 40 if
 * it is not set. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kit/check.h"

#include <curl/curl.h>
#include <openssl/evp.h>

#include "include/seechange.h"
#include "tests/kit/media.h"

#define POINTS 40
#define MOST_SECONDS 120         /* for one try, on a busy machine */
#define FILM "film.mkv"
#define MEASURED 1               /* how a try ended, beside 0 */
#define LEAKED 2
#define SILENT 3

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__clang__) || !defined(__GLIBC__)
#define CAN_TORTURE false
#else
#define CAN_TORTURE true

/* ---- the C library's allocator, counted ---- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *p);

/* For the libraries as well. */
#pragma GCC visibility push(default)
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);
void *memalign(size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void **out, size_t alignment, size_t size);
void free(void *p);
#pragma GCC visibility pop

static atomic_long n_asked, n_living, fails_at;

static bool fails_now(void)
{
    long n = atomic_fetch_add(&n_asked, 1) + 1;

    return n == atomic_load(&fails_at);
}

static void *counted(void *p)
{
    if (p)
        atomic_fetch_add(&n_living, 1);
    return p;
}

void *malloc(size_t size) { return fails_now() ? NULL : counted(__libc_malloc(size)); }

void *calloc(size_t n, size_t size) { return fails_now() ? NULL : counted(__libc_calloc(n, size)); }

void *memalign(size_t alignment, size_t size)
{
    return fails_now() ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *p = memalign(alignment, size);

    if (p)
        *out = p;
    return p ? 0 : ENOMEM;
}

void free(void *p)
{
    if (p)
        atomic_fetch_sub(&n_living, 1);
    __libc_free(p);
}

void *realloc(void *p, size_t size)
{
    if (!p)
        return malloc(size);
    if (!size) {
        free(p);
        return NULL;
    }
    return fails_now() ? NULL : __libc_realloc(p, size);
}

/* ---- calls, each with all that goes before it and after it ---- */

static const struct sc_source film = { .path = FILM };
static const struct sc_look_settings uncached = { .no_cache = true };

static enum sc_status a_session(struct sc_error *err)
{
    struct sc *s = NULL;
    struct sc_prompts prompts = { 0 };
    enum sc_status status = sc_open(&s, NULL, err);

    if (!status)
        status = sc_prompts(s, &prompts, err);
    sc_prompts_dispose(&prompts);
    sc_close(&s);
    return status;
}

static enum sc_status what_a_file_is(struct sc_error *err)
{
    struct sc *s = NULL;
    struct sc_info info = { 0 };
    char *json = NULL;
    enum sc_status status = sc_open(&s, NULL, err);

    if (!status && !(status = sc_info(s, &film, &info, err)))
        status = sc_info_json(&info, &json, err);
    free(json);
    sc_info_dispose(&info);
    sc_close(&s);
    return status;
}

static enum sc_status its_changes(struct sc_error *err)
{
    struct sc *s = NULL;
    struct sc_changes *changes = NULL;
    char *json = NULL;
    enum sc_status status = sc_open(&s, NULL, err);

    if (!status && !(status = sc_changes(s, &film, &uncached, &changes, err)))
        status = sc_changes_json(changes, &json, err);
    free(json);
    sc_changes_free(&changes);
    sc_close(&s);
    return status;
}

static enum sc_status a_question(struct sc_error *err)
{
    const struct sc_ask_settings settings = { .service = "embedded" };
    struct sc *s = NULL;
    struct sc_answer *answer = NULL;
    char *json = NULL;
    enum sc_status status = sc_open(&s, NULL, err);

    if (!status && !(status = sc_ask(s, &film, &uncached, &settings, &answer, err)))
        status = sc_answer_json(answer, &json, err);
    free(json);
    sc_answer_free(&answer);
    sc_close(&s);
    return status;
}

static enum sc_status a_query_that_is_not_sent(struct sc_error *err)
{
    const struct sc_ask_settings settings = { .base_url = "http://127.0.0.1:1", .model = "llama-4-scout", .dry_run = true,
                                              .question = "What is new?" };
    struct sc *s = NULL;
    struct sc_answer *answer = NULL;
    enum sc_status status = sc_open(&s, NULL, err);

    if (!status)
        status = sc_ask(s, &film, &uncached, &settings, &answer, err);
    sc_answer_free(&answer);
    sc_close(&s);
    return status;
}

static enum sc_status captions_in_a_catalogue(struct sc_error *err)
{
    static const char *const paths[] = { FILM };
    const struct sc_archive_settings where = { .catalog = "tortured.db", .create = true };
    const struct sc_ask_settings ask = { .service = "embedded" };
    const struct sc_caption_settings settings = { .paths = paths, .n_paths = 1, .ask = &ask, .redo = true, .jobs = 1 };
    struct sc *s = NULL;
    struct sc_archive *a = NULL;
    struct sc_run run = { 0 };
    struct sc_hits hits = { 0 };
    struct sc_videos videos = { 0 };
    enum sc_status status = sc_open(&s, NULL, err);

    if (!status && !(status = sc_archive_open(&a, &where, err)) && !(status = sc_caption(s, a, &settings, &run, err)) &&
        !(status = sc_archive_search(a, "picture", NULL, 10, &hits, err)))
        status = sc_archive_videos(a, NULL, SC_BY_PATH, false, 0, 10, &videos, err);
    free(run.ending);
    sc_hits_dispose(&hits);
    sc_videos_dispose(&videos);
    sc_archive_close(&a);
    sc_close(&s);
    return status;
}

/* n_lost: by libcurl, which loses one or two of its own when it can't connect for want of memory. */
static const struct { const char *name; enum sc_status (*call)(struct sc_error *err); int n_lost; } calls[] = {
    { "a session", a_session, 0 },
    { "what a file is", what_a_file_is, 0 },
    { "its changes", its_changes, 0 },
    { "a question", a_question, 0 },
    { "a query that is not sent", a_query_that_is_not_sent, 2 },
    { "captions in a catalogue", captions_in_a_catalogue, 0 },
};

/* ---- one try, in a process of its own ---- */

struct measure {
    long n_asked, n_left;        /* allocations, and those still there after it */
};

static void __attribute__((noreturn)) try(enum sc_status (*call)(struct sc_error *err), long at, long n_may_be_left, int fd)
{
    struct sc_error err = { 0 };
    struct measure m;
    long before;
    enum sc_status status;

    alarm(MOST_SECONDS);
    before = atomic_load(&n_living);
    atomic_store(&n_asked, 0);
    atomic_store(&fails_at, at);
    status = call(&err);
    atomic_store(&fails_at, 0);
    m = (struct measure){ atomic_load(&n_asked), atomic_load(&n_living) - before };
    if (!at)
        _exit(write(fd, &m, sizeof m) == sizeof m && !status ? MEASURED : SILENT);
    if (status && !*err.text)
        _exit(SILENT);
    if (m.n_left > n_may_be_left)
        dprintf(STDERR_FILENO, "%ld of %ld left\n", m.n_left, n_may_be_left);
    _exit(m.n_left > n_may_be_left ? LEAKED : 0);
}

static int try_apart(enum sc_status (*call)(struct sc_error *err), long at, struct measure *m)
{
    int pipes[2], status;
    pid_t pid;

    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid)
        try(call, at, m->n_left, pipes[1]);
    close(pipes[1]);
    if (!at)
        assert_int_equal(read(pipes[0], m, sizeof *m), sizeof *m);
    close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void no_allocation_is_taken_for_granted(void **state)
{
    const long wanted = getenv("TORTURE") ? atol(getenv("TORTURE")) : 0, most = wanted > 0 ? wanted : POINTS;
    const struct media_options five_a_second = { .codec = "ffv1", .rate_num = 5, .rate_den = 1 };
    struct media *film_made = media_open(FILM, 160, 120, &five_a_second);
    uint8_t digest[32];
    size_t i;
    int k, n_bad = 0;

    (void)state;
    /* libcrypto loses a little when memory runs out at its first use, once in a process. */
    assert_int_equal(curl_global_init(CURL_GLOBAL_ALL), 0);
    assert_int_equal(EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL), 1);
    for (k = 0; k < 15; k++) {
        media_fill(film_made, 0xE0E0E0);
        media_rect(film_made, 10, 80, 80, 10, 0x606060);
        if (k >= 5 && k < 10)
            media_rect(film_made, 100, 20, 40, 30, 0x203060);
        media_write(film_made);
    }
    media_close(&film_made);
    for (i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct measure m = { 0 };
        const int whole = try_apart(calls[i].call, 0, &m);
        const long step = m.n_asked < most ? 1 : m.n_asked / most;
        long at;

        if (!WIFEXITED(whole) || WEXITSTATUS(whole) != MEASURED)
            fail_msg("%s: does not even work with all memory", calls[i].name);
        m.n_left += calls[i].n_lost;
        for (at = 1; at <= m.n_asked; at += step) {
            const int ended = try_apart(calls[i].call, at, &m);

            if (!ended)
                continue;
            n_bad++;
            print_error("%s, allocation %ld of %ld: %s\n", calls[i].name, at, m.n_asked,
                        WIFSIGNALED(ended) ? strsignal(WTERMSIG(ended))
                        : WEXITSTATUS(ended) == LEAKED ? "something is lost" : "failed without a word");
        }
    }
    assert_int_equal(n_bad, 0);
}
#endif

#if !CAN_TORTURE
static void no_allocation_is_taken_for_granted(void **state)
{
    (void)state;
    skip(); /* a sanitizer, or another C library, has an allocator of its own */
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(no_allocation_is_taken_for_granted) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
