/* Reading of small.json and of variants of it, for the tests of the scenario reader. */
#ifndef HF_TESTS_UNIT_WORLD_TEXT_H
#define HF_TESTS_UNIT_WORLD_TEXT_H

#include "base/memory.h"
#include "io/scenario_json.h"
#include "unit/hf_cunit.h"
#include <stdlib.h>
#include <string.h>

#define SMALL HF_SOURCE_DIR "/tests/data/small.json"

/* The file in memory; release with hf_free. */
static inline char *slurp(const char *path) {
    enum { MOST = 1 << 20 };
    char *text = HF_NEW(MOST, char);
    FILE *file = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    text[fread(text, 1, MOST - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* `text` with the first `old` replaced; releases `text`. */
static inline char *with(char *text, const char *old, const char *new) {
    char *at = strstr(text, old);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    size_t n = strlen(text) + strlen(new) + 1;
    char *changed = HF_NEW(n, char);
    snprintf(changed, n, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    hf_free(text);
    return changed;
}

/* The world of `text` (released) under baseline and, unless NULL, `policy`; asserts that it is
 * good. *canonical (may be NULL): release with hf_free. */
static inline hf_world world_of(char *text, const char *policy, char **canonical) {
    const char *policies[] = {"baseline", policy};
    hf_world world;
    hf_scenario_text texts;
    hf_problems problems;
    hf_error err;
    hf_problems_init(&problems);
    hf_status status = hf_world_parse(text, strlen(text), policy ? 2 : 1, policies, &world, &texts,
                                      &problems, &err);
    hf_problems_print(&problems, "unexpected", stderr);
    CU_ASSERT_EQUAL_FATAL(status, HF_OK);
    CU_ASSERT_EQUAL(problems.n, 0);
    CU_ASSERT_STRING_EQUAL(texts.verbatim, text);
    if (canonical) {
        *canonical = texts.canonical;
        texts.canonical = NULL;
    }
    hf_scenario_text_clear(&texts);
    hf_problems_clear(&problems);
    hf_free(text);
    return world;
}

static inline char *canonical_of(char *text) {
    char *canonical;
    hf_world world = world_of(text, NULL, &canonical);
    hf_world_clear(&world);
    return canonical;
}

#endif
