/* The parent's side of the worker: start it, talk to it, notice when it dies. */
#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker/environment.h"
#include "worker/request.h"

#ifndef SC_LIBEXECDIR
#define SC_LIBEXECDIR "/usr/local/libexec"
#endif

extern char **environ;

struct worker {
    char *program;
    const atomic_bool *cancel;
    pid_t pid;               /* 0: not running */
    unsigned run;            /* how often it was started */
    int fd;                  /* ours; -1: not running */
    struct buffer message;   /* the last one read */
    char media[32];
    char input[160];         /* name of the input in use, for error texts */
};

typedef worker_handler handler;

static char *beside_this_program(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof "seechange-worker");
    char *slash;

    if (n <= 0)
        return NULL;
    path[n] = 0;
    slash = strrchr(path, '/');
    if (!slash)
        return NULL;
    strcpy(slash + 1, "seechange-worker");
    return access(path, X_OK) == 0 ? strdup(path) : NULL;
}

static char *find_program(const char *named)
{
    const char *env = getenv("SEECHANGE_WORKER");
    char *path;

    if (named)
        return strdup(named);
    if (env && *env)
        return strdup(env);
    path = beside_this_program();
    return path ? path : strdup(SC_LIBEXECDIR "/seechange-worker");
}

enum sc_status worker_open(struct worker **out, const struct worker_settings *settings, struct sc_error *err)
{
    struct worker *w = calloc(1, sizeof *w);

    *out = NULL;
    if (!w)
        return fail_memory(err);
    w->fd = -1;
    w->cancel = settings->cancel;
    w->message.limit = PROTOCOL_MAX_FRAME;
    w->program = find_program(settings->program);
    if (!w->program) {
        free(w);
        return fail_memory(err);
    }
    *out = w;
    return SC_OK;
}

/* End the process and say how it ended (a wait status). */
static int stop(struct worker *w)
{
    int status = 0;

    if (!w->pid)
        return 0;
    close(w->fd);
    w->fd = -1;
    kill(w->pid, SIGKILL);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    w->pid = 0;
    return status;
}

void worker_close(struct worker **w)
{
    if (!*w)
        return;
    stop(*w);
    buffer_dispose(&(*w)->message);
    free((*w)->program);
    free(*w);
    *w = NULL;
}

unsigned worker_run(const struct worker *w)
{
    return w->pid ? w->run : 0;
}

const char *worker_program(const struct worker *w)
{
    return w->program;
}

const char *worker_media(const struct worker *w)
{
    return w->media;
}

/* Standard input stays open in the worker: it may be the video. */
static enum sc_status spawn(struct worker *w, int theirs, struct sc_error *err)
{
    char *const argv[] = { (char *)"seechange-worker", NULL };
    posix_spawn_file_actions_t actions;
    char **environment = environment_for_worker(environ);
    int e;

    if (!environment || posix_spawn_file_actions_init(&actions)) {
        free(environment);
        return fail_memory(err);
    }
    e = posix_spawn_file_actions_adddup2(&actions, theirs, PROTOCOL_FD);
    if (!e)
        e = posix_spawn(&w->pid, w->program, &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    if (!e) {
        w->run++;
        return SC_OK;
    }
    w->pid = 0;
    return fail(err, SC_ERR_WORKER, "can't start the worker '%s': %s; set SEECHANGE_WORKER to its path", w->program,
                strerror(e));
}

static enum sc_status died(struct worker *w, struct sc_error *err)
{
    int status;

    /* It closed its end: give it the moment it needs to become a zombie before SIGKILL hides the reason. */
    siginfo_t info = { 0 };
    int i;

