/* The prompts: files in fusion/prompts/ (compiled in), each of which the user may replace. Their version is part of what
 * an answer is: the same pictures with other words get another answer.
 * Thread-safety: plain data. */
#ifndef FUSION_PROMPTS_H
#define FUSION_PROMPTS_H

#include "base/error.h"

enum prompt_name { PROMPT_SYSTEM, PROMPT_SYSTEM_STILL, PROMPT_QUESTION, PROMPT_QUESTION_STILL, PROMPT_CHANGES,
                   PROMPT_CAPTION, PROMPT_SCHEMA, PROMPT_REPAIR, PROMPT_WINDOW, PROMPT_MERGE,
                   PROMPT_ARCHIVE, N_PROMPTS };

/* Of the prompts that are compiled in, and of the labels around pictures. Raise it with every change of a word. */
#define PROMPTS_VERSION "4"

#define PROMPTS_VERSION_SIZE 32

struct prompts {
    const char *text[N_PROMPTS]; /* the user's own; NULL: as compiled in; borrowed */
};

const char *prompts_name(enum prompt_name name);     /* "system-still"; static */
const char *prompts_about(enum prompt_name name);    /* when it is used, in words; static */
const char *prompts_built_in(enum prompt_name name); /* static */
const char *prompts_text(const struct prompts *p, enum prompt_name name); /* p may be NULL */

/* "4", or "4-1f6a07c3" where the user's own words are in it. Returns out. */
char *prompts_version(const struct prompts *p, char out[PROMPTS_VERSION_SIZE]);

#endif
