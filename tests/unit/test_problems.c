/* base/status.h, base/problems.h, base/check.h: words for what goes wrong. */
#include "base/check.h"
#include "base/problems.h"
#include "unit/hf_cunit.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void status_has_code_and_words(void) {
    CU_ASSERT_EQUAL(hf_status_exit_code(HF_OK), 0);
    CU_ASSERT_EQUAL(hf_status_exit_code(HF_BAD_INPUT), 2);
    CU_ASSERT_EQUAL(hf_status_exit_code(HF_BAD_FILE), 3);
    CU_ASSERT_STRING_EQUAL(hf_status_words(HF_BAD_USAGE), "bad usage");
    CU_ASSERT_EQUAL(hf_status_exit_code((hf_status)99), 3);
    CU_ASSERT_STRING_EQUAL(hf_status_words((hf_status)99), "unknown status");
}

static void failure_fills_the_error(void) {
    hf_error err = {0};
    CU_ASSERT_EQUAL(hf_fail(&err, HF_BAD_FILE, "%s: line %d", "a.json", 7), HF_BAD_FILE);
    CU_ASSERT_EQUAL(err.status, HF_BAD_FILE);
    CU_ASSERT_STRING_EQUAL(err.text, "a.json: line 7");
    CU_ASSERT_EQUAL(hf_fail(NULL, HF_BAD_USAGE, "nobody listens"), HF_BAD_USAGE);
    char path[3000];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    CU_ASSERT_EQUAL(hf_fail(&err, HF_BAD_INPUT, "%s", path), HF_BAD_INPUT);
    CU_ASSERT_EQUAL(strlen(err.text), sizeof err.text - 1);
}

static void problems_are_kept_in_order(void) {
    hf_problems problems;
    hf_problems_init(&problems);
    char found[] = "-3", path[32];
    hf_problems_found(&problems, "stages.fab.capacity", found, "0 or more");
    found[0] = '+'; /* strings are copied */
    hf_problems_add(&problems, "stages", "a cycle of %d: %s", 2, "a, b");
    for (int i = 2; i < 100; i++) {
        snprintf(path, sizeof path, "p%d", i);
        hf_problems_add(&problems, path, "wrong");
    }
    CU_ASSERT_EQUAL_FATAL(problems.n, 100);
    CU_ASSERT_STRING_EQUAL(problems.lines[0], "stages.fab.capacity: found -3; allowed 0 or more");
    CU_ASSERT_STRING_EQUAL(problems.lines[1], "stages: a cycle of 2: a, b");
    CU_ASSERT_STRING_EQUAL(problems.lines[99], "p99: wrong");
    hf_problems_clear(&problems);
    CU_ASSERT(problems.n == 0 && !problems.lines);
}

static void problems_are_printed(void) {
    char *text = NULL;
    size_t n = 0;
    FILE *stream = open_memstream(&text, &n);
    hf_problems problems;
    hf_problems_init(&problems);
    hf_problems_print(&problems, "world.json", stream);
    hf_problems_add(&problems, "a", "one");
    hf_problems_add(&problems, "b", "100%%");
    hf_problems_print(&problems, "world.json", stream);
    fclose(stream);
    CU_ASSERT_STRING_EQUAL(text, "world.json: a: one\nworld.json: b: 100%\n");
    free(text);
    hf_problems_clear(&problems);
}

static void broken_invariants_abort(void) {
    HF_ASSERT(1 + 1 == 2);
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        HF_ASSERT(1 + 1 == 3);
        _exit(0);
    }
    waitpid(child, &status, 0);
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

HF_TEST_MAIN("problems", HF_CASE(status_has_code_and_words), HF_CASE(failure_fills_the_error),
             HF_CASE(problems_are_kept_in_order), HF_CASE(problems_are_printed),
             HF_CASE(broken_invariants_abort))