    for (i = 0; i < 200 && waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && !info.si_pid; i++)
        usleep(5000);
    status = stop(w);
    if (WIFSIGNALED(status))
        return fail(err, SC_ERR_WORKER, "the decoder crashed (%s) on '%s'", strsignal(WTERMSIG(status)), w->input);
    return fail(err, SC_ERR_WORKER, "the worker '%s' ended (exit status %d) on '%s'", w->program,
                WIFEXITED(status) ? WEXITSTATUS(status) : -1, w->input);
}

static bool read_media(struct worker *w, struct unpacker *u)
{
    char *text = unpack_text(u, sizeof w->media - 1);

    snprintf(w->media, sizeof w->media, "%s", text ? text : "");
    free(text);
    return !u->failed;
}

static enum sc_status start(struct worker *w, struct sc_error *err)
{
    int pair[2];
    enum message type;
    struct unpacker u = { 0 };
    enum sc_status s;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return fail_errno(err, errno, "can't make a pipe for the worker");
    /* dup2 onto itself would leave close-on-exec set. */
    if (pair[1] == PROTOCOL_FD) {
        int other = fcntl(pair[1], F_DUPFD_CLOEXEC, PROTOCOL_FD + 1);

        close(pair[1]);
        pair[1] = other;
    }
    w->fd = pair[0];
    s = spawn(w, pair[1], err);
    close(pair[1]);
    if (s) {
        close(w->fd);
        w->fd = -1;
        return s;
    }
    s = protocol_read(w->fd, &type, &w->message, w->cancel, NULL, err);
    if (s == SC_ERR_WORKER)
        return died(w, err);
    u.data = w->message.data;
    u.size = w->message.size;
    if (!s && (type != MSG_HELLO || unpack_u32(&u) != PROTOCOL_VERSION || !read_media(w, &u)))
        s = fail(err, SC_ERR_WORKER, "'%s' is not this version's worker; install both together", w->program);
    if (s)
        stop(w);
    return s;
}

/* The worker's own words, as it sent them. */
static enum sc_status failed(struct unpacker *u, struct sc_error *err)
{
    int32_t code = unpack_i32(u);
    char *text = unpack_text(u, sizeof err->text);
    enum sc_status s;

    if (code >= 0 || code < SC_ERR_WORKER)
        code = SC_ERR_WORKER;
    s = fail(err, (enum sc_status)code, "%s", text ? text : "the worker failed without a word");
    free(text);
    return s;
}

/* Send one request and hand every message to handle until DONE or FAILED. Any other way out ends the worker. */
static enum sc_status request(struct worker *w, enum message type, const struct packer *payload, handler *handle,
                              void *user, struct sc_error *err)
{
    enum message got;
    enum sc_status s = payload->status;

    if (s)
        return s;
    if (!w->pid && (s = start(w, err)))
        return s;
    s = protocol_write(w->fd, type, payload->out, w->cancel, err);
    while (!s) {
        struct unpacker u = { 0 };

        if ((s = protocol_read(w->fd, &got, &w->message, w->cancel, NULL, err)))
            break;
        u.data = w->message.data;
        u.size = w->message.size;
        if (got == MSG_DONE)
            return SC_OK;
        if (got == MSG_FAILED)
            return failed(&u, err);
        if (!handle)
            s = fail(err, SC_ERR_WORKER, "unexpected message %d from the worker", (int)got);
        else
            s = handle(user, got, &u, err);
    }
    if (s == SC_ERR_WORKER && w->pid)
        return died(w, err);
    stop(w);
    return s;
}

static enum sc_status malformed(enum message type, struct sc_error *err)
{
    return fail(err, SC_ERR_WORKER, "malformed message %d from the worker", (int)type);
}

static enum sc_status on_info(void *user, enum message type, struct unpacker *u, struct sc_error *err)
{
    struct sc_info *out = user;

