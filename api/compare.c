/* sc_compare: two pictures of one or two inputs. */
#include <string.h>

#include "api/copy.h"
#include "api/session.h"

static bool same_input(const struct sc_source *a, const struct sc_source *b)
{
    return !strcmp(a->path, b->path) && a->stream == b->stream;
}

static enum sc_status check_time(const struct sc_info *info, int64_t time_us, struct sc_error *err)
{
    char at[32], end[32];

    if (time_us >= 0 && (!info->duration_us || time_us <= info->duration_us))
        return SC_OK;
    return fail(err, SC_ERR_INVALID, "no picture at %s in '%s', which ends at %s", sc_format_time(time_us, at),
                info->path, sc_format_time(info->duration_us, end));
}

enum sc_status sc_compare(struct sc *s, const struct sc_source *a, int64_t a_us, const struct sc_source *b,
                          int64_t b_us, struct sc_comparison *out, struct sc_error *err)
{
    const struct sc_info *info_a, *info_b;
    int slot_b;
    enum sc_status status;

    memset(out, 0, sizeof *out);
    if (!a->path || !b->path)
        return fail(err, SC_ERR_INVALID, "no input was named");
    slot_b = same_input(a, b) ? 0 : 1;
    /* A URL as the second takes a worker of another kind, in which the first is to be opened again. */
    if ((status = session_input(s, 0, a, &info_a, err)) || (status = session_input(s, slot_b, b, &info_b, err)) ||
        (status = session_input(s, 0, a, &info_a, err)) ||
        (status = check_time(info_a, a_us, err)) || (status = check_time(info_b, b_us, err)) ||
        (status = worker_compare(s->worker, 0, a_us, slot_b, b_us, (struct sc_box){ 0 }, 0, out, err)))
        return status;
    if ((status = copy_info(&out->a, info_a, err)) || (status = copy_info(&out->b, info_b, err)))
        sc_comparison_dispose(out);
    return status;
}
