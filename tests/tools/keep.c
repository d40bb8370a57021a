/* Make a catalogue of a folder: keep [-t TEXT] FOLDER FILE... puts each file into it with an answer, that text, to one
 * question. */
#include <stdio.h>
#include <string.h>

#include "include/seechange.h"

int main(int argc, char **argv)
{
    struct sc_archive_settings settings = { .create = true };
    struct sc_archive *archive = NULL;
    char *text = "A square.";
    struct sc_error err = { 0 };
    int i;

    if (argc > 3 && !strcmp(argv[1], "-t")) {
        text = argv[2];
        argc -= 2;
        argv += 2;
    }
    if (argc < 3) {
        fprintf(stderr, "usage: keep [-t TEXT] FOLDER FILE...\n");
        return 2;
    }
    settings.near = argv[1];
    if (!sc_archive_open(&archive, &settings, &err))
        for (i = 2; i < argc && !err.code; i++) {
            struct sc_answer answer = { .sent = true, .text = text, .service = "test", .model = "none",
                                        .prompt_tokens = -1, .output_tokens = -1, .price_usd = -1 };

            if (sc_archive_keep(archive, argv[i], "What is it?", &answer, &err))
                break;
        }
    sc_archive_close(&archive);
    if (err.code)
        fprintf(stderr, "keep: %s\n", err.text);
    return err.code ? 1 : 0;
}
