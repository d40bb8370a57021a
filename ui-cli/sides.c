/* Answers beside each other: each in a column, or one below the other. */
#include "ui-cli/sides.h"

#include <stdlib.h>
#include <string.h>

#include "ui-cli/show.h"
#include "ui-cli/visible.h"
#include "ui-cli/wrap.h"

#define LEAST_COLUMN 36          /* narrower text is hard to read */
#define GAP 3                    /* " | " */

enum { HEAD, BODY, FACTS, N_BANDS }; /* from top to bottom; in columns, a band is as high as the highest of its texts */

struct block {
    char *text;              /* NULL without memory */
    size_t size;
};

/* ---- the text of a side ---- */

/* "gpt-4.1 at openai", or as it was named if it never came so far. */
static void label(const struct sc_side *side, char *out, size_t size)
{
    if (side->answer->model)
        snprintf(out, size, "%s at %s", side->answer->model, side->answer->service);
    else
        snprintf(out, size, "%s", side->name);
}

static void write_tokens(FILE *f, const struct sc_answer *a)
{
    char in[32], out[32];

    show_count(a->prompt_tokens >= 0 ? a->prompt_tokens : a->image_tokens + a->text_tokens, in);
    show_count(a->output_tokens, out);
    if (a->prompt_tokens >= 0 && a->output_tokens >= 0)
        fprintf(f, "%s tokens in, %s out\n", in, out);
    else
        fprintf(f, "about %s tokens in\n", in);
}

static void write_latency(FILE *f, const struct sc_side *side)
{
    if (side->answer->remembered_s)
        fprintf(f, "remembered, nothing was sent\n");
    else if (side->first_us >= 0)
        fprintf(f, "first words after %.2f s, all after %.2f s\n", (double)side->first_us / 1e6,
                (double)side->whole_us / 1e6);
    else if (side->whole_us >= 0)
        fprintf(f, "all after %.2f s\n", (double)side->whole_us / 1e6);
}

static void write_unknown(FILE *f, const struct sc_answer *a)
{
    char time[32];
    int n = 0, i;

    for (i = 0; i < a->n_citations; i++)
        if (!a->citations[i].known)
            fprintf(f, "%s [%s]", n++ ? "" : "cites what it was not shown:", sc_format_time(a->citations[i].time_us, time));
    if (n)
        fputc('\n', f);
}

static void write_facts(FILE *f, const struct sc_side *side)
{
    const struct sc_answer *a = side->answer;

    if (!a->pack)
        return;
    fprintf(f, "%d picture%s packed as %s\n", a->n_images, a->n_images == 1 ? "" : "s", a->pack);
    if (side->error)
        return;
    if (!a->remembered_s)
        write_tokens(f, a);
    if (a->price_usd < 0)
        fprintf(f, "price not known\n");
    else
        fprintf(f, a->price_usd > 0 ? "%.4f USD\n" : "0 USD\n", a->price_usd);
    if (a->repairs)
        fprintf(f, "in two rounds: the first did not obey the schema\n");
    write_latency(f, side);
    write_unknown(f, a);
    if (a->refused)
        fprintf(f, "refused to answer\n");
    else if (a->incomplete)
        fprintf(f, "cut off\n");
}

static void write_band(FILE *f, const struct sc_side *side, int band)
{
    const struct sc_answer *a = side->answer;
    char name[400];

    if (band == HEAD) {
        label(side, name, sizeof(name));
        fputs(name, f);
    } else if (band == FACTS) {
        write_facts(f, side);
    } else if (side->error) {
        fprintf(f, "failed: %s", side->error);
    } else {
        const char *text = a->json ? a->json : a->text ? a->text : "";

        fputs(text + strspn(text, " \n"), f);
    }
}

/* Broken to so many columns (0: not), and harmless. */
static struct block make_block(const struct sc_side *side, int band, int width)
{
    struct block raw = { 0 }, wrapped = { 0 };
    FILE *f = open_memstream(&raw.text, &raw.size), *into;
    struct wrap wrap = { .width = width };

    if (!f)
        return raw;
    write_band(f, side, band);
    if (fclose(f) || !(into = open_memstream(&wrapped.text, &wrapped.size))) {
        free(raw.text);
        return wrapped;
    }
    wrap.into = into;
    wrap_text(&wrap, raw.text, raw.size);
    wrap_end(&wrap);
    fclose(into);
    free(raw.text);
    return wrapped;
}