    sc_info_dispose(out);
    if (type != MSG_INFO || !unpack_info(u, out))
        return malformed(type, err);
    return SC_OK;
}

enum sc_status worker_open_input(struct worker *w, int slot, const struct sc_source *source, struct sc_info *info_out,
                                 struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    enum sc_status s;

    memset(info_out, 0, sizeof *info_out);
    snprintf(w->input, sizeof w->input, "%s", source->path);
    pack_u32(&p, (uint32_t)slot);
    pack_source(&p, source);
    s = request(w, MSG_OPEN, &p, on_info, info_out, err);
    if (!s && !info_out->path)
        s = fail(err, SC_ERR_WORKER, "the worker said nothing about '%s'", source->path);
    if (s)
        sc_info_dispose(info_out);
    buffer_dispose(&b);
    return s;
}

enum sc_status worker_close_input(struct worker *w, int slot, struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    enum sc_status s = SC_OK;

    pack_u32(&p, (uint32_t)slot);
    if (w->pid)
        s = request(w, MSG_CLOSE, &p, NULL, NULL, err);
    buffer_dispose(&b);
    return s;
}

struct scan_state {
    const struct scan_sink *sink;
    struct scan_summary *summary;
    bool has_summary;
};

static enum sc_status on_scan(void *user, enum message type, struct unpacker *u, struct sc_error *err)
{
    struct scan_state *state = user;
    enum sc_status s;

    if (type == MSG_SIGNATURE) {
        struct signature *signature = signature_unpack(u);

        if (!signature)
            return malformed(type, err);
        s = state->sink->on_signature(state->sink->user, signature, err);
        signature_free(&signature);
        return s;
    }
    if (type == MSG_POSITION) {
        int64_t time_us = unpack_i64(u), n_decoded = unpack_i64(u);

        if (state->sink->on_position)
            state->sink->on_position(state->sink->user, time_us, n_decoded);
        return u->failed ? malformed(type, err) : SC_OK;
    }
    if (type != MSG_SUMMARY || state->has_summary)
        return malformed(type, err);
    state->has_summary = true;
    state->summary->n_decoded = unpack_i64(u);
    unpack_damage(u, &state->summary->damage);
    return unpack_info(u, &state->summary->info) ? SC_OK : malformed(type, err);
}

enum sc_status worker_scan(struct worker *w, int slot, const struct scan_settings *settings,
                           const struct scan_sink *sink, struct scan_summary *out, struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    struct scan_state state = { sink, out, false };
    enum sc_status s;

    memset(out, 0, sizeof *out);
    pack_u32(&p, (uint32_t)slot);
    pack_scan(&p, settings);
    s = request(w, MSG_SCAN, &p, on_scan, &state, err);
    if (!s && !state.has_summary)
        s = fail(err, SC_ERR_WORKER, "the worker gave no summary of '%s'", w->input);
    if (s)
        sc_info_dispose(&out->info);
    buffer_dispose(&b);
    return s;
}

static enum sc_status on_comparison(void *user, enum message type, struct unpacker *u, struct sc_error *err)
{
    struct sc_comparison *out = user;

    sc_comparison_dispose(out);
    if (type != MSG_COMPARISON || !unpack_comparison(u, out))
        return malformed(type, err);
    return SC_OK;
}

enum sc_status worker_compare(struct worker *w, int slot_a, int64_t a_us, int slot_b, int64_t b_us,
                              struct sc_box within, double sensitivity, struct sc_comparison *out,
                              struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    enum sc_status s;

    memset(out, 0, sizeof *out);
    pack_u32(&p, (uint32_t)slot_a);
    pack_i64(&p, a_us);
    pack_u32(&p, (uint32_t)slot_b);
    pack_i64(&p, b_us);
    pack_box(&p, within);
    pack_f64(&p, sensitivity);
    s = request(w, MSG_COMPARE, &p, on_comparison, out, err);
    if (s)
        sc_comparison_dispose(out);
    buffer_dispose(&b);
    return s;
}

struct refine_state {
    struct rough_box *items;
    double *shares;
    int n;
};

static enum sc_status on_refined(void *user, enum message type, struct unpacker *u, struct sc_error *err)
{
    struct refine_state *state = user;
    uint32_t i = unpack_u32(u);
    struct sc_box box = unpack_box(u);
    double share = unpack_f64(u);

