/* The parent's side of the worker: start it, talk to it, notice when it dies. */
#include "worker/worker.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "worker/broker.h"
#include "worker/process.h"
#include "worker/request.h"

struct worker {
    char *program;
    struct patience patience;
    int64_t memory_bytes;
    struct process process;
    unsigned run;            /* how often it was started */
    struct confined confined;
    struct broker broker;
    bool live[PROTOCOL_SLOTS];   /* what is open there comes from the network */
    int64_t time_us;         /* how far it came in the input in use; -1: not known */
    struct buffer message;   /* the last one read */
    char media[32];
    char input[160];         /* name of the input in use, for error texts */
};

typedef worker_handler handler;

enum sc_status worker_open(struct worker **out, const struct worker_settings *settings, struct sc_error *err)
{
    const int64_t stall_us = settings->stall_us > 0 ? settings->stall_us : WORKER_STALL_US;
    struct worker *w = calloc(1, sizeof *w);

    *out = NULL;
    if (!w)
        return fail_memory(err);
    w->process = PROCESS_NONE;
    w->time_us = -1;
    w->patience.cancel = settings->cancel;
    w->patience.stall_ms = stall_us / 1000 < INT_MAX ? (int)(stall_us / 1000) : INT_MAX;
    w->memory_bytes = settings->memory_bytes > 0 ? settings->memory_bytes : WORKER_MEMORY_BYTES;
    w->message.limit = PROTOCOL_MAX_FRAME;
    w->program = process_find_program(settings->program);
    if (!w->program) {
        free(w);
        return fail_memory(err);
    }
    *out = w;
    return SC_OK;
}

/* End the process; nothing is open any more. Returns its wait status. */
static int stop(struct worker *w)
{
    memset(w->live, 0, sizeof w->live);
    return process_stop(&w->process);
}

void worker_close(struct worker **w)
{
    if (!*w)
        return;
    stop(*w);
    broker_dispose(&(*w)->broker);
    buffer_dispose(&(*w)->message);
    free((*w)->program);
    free(*w);
    *w = NULL;
}

unsigned worker_run(const struct worker *w)
{
    return w->process.pid ? w->run : 0;
}

const char *worker_program(const struct worker *w)
{
    return w->program;
}

const char *worker_media(const struct worker *w)
{
    return w->media;
}

/* ---- how it ends ---- */

/* " on 'x' at 00:12.300" */
static const char *whereabouts(const struct worker *w, char out[256])
{
    char time[32];

    if (w->time_us >= 0)
        snprintf(out, 256, " at %s on '%.160s'", sc_format_time(w->time_us, time), w->input);
    else if (*w->input)
        snprintf(out, 256, " on '%.160s'", w->input);
    else
        *out = 0;
    return out;
}

static enum sc_status crashed(const struct worker *w, int signal, const char *call, struct sc_error *err)
{
    const char *name = sigabbrev_np(signal);
    char where[256];

    whereabouts(w, where);
    if (signal == SIGSYS && call)
        return fail(err, SC_ERR_CRASHED, "decoder stopped%s: it tried what no decoder may (%s); the file may be an attack",
                    where, call);
    if (signal == SIGXCPU)
        return fail(err, SC_ERR_LIMIT, "decoder stopped%s: it computed for too long", where);
    if (signal == SIGKILL || signal == SIGTERM) /* by somebody else: for want of memory, at the end of a job */
        return fail(err, SC_ERR_WORKER, "the decoder was killed (SIG%s)%s", name ? name : "?", where);
    return fail(err, SC_ERR_CRASHED, "decoder crashed (SIG%s)%s", name ? name : "?", where);
}

/* err says what was wrong with its pipe: the end of it, or something that was read. */
static enum sc_status died(struct worker *w, struct sc_error *err)
{
    /* It closed its end: give it the moment it needs to become a zombie before SIGKILL hides the reason. */
    struct pollfd its_end = { .fd = w->process.fd };
    siginfo_t info = { 0 };
    char call[32], where[256];
    bool forbidden;
    int status, i;

    if (poll(&its_end, 1, 0) <= 0 || !(its_end.revents & POLLHUP)) {
        stop(w);
        return fail_in(err, SC_ERR_CRASHED, "the worker '%s' misbehaved%s", w->program, whereabouts(w, where));
    }
    for (i = 0; i < 200 && waitid(P_PID, (id_t)w->process.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && !info.si_pid; i++)
        usleep(5000);
    forbidden = process_forbidden_call(&w->process, call);
    status = stop(w);
    if (WIFSIGNALED(status))
        return crashed(w, WTERMSIG(status), forbidden ? call : NULL, err);
    return fail(err, SC_ERR_CRASHED, "the worker '%s' ended (exit status %d)%s", w->program,
                WIFEXITED(status) ? WEXITSTATUS(status) : -1, whereabouts(w, where));
}

static enum sc_status stalled(struct worker *w, struct sc_error *err)
{
    char where[256];

