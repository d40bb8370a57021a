/* Events as comma-separated values (RFC 4180), harmless when a spreadsheet opens them. */
#include <string.h>

#include "ui-cli/show.h"
#include "ui-cli/visible.h"

/* A cell of text from outside. One that a spreadsheet would take for a formula begins with an apostrophe. */
static void text_cell(struct ui *ui, const char *text)
{
    size_t size = strlen(text), taken;

    ui_write(ui, "\"", 1);
    if (size && strchr("=+-@\t\r", text[0]))
        ui_write(ui, "'", 1);
    for (; size; text += taken, size -= taken) {
        char step[VISIBLE_SIZE];
        int columns;

        taken = visible_step(text, size, step, &columns);
        ui_write(ui, step[0] == '"' ? "\"\"" : step, step[0] == '"' ? 2 : strlen(step));
    }
    ui_write(ui, "\"", 1);
}

static void time_cell(struct ui *ui, int64_t time_us)
{
    if (time_us >= 0)
        ui_print(ui, ",%lld.%06lld", (long long)(time_us / 1000000), (long long)(time_us % 1000000));
    else
        ui_print(ui, ",");
}

void show_csv_heading(struct ui *ui)
{
    ui_print(ui, "path,event,kind,start_s,peak_s,end_s,before_s,after_s,x,y,w,h,share,score,dx,dy,same_as_s,count\r\n");
}

static void csv_event(struct ui *ui, const struct sc_changes *c, int i)
{
    const struct sc_event *e = &c->events[i];

    text_cell(ui, c->source.path ? c->source.path : "");
    ui_print(ui, ",%d,%s", i, sc_kind_name(e->kind));
    time_cell(ui, e->start_us);
    time_cell(ui, e->peak_us);
    time_cell(ui, e->end_us);
    time_cell(ui, e->before_us);
    time_cell(ui, e->after_us);
    ui_print(ui, ",%d,%d,%d,%d,%.6f,%.6f,%.2f,%.2f", e->box.x, e->box.y, e->box.w, e->box.h, e->share, e->score,
             e->dx, e->dy);
    time_cell(ui, e->same_as_us);
    ui_print(ui, ",%d\r\n", e->count);
}

void show_csv(struct ui *ui, const struct sc_changes *c)
{
    int i;

    for (i = 0; i < c->n_events && !ui_stopped(ui); i++)
        csv_event(ui, c, i);
}
