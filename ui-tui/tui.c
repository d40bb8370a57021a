/* The loop: wait for keys, the background and signals; draw what changed. */
#include "ui-tui/tui.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "ui-tui/plain.h"
#include "ui-tui/view.h"

static void take_keys(struct browser *b)
{
    struct mouse mouse;
    char key[16];
    int n;

    for (n = 0; n < 200 && !b->quit && screen_key(b->screen, key, &mouse); n++) {
        struct view *v = browser_view(b);

        if (strcmp(key, "Mouse") != 0) {
            browser_key(b, key);
        } else if (mouse.wheel) {
            browser_key(b, mouse.wheel > 0 ? "Down" : "Up");
        } else if (v->ops->click && !b->prompt.action) {
            v->ops->click(v, mouse.row, mouse.col);
            b->is_dirty = true;
        }
    }
}

/* Returns whether to go on. */
static bool take_signals(struct browser *b, int *signal_out)
{
    const struct signals s = terminal_signals();

    if (s.stop)
        screen_suspend(b->screen);
    if (s.back)
        screen_spoil(b->screen);
    if (s.resized && !screen_fit(b->screen))
        screen_spoil(b->screen); /* there and back again: what was cut off meanwhile is gone */
    b->is_dirty = b->is_dirty || s.stop || s.back || s.resized;
    *signal_out = s.end;
    return !s.end;
}

static void loop(struct browser *b, int *signal_out)
{
    struct pollfd in[] = {
        { .fd = STDIN_FILENO, .events = POLLIN },
        { .fd = jobs_descriptor(b->jobs), .events = POLLIN },
        { .fd = terminal_signal_descriptor(), .events = POLLIN },
    };

    while (!b->quit) {
        if (b->is_dirty)
            browser_draw(b);
        if (poll(in, sizeof in / sizeof *in, -1) < 0 && errno != EINTR)
            return;
        if (in[0].revents & (POLLHUP | POLLERR | POLLNVAL))
            return;              /* the terminal is gone */
        if (!take_signals(b, signal_out))
            return;
        take_keys(b);
        b->is_dirty = jobs_run(b->jobs) || b->is_dirty;
    }
}

enum sc_status tui_run(const struct tui_settings *settings, int *signal_out, struct sc_error *err)
{
    struct browser *b = browser_open(settings, err);

    *signal_out = 0;
    if (!b)
        return err->code ? err->code : SC_ERR_NOMEM;
    if (settings->plain)
        plain_loop(b);
    else
        loop(b, signal_out);
    browser_close(&b);
    return SC_OK;
}