static const char *colour_of(const struct ui *ui, const struct sc_side *side, int band)
{
    return ui_colour(ui, band == HEAD ? BOLD : band == FACTS ? DIM : side->error ? RED : "");
}

/* ---- one after the other ---- */

static void show_below(struct ui *ui, const struct sc_sides *sides)
{
    int i, band;

    for (i = 0; i < sides->n; i++) {
        if (i)
            ui_print(ui, "\n");
        for (band = 0; band < N_BANDS; band++) {
            struct block b = make_block(&sides->items[i], band, ui->terminal ? ui->width : 0);
            const char *colour = colour_of(ui, &sides->items[i], band);

            if (band == FACTS && b.size)
                ui_print(ui, "\n");
            if (b.size)
                ui_print(ui, "%s%s%s", colour, b.text, *colour ? PLAIN : "");
            free(b.text);
        }
    }
}

/* ---- in columns ---- */

/* The next line of what is left of a block; "" after the last. */
static const char *next_line(const char **left, int *size_out)
{
    const char *line = *left;

    *size_out = (int)strcspn(line, "\n");
    *left = line + *size_out + (line[*size_out] == '\n');
    return line;
}

static int columns_of(const char *line, int size)
{
    char step[VISIBLE_SIZE];
    int columns = 0, width;

    while (size > 0) {
        int taken = (int)visible_step(line, (size_t)size, step, &width);

        columns += width;
        line += taken;
        size -= taken;
    }
    return columns;
}

static void show_row(struct ui *ui, const struct sc_sides *sides, int band, int width, const char **left)
{
    int i;

    for (i = 0; i < sides->n; i++) {
        const char *colour = colour_of(ui, &sides->items[i], band), *line;
        int size, columns;

        line = next_line(&left[i], &size);
        columns = columns_of(line, size);
        if (i)
            ui_print(ui, " %s%s%s%s", ui_colour(ui, DIM), ui_either(ui, "│", "|"), ui_colour(ui, PLAIN),
                     size || i < sides->n - 1 ? " " : "");
        ui_print(ui, "%s%.*s%s", size ? colour : "", size, line, size && *colour ? PLAIN : "");
        if (i < sides->n - 1)
            ui_print(ui, "%*s", columns < width ? width - columns : 0, "");
    }
    ui_print(ui, "\n");
}

static bool is_over(const char *const *left, int n)
{
    int i;

    for (i = 0; i < n; i++)
        if (*left[i])
            return false;
    return true;
}

static void show_beside(struct ui *ui, const struct sc_sides *sides, int width)
{
    struct block blocks[SC_MAX_SIDES];
    const char *left[SC_MAX_SIDES], *nothing[SC_MAX_SIDES];
    int i, band;

    for (i = 0; i < sides->n; i++)
        nothing[i] = "";
    for (band = 0; band < N_BANDS; band++) {
        for (i = 0; i < sides->n; i++) {
            blocks[i] = make_block(&sides->items[i], band, width);
            left[i] = blocks[i].text ? blocks[i].text : "";
        }
        if (band)
            show_row(ui, sides, band, width, nothing);
        while (!is_over(left, sides->n))
            show_row(ui, sides, band, width, left);
        for (i = 0; i < sides->n; i++)
            free(blocks[i].text);
    }
}

/* ---- the times that they cite ---- */

static void show_moment(struct ui *ui, const struct sc_sides *sides, const struct sc_moment *m)
{
    char time[32], what[64], name[400];
    int n = 0, i;

    if (m->event >= 0)
        snprintf(what, sizeof(what), "event %d, %s", m->event + 1, sc_kind_name(sides->changes->events[m->event].kind));
    else
        snprintf(what, sizeof(what), m->known ? "outside events" : "no picture shown");
    ui_print(ui, "%11s  %-22s ", sc_format_time(m->time_us, time), what);
    for (i = 0; i < sides->n; i++)
        if (m->cited_by >> i & 1) {
            label(&sides->items[i], name, sizeof(name));
            ui_print(ui, n++ ? ", " : "");
            ui_visible(ui, name);
        }
    ui_print(ui, "\n");
}

