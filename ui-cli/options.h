/* The options that several commands share, and what they mean to the library. */
#ifndef UI_CLI_OPTIONS_H
#define UI_CLI_OPTIONS_H

#include "ui-cli/command.h"

#define ARG(field) offsetof(struct args, field)

extern const struct option options_everywhere[]; /* --help --quiet --color --progress */
extern const struct option options_help[];       /* --help alone, for commands that open nothing */
extern const struct option options_input[];      /* which stream, how fast stills follow each other */
extern const struct option options_limits[];     /* what one file may take */
extern const struct option options_background[]; /* for commands that look at pixels */
extern const struct option options_look[];       /* how closely to look, and which stretch; with options_what */
extern const struct option options_what[];       /* at what, how often, and what counts as a change */

extern const struct option options_catalog[];    /* which catalogue */
extern const struct option options_service[];    /* which service, and how to reach it */
extern const struct option options_model[];      /* which model of it */
extern const struct option options_narrow[];     /* which of its videos */

void args_init(struct args *args);

/* Whether the shared options fit together; says on stderr what does not. */
bool options_agree(const struct args *args);

/* path is borrowed by the result. */
struct sc_source options_source(const struct args *args, const char *path);
struct sc_ask_settings options_where(const struct args *args);
/* The words of all operands, so that quotes are not needed; free() it. NULL without memory. */
char *options_words(const struct args *args);

/* False: --after is no day, which is said. The texts are borrowed from args. */
bool options_filter(const struct args *args, struct sc_video_filter *out);
struct sc_look_settings options_look_settings(const struct args *args);

#endif
