/* The prompts and their version. */
#include "fusion/prompts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

extern const char fusion_prompts_system_txt[], fusion_prompts_system_still_txt[];
extern const char fusion_prompts_question_txt[], fusion_prompts_question_still_txt[];
extern const char fusion_prompts_changes_txt[], fusion_prompts_caption_txt[];
extern const char fusion_prompts_schema_txt[], fusion_prompts_repair_txt[];
extern const char fusion_prompts_window_txt[], fusion_prompts_merge_txt[];
extern const char fusion_prompts_archive_txt[];

static const struct row {
    const char *name, *about, *text;
} rows[N_PROMPTS] = {
    [PROMPT_SYSTEM] = { "system", "how to look at frames of a video", fusion_prompts_system_txt },
    [PROMPT_SYSTEM_STILL] = { "system-still", "how to look at one picture", fusion_prompts_system_still_txt },
    [PROMPT_QUESTION] = { "question", "asked of a video if you ask nothing else", fusion_prompts_question_txt },
    [PROMPT_QUESTION_STILL] = { "question-still", "asked of one picture if you ask nothing else",
                                fusion_prompts_question_still_txt },
    [PROMPT_CHANGES] = { "changes", "asked of a video with a schema, if you ask nothing else",
                         fusion_prompts_changes_txt },
    [PROMPT_CAPTION] = { "caption", "asked with --schema caption", fusion_prompts_caption_txt },
    [PROMPT_SCHEMA] = { "schema", "goes before the schema that the answer is to obey", fusion_prompts_schema_txt },
    [PROMPT_REPAIR] = { "repair", "said to an answer that does not, before what is wrong with it",
                        fusion_prompts_repair_txt },
    [PROMPT_WINDOW] = { "window", "said behind the question where it is asked in several parts",
                        fusion_prompts_window_txt },
    [PROMPT_MERGE] = { "merge", "how to put the answers about parts together", fusion_prompts_merge_txt },
    [PROMPT_ARCHIVE] = { "archive", "how to answer from what is kept of many videos (ask --archive)",
                         fusion_prompts_archive_txt },
};

const char *prompts_name(enum prompt_name name) { return rows[name].name; }
const char *prompts_about(enum prompt_name name) { return rows[name].about; }
const char *prompts_built_in(enum prompt_name name) { return rows[name].text; }

const char *prompts_text(const struct prompts *p, enum prompt_name name)
{
    return p && p->text[name] ? p->text[name] : rows[name].text;
}

/* FNV-1a, 32 bits, of the text and its end. Source: Fowler, Noll, Vo; IETF draft-eastlake-fnv. */
static uint32_t hashed(uint32_t hash, const char *text)
{
    const unsigned char *c = (const unsigned char *)text;

    do
        hash = (hash ^ *c) * 16777619u;
    while (*c++);
    return hash;
}

char *prompts_version(const struct prompts *p, char out[PROMPTS_VERSION_SIZE])
{
    uint32_t hash = 2166136261u;
    bool own = false;
    int i;

    for (i = 0; i < N_PROMPTS; i++) {
        own = own || (p && p->text[i] && strcmp(p->text[i], rows[i].text));
        hash = hashed(hash, prompts_text(p, (enum prompt_name)i));
    }
    if (own)
        snprintf(out, PROMPTS_VERSION_SIZE, PROMPTS_VERSION "-%08" PRIx32, hash);
    else
        snprintf(out, PROMPTS_VERSION_SIZE, PROMPTS_VERSION);
    return out;
}