    if (type != MSG_REFINED || u->failed || i >= (uint32_t)state->n || box.x < 0 || box.y < 0 || box.w < 1 ||
        box.h < 1 || box.w > INT_MAX - box.x || box.h > INT_MAX - box.y || share < 0 || share > 1)
        return malformed(type, err);
    state->items[i].box = box;
    state->shares[i] = share;
    return SC_OK;
}

enum sc_status worker_refine(struct worker *w, int slot, const struct refine_settings *settings,
                             struct rough_box *items, double *shares, int n, struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    struct refine_state state = { items, shares, n };
    enum sc_status s;
    int i;

    pack_u32(&p, (uint32_t)slot);
    pack_refine(&p, settings);
    pack_u32(&p, (uint32_t)n);
    for (i = 0; i < n; i++)
        pack_rough_box(&p, &items[i]);
    s = request(w, MSG_REFINE, &p, on_refined, &state, err);
    buffer_dispose(&b);
    return s;
}

struct render_state {
    enum sc_status (*on_image)(void *user, int image, struct buffer *data, struct sc_error *err);
    void *user;
    int n_images, n_got;
    bool *got;               /* each image once, no other */
};

static enum sc_status on_render(void *user, enum message type, struct unpacker *u, struct sc_error *err)
{
    struct render_state *state = user;
    struct buffer data = { 0 };
    uint32_t image = unpack_u32(u);
    size_t size = unpack_left(u, 1);
    enum sc_status s;

    if (type != MSG_IMAGE || u->failed || image >= (uint32_t)state->n_images || state->got[image] || !size)
        return malformed(type, err);
    state->got[image] = true;
    state->n_got++;
    s = buffer_add(&data, unpack_bytes(u, size), size, err);
    if (!s)
        s = state->on_image(state->user, (int)image, &data, err);
    buffer_dispose(&data);
    return s;
}

enum sc_status worker_render(struct worker *w, int slot, const struct plan *plan,
                             enum sc_status (*on_image)(void *user, int image, struct buffer *data,
                                                        struct sc_error *err),
                             void *user, struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    struct render_state state = { on_image, user, plan->n_images, 0, calloc((size_t)plan->n_images + 1, 1) };
    enum sc_status s;

    if (!state.got)
        return fail_memory(err);
    pack_u32(&p, (uint32_t)slot);
    plan_pack(plan, &p);
    s = request(w, MSG_RENDER, &p, on_render, &state, err);
    if (!s && state.n_got < plan->n_images)
        s = fail(err, SC_ERR_WORKER, "the worker made %d of %d images", state.n_got, plan->n_images);
    free(state.got);
    buffer_dispose(&b);
    return s;
}

enum sc_status worker_heat(struct worker *w, int slot, const struct heat_item *items, int n,
                           enum sc_status (*on_image)(void *user, int image, struct buffer *data,
                                                      struct sc_error *err),
                           void *user, struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    struct render_state state = { on_image, user, n, 0, calloc((size_t)n + 1, 1) };
    enum sc_status s;
    int i;

    if (!state.got)
        return fail_memory(err);
    pack_u32(&p, (uint32_t)slot);
    pack_u32(&p, (uint32_t)n);
    for (i = 0; i < n; i++)
        pack_heat(&p, &items[i]);
    s = request(w, MSG_HEAT, &p, on_render, &state, err);
    if (!s && state.n_got < n)
        s = fail(err, SC_ERR_WORKER, "the worker made %d of %d images", state.n_got, n);
    free(state.got);
    buffer_dispose(&b);
    return s;
}

enum sc_status worker_request(struct worker *w, enum message type, const char *input, const struct packer *payload,
                              worker_handler *handle, void *user, struct sc_error *err)
{
    if (input)
        snprintf(w->input, sizeof w->input, "%s", input);
    return request(w, type, payload, handle, user, err);
}
