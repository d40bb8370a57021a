/* What was found, written for people. */
#include "ui-cli/show.h"

#include <math.h>
#include <string.h>

#include "ui-cli/visible.h"

#define LINE_WIDTH 80

const char *show_kind_colour(const struct ui *ui, enum sc_kind kind)
{
    static const char *const colours[SC_N_KINDS] = {
        [SC_APPEAR] = GREEN,    [SC_DISAPPEAR] = RED,  [SC_MOVE] = CYAN,     [SC_TEXT] = YELLOW,
        [SC_SCROLL] = CYAN,     [SC_TYPING] = YELLOW,  [SC_CUT] = MAGENTA,   [SC_DISSOLVE] = MAGENTA,
        [SC_FADE] = MAGENTA,    [SC_WIPE] = MAGENTA,   [SC_LIGHT] = BLUE,    [SC_FLASH] = BLUE,
        [SC_CAMERA] = CYAN,     [SC_REPEATING] = DIM,  [SC_FREEZE] = DIM,    [SC_BLACK] = DIM,
        [SC_BLANK] = DIM,
    };

    return (unsigned)kind < SC_N_KINDS && colours[kind] ? ui_colour(ui, colours[kind]) : "";
}

void show_box(struct sc_box box, const struct sc_info *info, char out[64])
{
    if (box.w <= 0 || box.h <= 0 || (info && box.w >= info->width && box.h >= info->height))
        snprintf(out, 64, "everywhere");
    else
        snprintf(out, 64, "%dx%d at %d,%d", box.w, box.h, box.x, box.y);
}

void show_share(double share, char out[16])
{
    double percent = share * 100;

    if (percent > 0 && percent < 0.1)
        snprintf(out, 16, "<0.1%%");
    else
        snprintf(out, 16, percent < 9.95 ? "%.1f%%" : "%.0f%%", percent);
}

