/* Make a catalogue of a folder: keep FOLDER FILE... puts each file into it with an answer to one question. */
#include <stdio.h>

#include "include/seechange.h"

int main(int argc, char **argv)
{
    struct sc_archive_settings settings = { .near = argc > 1 ? argv[1] : NULL, .create = true };
    struct sc_archive *archive = NULL;
    struct sc_error err = { 0 };
    int i;

    if (argc < 3) {
        fprintf(stderr, "usage: keep FOLDER FILE...\n");
        return 2;
    }
    if (!sc_archive_open(&archive, &settings, &err))
        for (i = 2; i < argc && !err.code; i++) {
            struct sc_answer answer = { .sent = true, .text = "A square.", .service = "test", .model = "none",
                                        .prompt_tokens = -1, .output_tokens = -1, .price_usd = -1 };

            if (sc_archive_keep(archive, argv[i], "What is it?", &answer, &err))
                break;
        }
    sc_archive_close(&archive);
    if (err.code)
        fprintf(stderr, "keep: %s\n", err.text);
    return err.code ? 1 : 0;
}
