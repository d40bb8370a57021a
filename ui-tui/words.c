/* How things are said. */
#include "ui-tui/words.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "ui-cli/visible.h"

const char *words_time(int64_t time_us, char out[32])
{
    const int64_t tenths = (time_us < 0 ? 0 : time_us) / 100000;
    const int64_t s = tenths / 10;

    if (s >= 3600)
        snprintf(out, 32, "%" PRId64 ":%02d:%02d.%d", s / 3600, (int)(s / 60 % 60), (int)(s % 60), (int)(tenths % 10));
    else
        snprintf(out, 32, "%02d:%02d.%d", (int)(s / 60), (int)(s % 60), (int)(tenths % 10));
    return out;
}

const char *words_date(int64_t time_us, char out[32])
{
    const time_t seconds = (time_t)(time_us / 1000000);
    struct tm tm;

    if (!localtime_r(&seconds, &tm) || !strftime(out, 32, "%Y-%m-%d %H:%M", &tm))
        out[0] = '\0';
    return out;
}

const char *words_count(int64_t n, char out[32])
{
    char digits[24];
    size_t i, k = 0, size;

    snprintf(digits, sizeof digits, "%" PRId64, n < 0 ? 0 : n);
    size = strlen(digits);
    for (i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = digits[i];
    }
    out[k] = '\0';
    return out;
}

const char *words_price(double usd, char out[32])
{
    out[0] = '\0';
    if (usd >= 0)
        snprintf(out, 32, usd >= 1 ? "$%.2f" : usd >= 0.01 ? "$%.3f" : "$%.5f", usd);
    return out;
}

const char *words_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

const char *words_where(struct sc_box box, int w, int h, char out[32])
{
    static const char *const across[] = { "left", "", "right" }, *const down[] = { "top", "", "bottom" };
    const int x = w ? (2 * box.x + box.w) * 3 / (2 * w) : 1, y = h ? (2 * box.y + box.h) * 3 / (2 * h) : 1;
    const char *a = across[x < 0 ? 0 : x > 2 ? 2 : x], *d = down[y < 0 ? 0 : y > 2 ? 2 : y];

    if (box.w <= 0 || box.h <= 0 || (box.w >= w * 9 / 10 && box.h >= h * 9 / 10))
        snprintf(out, 32, "everywhere");
    else
        snprintf(out, 32, "%s%s%s", d, *d && *a ? " " : "", *a || *d ? a : "middle");
    return out;
}

static const char *share(double part, char out[16])
{
    snprintf(out, 16, part >= 0.995 ? "100%%" : part >= 0.1 ? "%.0f%%" : part >= 0.001 ? "%.1f%%" : "<0.1%%",
             100 * part);
    return out;
}

void words_event(const struct sc_changes *c, int event, char out[128])
{
    const struct sc_event *e = &c->events[event];
    char time[32], place[32], part[16];

    snprintf(out, 128, "%3d %s %-9s %5s %s", event + 1, words_time(e->start_us, time), sc_kind_name(e->kind),
             share(e->share, part), words_where(e->box, c->source.width, c->source.height, place));
}

void words_preview(const struct film *f, char *out, size_t size)
{
    const struct sc_answer *a = f->preview;
    char tokens[32], price[32];

    if (f->is_previewing)
        snprintf(out, size, "counting tokens");
    else if (!a)
        snprintf(out, size, "%s", f->evidence ? "no model to ask (see 'query')" : "");
    else if (a->nothing_changed)
        snprintf(out, size, "nothing to ask about");
    else
        snprintf(out, size, "%d image%s, %s%s tokens%s%s", a->n_images, a->n_images == 1 ? "" : "s",
                 a->image_exact && a->text_exact ? "" : "about ",
                 words_count(a->image_tokens + a->text_tokens, tokens), a->price_usd >= 0 ? ", " : "",
                 words_price(a->price_usd, price));
}

void words_fit(const char *text, int cols, char *out, size_t size)
{
    int used = visible_fit(out, size, cols, text);
    size_t n = strlen(out);

    while (used++ < cols && n + 1 < size)
        out[n++] = ' ';
    out[n] = '\0';
}

char *words_visible(const char *text) { return visible_text(text); }

bool words_found(const char *text, const char *words)
{
    const size_t n = strlen(words);

    for (; *text; text++)
        if (!strncasecmp(text, words, n))
            return true;
    return n == 0;
}