static void show_moments(struct ui *ui, const struct sc_sides *sides)
{
    int n = 0, i;

    for (i = 0; i < sides->n_moments; i++)
        n += !sides->moments[i].agreed;
    if (sides->n_moments && !n)
        ui_print(ui, "\nall cite the same times\n");
    if (n)
        ui_print(ui, "\n%scited by some and not by all:%s\n", ui_colour(ui, BOLD), ui_colour(ui, PLAIN));
    for (i = 0; i < sides->n_moments; i++)
        if (!sides->moments[i].agreed)
            show_moment(ui, sides, &sides->moments[i]);
}

void sides_show(struct ui *ui, const struct sc_sides *sides)
{
    int width = (ui->width - GAP * (sides->n - 1)) / sides->n;

    if (ui->terminal && width >= LEAST_COLUMN)
        show_beside(ui, sides, width);
    else
        show_below(ui, sides);
    show_moments(ui, sides);
    ui_flush(ui);
}

/* ---- a dry run ---- */

static void show_usd(struct ui *ui, double usd)
{
    if (usd < 0)
        ui_print(ui, " %9s", "?");
    else
        ui_print(ui, " %9.4f", usd);
}

static void show_plan(struct ui *ui, const struct sc_side *side)
{
    const struct sc_answer *a = side->answer;
    char name[400], tokens[32], bytes[32];
    bool exact = a->image_exact && a->text_exact;

    label(side, name, sizeof(name));
    show_count(a->image_tokens + a->text_tokens, tokens);
    show_count(a->body_bytes, bytes);
    if (side->error)
        ui_print(ui, "%-5s %6s %9s %11s %9s %9s", "-", "-", "-", "-", "-", "-");
    else {
        ui_print(ui, "%-5s %6d %s%8s %11s", a->pack ? a->pack : "-", a->n_images, exact ? " " : "~", tokens, bytes);
        show_usd(ui, a->price_usd);
        show_usd(ui, side->most_usd);
    }
    ui_print(ui, "  ");
    ui_visible(ui, name);
    if (a->frames_left_out)
        ui_print(ui, ", %d frames left out", a->frames_left_out);
    ui_print(ui, "\n");
}

void sides_show_dry_run(struct ui *ui, const struct sc_sides *sides)
{
    double price = 0, most = 0;
    int i;

    ui_print(ui, "%s%-5s %6s %9s %11s %9s %9s  %s%s\n", ui_colour(ui, DIM), "pack", "images", "tokens", "bytes", "USD",
             "at most", "model", ui_colour(ui, PLAIN));
    for (i = 0; i < sides->n; i++) {
        const struct sc_side *side = &sides->items[i];

        show_plan(ui, side);
        price = price < 0 || side->answer->price_usd < 0 ? -1 : price + side->answer->price_usd;
        most = most < 0 || side->most_usd < 0 ? -1 : most + side->most_usd;
    }
    ui_print(ui, "%-34s", "all");
    show_usd(ui, price);
    show_usd(ui, most);
    ui_print(ui, "\n\nUSD: of the query alone; at most: with the longest answer; ~: an estimate; nothing was asked\n");
    ui_flush(ui);
}

/* ---- the rest ---- */

enum sc_status sides_show_json(struct ui *ui, const struct sc_sides *sides, struct sc_error *err)
{
    char *json = NULL;
    enum sc_status s = sc_sides_json(sides, &json, err);

    if (!s)
        ui_print(ui, "%s\n", json);
    free(json);
    ui_flush(ui);
    return s;
}

int sides_show_ending(struct ui *ui, const struct sc_sides *sides)
{
    double usd = 0;
    int n_cut = 0, i;

    for (i = 0; i < sides->n; i++) {
        const struct sc_answer *a = sides->items[i].answer;

        if (sides->items[i].error)
            ui_error("'%s' has no answer", sides->items[i].name);
        else if (a->refused)
            ui_error("'%s' refused to answer", sides->items[i].name);
        else if (a->incomplete)
            ui_error("the answer of '%s' is cut off%s", sides->items[i].name, a->finish && !strcmp(a->finish, "length") ?
                     " by its length limit; --max-output-tokens allows more" : "");
        n_cut += a->incomplete;
        if (a->sent && !sides->items[i].error)
            usd = usd < 0 || a->price_usd < 0 ? -1 : usd + a->price_usd;
    }
    if (usd > 0)
        ui_note(ui, "%.4f USD in all", usd);
    return sides->n_failed || n_cut ? EXIT_PARTLY : EXIT_DONE;
}
