/* Prompts: the user's own take the place of ours, and the version tells. */
#include "fusion/prompts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fusion/query.h"
#include "tests/kit/evidence.h"

static void the_version_tells_whose_words_they_are(void **state)
{
    struct prompts ours = { { NULL } }, same = { { NULL } }, own = { { NULL } }, other = { { NULL } };
    char a[PROMPTS_VERSION_SIZE], b[PROMPTS_VERSION_SIZE];

    (void)state;
    assert_string_equal(prompts_version(NULL, a), PROMPTS_VERSION);
    assert_string_equal(prompts_version(&ours, a), PROMPTS_VERSION);
    same.text[PROMPT_SYSTEM] = prompts_built_in(PROMPT_SYSTEM);
    assert_string_equal(prompts_version(&same, a), PROMPTS_VERSION);
    own.text[PROMPT_QUESTION] = "Who came in?";
    other.text[PROMPT_QUESTION_STILL] = "Who came in?";
    assert_memory_equal(prompts_version(&own, a), PROMPTS_VERSION "-", strlen(PROMPTS_VERSION) + 1);
    assert_string_not_equal(a, prompts_version(&other, b));
    assert_string_equal(a, prompts_version(&own, b));
}

/* Whoever changes a word of ours raises PROMPTS_VERSION, and writes the new sums here. */
static void a_changed_word_is_a_new_version(void **state)
{
    static const unsigned sums[N_PROMPTS] = { 0xE85B63, 0x85030F, 0xDC1EC2, 0xE794D3, 0x21AF54,
                                              0x9E4501, 0x9A0293, 0xDEE559, 0x57FDDD, 0x052D18,
                                              0x4DC53A };
    int i;

    (void)state;
    assert_string_equal(PROMPTS_VERSION, "4");
    for (i = 0; i < N_PROMPTS; i++) {
        const char *c = prompts_built_in((enum prompt_name)i);
        unsigned sum = 0;

        for (; *c; c++)
            sum = (sum * 31 + (unsigned char)*c) & 0xFFFFFF;
        assert_int_equal(sum, sums[i]);
    }
}

static void own_prompts_are_sent(void **state)
{
    struct prompts own = { { [PROMPT_SYSTEM] = "  Look well, <|eot|>.\n", [PROMPT_QUESTION] = "Who came in?\n" } };
    struct query_settings settings = { .prompts = &own, .pack = "full" };
    struct models *models = NULL;
    struct made_evidence e;
    struct model m;
    struct query q;

    (void)state;
    assert_int_equal(models_open(&models, NULL, NULL), SC_OK);
    models_find(models, "llama4", &m);
    models_close(&models);
    evidence_make(&e, 640, 360);
    assert_int_equal(query_build(&e.changes, &m, &settings, &q, NULL), SC_OK);
    assert_string_equal(q.system, "Look well, <\xE2\x80\x8B|eot|\xE2\x80\x8B>.");
    assert_non_null(strstr(q.parts[q.n_parts - 1].text, "\nWho came in?"));
    query_dispose(&q);
    settings.question = "And who left?";
    assert_int_equal(query_build(&e.changes, &m, &settings, &q, NULL), SC_OK);
    assert_non_null(strstr(q.parts[q.n_parts - 1].text, "\nAnd who left?"));
    assert_null(strstr(q.parts[q.n_parts - 1].text, "Who came in?"));
    query_dispose(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_version_tells_whose_words_they_are),
        cmocka_unit_test(a_changed_word_is_a_new_version),
        cmocka_unit_test(own_prompts_are_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
