/* archive rebuild: what was found, and what was not. */
#include "ui-cli/rebuild.h"

#include <inttypes.h>

static void on_notice(void *user, const char *text) { ui_note(user, "%s", text); }

static void show(struct ui *ui, const struct args *args, const struct sc_rebuilt *r)
{
    if (args->json) {
        ui_print(ui, "{\"salvaged\":%" PRId64 ",\"files\":%" PRId64 ",\"taken\":%" PRId64 ",\"left\":%" PRId64 "}\n",
                 r->n_salvaged, r->n_files, r->n_taken, r->n_left);
        return;
    }
    if (r->aside) {
        ui_print(ui, "the damaged catalogue is now ");
        ui_visible(ui, r->aside);
        ui_print(ui, "; it still knew %" PRId64 " video%s\n", r->n_salvaged, r->n_salvaged == 1 ? "" : "s");
    }
    ui_print(ui, "captions taken from %" PRId64 " of %" PRId64 " files; %" PRId64 " were of no use\n", r->n_taken, r->n_files,
             r->n_left);
}

int rebuild(struct ui *ui, const struct args *args)
{
    const struct sc_rebuild_settings settings = { .paths = args->operands + 1, .n_paths = args->n_operands - 1,
                                                  .sidecar_dir = args->sidecar_dir, .on_notice = on_notice, .user = ui };
    const struct sc_archive_settings where = { .catalog = args->catalog, .near = args->operands[args->n_operands > 1] };
    struct sc_rebuilt rebuilt = { 0 };
    struct sc_error err = { 0 };
    enum sc_status s;

    if (args->n_operands < 2) {
        ui_error("of which videos? seechange archive rebuild PATH...");
        return EXIT_USAGE;
    }
    if (!ui_session(ui))
        return EXIT_FAILED;
    if ((s = sc_archive_rebuild(ui->sc, &where, &settings, &rebuilt, &err)))
        return ui_failed(ui, s, &err);
    show(ui, args, &rebuilt);
    sc_rebuilt_dispose(&rebuilt);
    return EXIT_DONE;
}