    stop(w);
    return fail(err, SC_ERR_LIMIT, "decoder made no progress for %d s%s; --stall waits longer",
                w->patience.stall_ms / 1000, whereabouts(w, where));
}

/* ---- how it starts ---- */

static bool read_media(struct worker *w, struct unpacker *u)
{
    char *text = unpack_text(u, sizeof w->media - 1);

    snprintf(w->media, sizeof w->media, "%s", text ? text : "");
    free(text);
    return !u->failed;
}

static enum sc_status start(struct worker *w, enum confinement_profile profile, struct sc_error *err)
{
    const struct confinement wanted = { profile, w->memory_bytes };
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    struct unpacker u = { 0 };
    enum message type;
    enum sc_status s = process_start(&w->process, w->program, profile == CONFINE_LIVE, err);

    if (s)
        return s;
    w->run++;
    pack_u32(&p, PROTOCOL_VERSION);
    pack_confinement(&p, &wanted);
    s = p.status ? p.status : protocol_write(w->process.fd, MSG_CONFINE, &b, -1, &w->patience, err);
    buffer_dispose(&b);
    if (!s)
        s = protocol_read(w->process.fd, &type, &w->message, NULL, &w->patience, NULL, err);
    if (s == SC_ERR_WORKER) {
        (void)!died(w, err);
        return fail_in(err, SC_ERR_WORKER, "can't start the worker");
    }
    u.data = w->message.data;
    u.size = w->message.size;
    if (!s && (type != MSG_HELLO || unpack_u32(&u) != PROTOCOL_VERSION || !read_media(w, &u) ||
               !unpack_confined(&u, &w->confined)))
        s = fail(err, SC_ERR_WORKER, "'%s' is not this version's worker; install both together", w->program);
    if (s)
        stop(w);
    return s;
}

enum sc_status worker_start(struct worker *w, struct confined *out, struct sc_error *err)
{
    enum sc_status s = w->process.pid ? SC_OK : start(w, CONFINE_FILE, err);

    *out = w->confined;
    return s;
}

/* ---- requests ---- */

/* What a request may fail with by the worker's word; anything else, that it was cancelled above all, is the parent's to say
 * and would be believed about more than this input. */
static bool may_say(int32_t code)
{
    return code == SC_ERR_IO || code == SC_ERR_FORMAT || code == SC_ERR_INVALID || code == SC_ERR_NETWORK ||
           code == SC_ERR_LIMIT;
}

/* The worker's own words, as it sent them. */
static enum sc_status failed(const struct worker *w, struct unpacker *u, struct sc_error *err)
{
    int32_t code = unpack_i32(u);
    char *text = unpack_text(u, sizeof err->text);
    enum sc_status s;

    if (code == SC_ERR_NOMEM && w->confined.memory)
        s = fail(err, SC_ERR_LIMIT, "'%s' needs more memory than the limit of %lld MiB; raise it with --memory-limit",
                 w->input, (long long)(w->memory_bytes >> 20));
    else if (code == SC_ERR_NOMEM)
        s = fail(err, SC_ERR_LIMIT, "there is not enough memory to decode '%s'", w->input);
    else
        s = fail(err, may_say(code) ? (enum sc_status)code : SC_ERR_CRASHED, "%s",
                 text ? text : "the worker failed without a word");
    free(text);
    return s;
}

/* What may come with any request: questions, and signs of life. *handled_out: it was such a message. */
static enum sc_status attend(struct worker *w, enum message type, struct unpacker *u, bool *handled_out,
                             struct sc_error *err)
{
    struct unpacker peek = *u;
    int64_t time_us;