void show_count(int64_t n, char out[32])
{
    char digits[24];
    size_t size = (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)(n < 0 ? 0 : n)), i, at = 0;

    for (i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

void show_seconds(int64_t time_us, char out[32])
{
    sc_format_time(time_us, out);
    out[strcspn(out, ".")] = '\0';
}

static const char *plural(int64_t n) { return n == 1 ? "" : "s"; }

static void show_heading(struct ui *ui, const struct sc_changes *c)
{
    const struct sc_info *info = &c->source;
    char time[32];

    ui_print(ui, "%s", ui_colour(ui, BOLD));
    ui_visible(ui, info->path ? info->path : "");
    ui_print(ui, "%s  %dx%d", ui_colour(ui, PLAIN), info->width, info->height);
    if (info->codec) {
        ui_print(ui, " ");
        ui_visible(ui, info->codec);
    }
    if (info->duration_us > 0)
        ui_print(ui, ", %s", sc_format_time(info->duration_us, time));
    if (info->fps > 0)
        ui_print(ui, info->is_stills ? ", %.4g stills a second" : ", %.4g fps", info->fps);
    ui_print(ui, "\n");
}

static void show_damage(struct ui *ui, const struct sc_damage *damage)
{
    char first[32], last[32], n[32];

    if (damage->n_packets <= 0)
        return;
    show_count(damage->n_packets, n);
    show_seconds(damage->first_us, first);
    show_seconds(damage->last_us, last);
    ui_print(ui, "%s%s damaged packet%s, %s", ui_colour(ui, RED), n, plural(damage->n_packets), first);
    if (strcmp(first, last))
        ui_print(ui, "%s%s", ui_either(ui, "–", "-"), last);
    ui_print(ui, "%s\n", ui_colour(ui, PLAIN));
}

static void show_summary(struct ui *ui, const struct sc_changes *c)
{
    char looked[32], decoded[32];

    show_count(c->n_looked, looked);
    show_count(c->n_decoded, decoded);
    if (c->n_events)
        ui_print(ui, "%d change%s", c->n_events, plural(c->n_events));
    else
        ui_print(ui, c->n_looked > 1 ? "nothing changed" : "a single picture, so nothing to compare it with");
    ui_print(ui, "%s  %s picture%s looked at of %s decoded, profile %s%s\n", ui_colour(ui, DIM), looked,
             plural(c->n_looked), decoded, sc_profile_name(c->profile), ui_colour(ui, PLAIN));
}

/* What effort scout left out, or why it left out nothing. */
static void show_scouting(struct ui *ui, const struct sc_scouting *v)
{
    char time[32];

    if (!v->scouted)
        return;
    ui_print(ui, "%s", ui_colour(ui, DIM));
    if (v->unseen_us)
        ui_print(ui, "%s was not looked at: its packets and key pictures say that nothing happens there\n",
                 sc_format_time(v->unseen_us, time));
    if (v->why)
        ui_print(ui, "looked at as with effort normal from %s on: %s\n", sc_format_time(v->normal_from_us, time),
                 sc_unscouted_text(v->why));
    ui_print(ui, "%s", ui_colour(ui, PLAIN));
}

/* What the other columns cannot say: how far it moved, how often it came, when this picture was seen before. */
static void event_note(const struct sc_event *e, char out[64])
{
    char time[32];

    out[0] = '\0';
    if (e->same_as_us >= 0)
        snprintf(out, 64, "%s", sc_format_time(e->same_as_us, time));
    else if (e->count > 1)
        snprintf(out, 64, "%d times", e->count);
    else if (fabs(e->dx) >= 0.5 || fabs(e->dy) >= 0.5)
        snprintf(out, 64, "by %+ld,%+ld", lround(e->dx), lround(e->dy));
}

static void show_event(struct ui *ui, const struct sc_event *e, const struct sc_info *info, int number,
                       int width)
{
    char start[32], end[32], box[64], share[16], note[64];

    show_box(e->box, info, box);
    show_share(e->share, share);
    event_note(e, note);
    ui_print(ui, "%3d %*s %*s  %s%-9s%s %-20s %5s %5.2f%s%s\n", number, width, sc_format_time(e->start_us, start),
             width, sc_format_time(e->end_us, end), show_kind_colour(ui, e->kind), sc_kind_name(e->kind),
             ui_colour(ui, PLAIN), box, share, e->score, *note ? "  " : "", note);
}

static int time_width(const struct sc_changes *c)
{
    char text[32];

    return (int)strlen(sc_format_time(c->last_us, text));
}

static void show_events(struct ui *ui, const struct sc_changes *c)
{
    int width = time_width(c), i;

    ui_print(ui, "\n%s%3s %-*s %-*s  %-9s %-20s %5s %5s  %s%s\n", ui_colour(ui, DIM), "#", width, "start", width,
             "end", "kind", "where", "share", "score", "same as", ui_colour(ui, PLAIN));
    for (i = 0; i < c->n_events && !ui_stopped(ui); i++)
        show_event(ui, &c->events[i], &c->source, i + 1, width);
}

/* "00:03.120 before 2" */
static void frame_label(const struct sc_frame *f, char out[64])
{
    char time[32];

    if (f->event >= 0)
        snprintf(out, 64, "%s %s %d", sc_format_time(f->time_us, time), sc_role_name(f->role), f->event + 1);
    else
        snprintf(out, 64, "%s %s", sc_format_time(f->time_us, time), sc_role_name(f->role));
}

static void show_frames(struct ui *ui, const struct sc_changes *c)
{
    char label[64];
    int widest = 1, columns, i;

    for (i = 0; i < c->n_frames; i++) {
        frame_label(&c->frames[i], label);
        if ((int)strlen(label) > widest)
            widest = (int)strlen(label);
    }
    columns = (LINE_WIDTH - 2) / (widest + 2);
    ui_print(ui, "\n%d picture%s chosen%s\n", c->n_frames, plural(c->n_frames), c->n_events ? " to show it" : "");
    for (i = 0; i < c->n_frames && !ui_stopped(ui); i++) {
        bool last = i + 1 == c->n_frames || (i + 1) % columns == 0;

        frame_label(&c->frames[i], label);
        ui_print(ui, "  %-*s%s", last ? 0 : widest, label, last ? "\n" : "");
    }
}

void show_changes(struct ui *ui, const struct sc_changes *c)
{
    show_heading(ui, c);
    show_damage(ui, &c->damage);
    show_summary(ui, c);
    show_scouting(ui, &c->scouting);
    if (!c->n_events)
        return;
    show_events(ui, c);
    if (c->n_frames)
        show_frames(ui, c);
}

void show_look_heading(struct ui *ui)
{
    ui_print(ui, "%s%-9s %8s %8s %9s %6s %6s %-20s %s%s\n", ui_colour(ui, DIM), "time", "previous", "kept", "kept at",
             "gain", "offset", "where", "verdict", ui_colour(ui, PLAIN));
}

void show_look(struct ui *ui, const struct sc_look *look)
{
    char time[32], kept[32] = "", box[64] = "";

    if (look->kept_us >= 0)
        sc_format_time(look->kept_us, kept);
    if (look->box.w > 0 && look->box.h > 0)
        show_box(look->box, NULL, box);
    ui_print(ui, "%s %8.4f %8.4f %9s %6.3f %+6.1f %-20s ", sc_format_time(look->time_us, time), look->score_previous,
             look->score_kept, kept, look->light_gain, look->light_offset, box);
    ui_visible(ui, look->verdict ? look->verdict : "");
    ui_print(ui, "\n");
}

void show_json_text(struct ui *ui, const char *text)
{
    size_t size = strlen(text), taken;

    ui_print(ui, "\"");
    for (; size; text += taken, size -= taken) {
        char step[VISIBLE_SIZE];
        int columns;

        taken = visible_step(text, size, step, &columns);
        if (taken == 1 && (*text == '"' || *text == '\\'))
            ui_print(ui, "\\%c", *text);
        else if (taken == 1 && ((unsigned char)*text < ' ' || *text == 127))
            ui_print(ui, "\\u%04x", (unsigned char)*text);
        else if (taken == 1 && (*text & 0x80))
            ui_print(ui, "\\ufffd");
        else
            ui_write(ui, text, taken);
    }
    ui_print(ui, "\"");
}
