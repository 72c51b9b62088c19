/* A process as text: written so that it can be read, read to the letter. What is judged of it:
 * test_lock.c. */
#include "io/owner.h"
#include "unit/hf_cunit.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void owner_is_read_to_the_letter(void) {
    static const char *const bad[][2] = {{"host ", "host\t"},
                                         {"\nprocess ", "\nprocess 0"},
                                         {"\nprocess ", "\nprocess -"},
                                         {"\nprocess ", "\nProcess "},
                                         {"process_start ", "process_start x"},
                                         {"-", "\033"},
                                         {"slurm_restarts 0", "slurm_restarts 00"},
                                         {"slurm_job -", "slurm_job "},
                                         {"Z\n", "\n"},
                                         {"since 2", "since x"},
                                         {"slurm_job -", "slurm_job a b"},
                                         {"A", "B"},
                                         {"process ", "process 1000000000"}};
    hf_owner owner, again;
    char text[HF_OWNER_TEXT], other[2 * HF_OWNER_TEXT];
    hf_owner_self(&owner);
    hf_owner_write(&owner, text);
    size_t n = strlen(text);
    CU_ASSERT_TRUE(hf_owner_read(&again, text, n));
    CU_ASSERT_STRING_EQUAL(again.since, owner.since);
    for (size_t cut = 0; cut < n; cut++)
        CU_ASSERT_FALSE(hf_owner_read(&again, text, cut));
    CU_ASSERT_FALSE(hf_owner_read(&again, text, n + 1)); /* the NUL too */
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *at = strstr(text, bad[i][0]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(at);
        int length = snprintf(other, sizeof other, "%.*s%s%s", (int)(at - text), text, bad[i][1],
                              at + strlen(bad[i][0]));
        CU_ASSERT_FALSE(hf_owner_read(&again, other, (size_t)length));
    }
    *strstr(text, "host ") = 'H';
    CU_ASSERT_FALSE(hf_owner_read(&again, text, n));
    *strstr(text, "Host ") = 'h';
    strstr(text, "since ")[8] = '\0'; /* within a word */
    CU_ASSERT_FALSE(hf_owner_read(&again, text, n));
    hf_owner_write(&owner, text);
    strstr(text, "boot ")[6] = '\0';
    CU_ASSERT_FALSE(hf_owner_read(&again, text, n));
    static const char *const nobody[] = {"0", "-1", "1000000000", "4294967297", "-"};
    for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++) {
        again = owner;
        strcpy(again.process, nobody[i]); /* kill would mean many by some */
        hf_owner_write(&again, text);
        CU_ASSERT_FALSE(hf_owner_read(&again, text, strlen(text)));
    }
    memset(owner.host, 'h', HF_OWNER_WORD - 1);
    hf_owner_write(&owner, text);
    CU_ASSERT_TRUE(hf_owner_read(&again, text, strlen(text)));
    char *host = strstr(text, "hhh");
    int length = snprintf(other, sizeof other, "%.*sh%s", (int)(host - text), text, host);
    CU_ASSERT_FALSE(hf_owner_read(&again, other, (size_t)length));
}

static void what_slurm_says_is_made_printable(void) {
    hf_owner owner, again;
    char text[HF_OWNER_TEXT], words[256];
    setenv("SLURM_JOB_ID", "7 7\n\033[2J\xC3\xA9", 1);
    setenv("SLURM_ARRAY_JOB_ID", "", 1);
    setenv("SLURM_ARRAY_TASK_ID", "3", 1);
    setenv("SLURM_RESTART_COUNT", "x", 1);
    hf_owner_self(&owner);
    CU_ASSERT_STRING_EQUAL(owner.slurm_job, "7?7??[2J??");
    CU_ASSERT_STRING_EQUAL(owner.slurm_array_task, "-");
    CU_ASSERT_STRING_EQUAL(owner.slurm_restarts, "0");
    hf_owner_write(&owner, text);
    CU_ASSERT_TRUE(hf_owner_read(&again, text, strlen(text)));
    hf_owner_describe(&again, text, sizeof text);
    snprintf(words, sizeof words, "process %d on %s since %s (Slurm job %s)", (int)getpid(),
             owner.host, owner.since, owner.slurm_job);
    CU_ASSERT_STRING_EQUAL(text, words);
    unsetenv("SLURM_JOB_ID");
    hf_owner_self(&owner);
    hf_owner_describe(&owner, text, sizeof text);
    CU_ASSERT_PTR_NULL(strstr(text, "Slurm"));
}

HF_TEST_MAIN("owner", HF_CASE(owner_is_read_to_the_letter),
             HF_CASE(what_slurm_says_is_made_printable))