    *handled_out = type == MSG_ALIVE;
    if (type == MSG_ALIVE || type == MSG_POSITION) {
        time_us = unpack_i64(&peek);
        if (!peek.failed && time_us >= 0)
            w->time_us = time_us;
        return SC_OK;
    }
    return broker_answer(&w->broker, w->process.fd, type, u, &w->patience, handled_out, err);
}

/* Send one request and hand every message to handle until DONE or FAILED. Any other way out ends the worker. */
static enum sc_status request(struct worker *w, enum message type, const struct packer *payload, handler *handle,
                              void *user, struct sc_error *err)
{
    enum message got;
    bool stuck = false, handled;
    enum sc_status s = payload->status;

    if (s)
        return s;
    if (!w->process.pid && (s = start(w, CONFINE_FILE, err)))
        return s;
    broker_begin(&w->broker);
    w->time_us = -1;
    s = protocol_write(w->process.fd, type, payload->out, -1, &w->patience, err);
    while (!s) {
        struct unpacker u = { 0 };

        if ((s = protocol_read(w->process.fd, &got, &w->message, NULL, &w->patience, NULL, err))) {
            stuck = s == SC_ERR_LIMIT;
            break;
        }
        u.data = w->message.data;
        u.size = w->message.size;
        if (got == MSG_DONE)
            return SC_OK;
        if (got == MSG_FAILED)
            return failed(w, &u, err);
        s = attend(w, got, &u, &handled, err);
        if (s || handled)
            continue;
        s = handle ? handle(user, got, &u, err)
                   : fail(err, SC_ERR_WORKER, "unexpected message %d from the worker", (int)got);
    }
    if (stuck)
        return stalled(w, err);
    if (s == SC_ERR_WORKER && w->process.pid)
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

/* The worker that this source needs: the network for a URL, and for nothing else. */
static enum sc_status start_for(struct worker *w, int slot, bool live, struct sc_error *err)
{
    bool others_live = false;
    int i;

    for (i = 0; i < PROTOCOL_SLOTS; i++)
        others_live |= i != slot && w->live[i];
    if (w->process.pid && (live ? w->confined.profile != CONFINE_LIVE
                        : w->confined.profile == CONFINE_LIVE && !others_live))
        stop(w);
    return w->process.pid ? SC_OK : start(w, live ? CONFINE_LIVE : CONFINE_FILE, err);
}

/* idle_us -1: it is complete, or taken for that. */
static enum sc_status open_as(struct worker *w, int slot, const struct sc_source *source, int64_t idle_us,
                              struct sc_info *info_out, struct sc_error *err)
{
    const bool live = opening_is_url(source->path, NULL) && access(source->path, F_OK);
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    enum sc_status s;

    memset(info_out, 0, sizeof *info_out);
    text_shown(strcmp(source->path, "-") ? source->path : "standard input", w->input, sizeof w->input);
    w->time_us = -1;
    if ((s = start_for(w, slot, live, err)) || (s = broker_grant(&w->broker, slot, source->path, err)))
        return s;
    w->live[slot] = live;
    pack_u32(&p, (uint32_t)slot);
    pack_source(&p, source);
    if (idle_us >= 0)
        pack_i64(&p, idle_us);
    s = request(w, idle_us >= 0 ? MSG_FOLLOW : MSG_OPEN, &p, on_info, info_out, err);
    if (!s && !info_out->path)
        s = fail(err, SC_ERR_CRASHED, "the worker said nothing about '%s'", source->path);
    if (s)
        sc_info_dispose(info_out);
    buffer_dispose(&b);
    return s;
}

enum sc_status worker_open_input(struct worker *w, int slot, const struct sc_source *source, struct sc_info *info_out,
                                 struct sc_error *err)
{
    return open_as(w, slot, source, -1, info_out, err);
}

enum sc_status worker_follow(struct worker *w, int slot, const struct sc_source *source, int64_t idle_us,
                             struct sc_info *info_out, struct sc_error *err)
{
    return open_as(w, slot, source, idle_us > 0 ? idle_us : 0, info_out, err);
}

enum sc_status worker_close_input(struct worker *w, int slot, struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    enum sc_status s = broker_grant(&w->broker, slot, NULL, err);

    pack_u32(&p, (uint32_t)slot);
    w->live[slot] = false;
    if (!s && w->process.pid)
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
    return unpack_info(u, &state->summary->info) && unpack_scouting(u, &state->summary->scouting)
               ? SC_OK : malformed(type, err);
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
        s = fail(err, SC_ERR_CRASHED, "the worker gave no summary of '%s'", w->input);
    if (s)
        scan_summary_dispose(out);
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
        s = fail(err, SC_ERR_CRASHED, "the worker made %d of %d images", state.n_got, plan->n_images);
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
        s = fail(err, SC_ERR_CRASHED, "the worker made %d of %d images", state.n_got, n);
    free(state.got);
    buffer_dispose(&b);
    return s;
}

enum sc_status worker_request(struct worker *w, enum message type, const char *input, const struct packer *payload,
                              worker_handler *handle, void *user, struct sc_error *err)
{
    if (input)
        text_shown(input, w->input, sizeof w->input);
    return request(w, type, payload, handle, user, err);
}
