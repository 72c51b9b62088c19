/* Who writes to a path: real processes that live and end, and what may lie there. Races of such
 * processes: test_lock_races.c. */
#define _GNU_SOURCE
#include "io/lock.h"
#include "io/owner.h"
#include "sample_tables.h"
#include "unit/hf_cunit.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/hf_lock_XXXXXX", path[64], file[64], inside[64];
static char note[1024];
static hf_error err;

static time_t clock_ahead_s; /* how far the clocks of this process are ahead */

int clock_gettime(clockid_t id, struct timespec *now) {
    int answer = (int)syscall(SYS_clock_gettime, id, now);
    now->tv_sec += clock_ahead_s;
    return answer;
}

/* ---- files ---- */

static void put(const char *text, size_t n) {
    FILE *stream = fopen(file, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    fwrite(text, 1, n, stream);
    fclose(stream);
}

static size_t get(char *text, size_t size) {
    FILE *stream = fopen(file, "r");
    size_t n = stream ? fread(text, 1, size - 1, stream) : 0;
    if (stream)
        fclose(stream);
    text[n] = '\0';
    return n;
}

static void touch(double seconds_ago) {
    struct timespec times[2];
    clock_gettime(CLOCK_REALTIME, &times[1]);
    times[1].tv_sec -= (time_t)seconds_ago;
    times[0] = times[1];
    CU_ASSERT_EQUAL(utimensat(AT_FDCWD, file, times, 0), 0);
}

static time_t age(void) {
    struct timespec now;
    struct stat what;
    clock_gettime(CLOCK_REALTIME, &now);
    CU_ASSERT_EQUAL(stat(file, &what), 0);
    return now.tv_sec - what.st_mtim.tv_sec;
}

/* A lock of that owner, touched so long ago. */
static void leave(const hf_owner *owner, double seconds_ago) {
    char text[HF_OWNER_TEXT];
    hf_owner_write(owner, text);
    put(text, strlen(text));
    touch(seconds_ago);
}

/* Whether it can be taken; given back at once. */
static bool is_taken(void) {
    hf_lock *lock = NULL;
    hf_status status = hf_lock_take(path, &lock, note, sizeof note, &err);
    CU_ASSERT_TRUE(status == HF_OK || status == HF_BAD_WORLD);
    CU_ASSERT_EQUAL(status == HF_OK, lock != NULL);
    if (status)
        CU_ASSERT_STRING_EQUAL(note, "");
    hf_lock_release(lock);
    return status == HF_OK;
}

static bool note_says(const char *words) {
    if (strstr(note, words))
        return true;
    printf("\n'%s' does not say '%s'\n", note, words);
    return false;
}

/* ---- processes ---- */

/* A child that has the lock; it says so before this returns. */
static pid_t start_owner(void) {
    int told[2];
    CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
    pid_t child = fork();
    if (child == 0) {
        hf_lock *lock;
        char is_good = hf_lock_take(path, &lock, note, sizeof note, &err) == HF_OK;
        is_good = write(told[1], &is_good, 1) == 1;
        for (;;)
            pause();
    }
    char is_good = 0;
    CU_ASSERT_EQUAL(read(told[0], &is_good, 1), 1);
    CU_ASSERT_TRUE(is_good);
    close(told[0]);
    close(told[1]);
    return child;
}

static void a_lock_says_who_has_it(void) {
    hf_lock *lock, *again;
    hf_owner owner;
    char text[2 * HF_OWNER_TEXT], words[HF_OWNER_TEXT];
    CU_ASSERT_EQUAL_FATAL(hf_lock_take(path, &lock, note, sizeof note, &err), HF_OK);
    CU_ASSERT_STRING_EQUAL(note, "");
    size_t n = get(text, sizeof text);
    CU_ASSERT_TRUE(hf_owner_read(&owner, text, n));
    CU_ASSERT_EQUAL(atol(owner.process), getpid());
    snprintf(words, sizeof words, "process %d\n", (int)getpid());
    CU_ASSERT_PTR_NOT_NULL(strstr(text, words));
    CU_ASSERT_EQUAL(hf_lock_take(path, &again, note, sizeof note, &err), HF_BAD_WORLD);
    CU_ASSERT_PTR_NULL(again);
    snprintf(words, sizeof words,
             "'%s' is being written by process %d on %s since %s; wait for it, or remove '%s' if "
             "you know that it is gone",
             path, (int)getpid(), owner.host, owner.since, file);
    CU_ASSERT_STRING_EQUAL(err.text, words);
    CU_ASSERT_TRUE(hf_lock_beat(lock));
    hf_lock_release(lock);
    hf_lock_release(NULL);
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

static void who_lives_has_it_and_who_was_killed_has_not(void) {
    char who[64];
    pid_t child = start_owner();
    snprintf(who, sizeof who, "process %d on ", (int)child);
    CU_ASSERT_FALSE(is_taken());
    CU_ASSERT_TRUE(error_says(&err, who));
    kill(child, SIGSTOP);
    touch(1e6);
    CU_ASSERT_FALSE(is_taken());
    kill(child, SIGKILL);
    siginfo_t info; /* not buried: a process that has ended, for all that it still has a number */
    CU_ASSERT_EQUAL(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    CU_ASSERT_TRUE(is_taken());
    CU_ASSERT_TRUE(note_says(who) && note_says(": it has ended") && note_says(file));
    waitpid(child, NULL, 0);

    child = start_owner();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CU_ASSERT_TRUE(is_taken());
    CU_ASSERT_TRUE(note_says(": it has ended"));
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

/* A number that is used again is another process. */
static void a_recycled_number_is_nobody(void) {
    hf_owner owner;
    char start[HF_OWNER_WORD];
    hf_owner_self(&owner);
    leave(&owner, 0);
    CU_ASSERT_FALSE(is_taken());
    strcpy(start, owner.process_start);
    snprintf(owner.process_start, HF_OWNER_WORD, "%lld", atoll(start) - 1);
    leave(&owner, 0);
    CU_ASSERT_TRUE(is_taken());
    strcpy(owner.process_start, "-"); /* of which nothing can be told but by its silence */
    leave(&owner, 0);
    CU_ASSERT_FALSE(is_taken());
    strcpy(owner.process_start, start);
    strcpy(owner.process, "1"); /* lives, has another start */
    leave(&owner, 0);
    CU_ASSERT_TRUE(is_taken());
    strcpy(owner.process, "99999999"); /* more than the kernel ever gives */
    leave(&owner, 0);
    CU_ASSERT_TRUE(is_taken());
    strcpy(owner.pid_namespace, "pid:[1]"); /* where that number may well be */
    leave(&owner, 0);
    CU_ASSERT_FALSE(is_taken());
    unlink(file);
}

static hf_owner far_away(void) {
    hf_owner owner;
    hf_owner_self(&owner);
    strcpy(owner.host, "far");
    strcpy(owner.boot, "away");
    return owner;
}

/* ---- silence ---- */

static void silence_is_told_by_the_file_system(void) {
    hf_owner owner = far_away();
    leave(&owner, HF_LOCK_STALE_S - 5);
    CU_ASSERT_FALSE(is_taken());
    CU_ASSERT_TRUE(error_says(&err, " on far since ") && error_says(&err, ", last heard of 29"));
    clock_ahead_s = 1000000; /* our clock, whatever it says */
    CU_ASSERT_FALSE(is_taken());
    clock_ahead_s = 0;
    leave(&owner, HF_LOCK_STALE_S + 2);
    CU_ASSERT_TRUE(is_taken());
    CU_ASSERT_TRUE(note_says(" on far since ") && note_says(": silent for 30"));
    leave(&owner, -1e6); /* in the future */
    CU_ASSERT_FALSE(is_taken());
    CU_ASSERT_TRUE(error_says(&err, ", last heard of 0 seconds ago"));
    CU_ASSERT_EQUAL(files_in(folder), 1);
    unlink(file);
}

static void a_machine_that_started_anew_needs_less(void) {
    hf_owner owner = far_away();
    leave(&owner, HF_LOCK_REBOOT_S + 2);
    CU_ASSERT_FALSE(is_taken());
    hf_owner_self(&owner);
    strcpy(owner.boot, "earlier");
    leave(&owner, HF_LOCK_REBOOT_S - 5);
    CU_ASSERT_FALSE(is_taken());
    leave(&owner, HF_LOCK_REBOOT_S + 2);
    CU_ASSERT_TRUE(is_taken());
    strcpy(owner.boot, "-"); /* not known */
    leave(&owner, HF_LOCK_REBOOT_S + 2);
    CU_ASSERT_FALSE(is_taken());
    unlink(file);
}

static void a_beat_is_seen_and_rare(void) {
    hf_lock *lock;
    CU_ASSERT_EQUAL_FATAL(hf_lock_take(path, &lock, note, sizeof note, &err), HF_OK);
    touch(1000);
    CU_ASSERT_TRUE(hf_lock_beat(lock));
    CU_ASSERT_TRUE(age() >= 1000);
    clock_ahead_s = HF_LOCK_BEAT_S + 1;
    CU_ASSERT_TRUE(hf_lock_beat(lock));
    CU_ASSERT_TRUE(age() < HF_LOCK_BEAT_S + 10);
    clock_ahead_s *= 2;
    rename(file, inside); /* hidden: no news */
    CU_ASSERT_TRUE(hf_lock_beat(lock));
    rename(inside, file);
    hf_owner other = far_away();
    leave(&other, 1000);
    CU_ASSERT_TRUE(hf_lock_beat(lock));
    clock_ahead_s += HF_LOCK_BEAT_S + 1;
    CU_ASSERT_FALSE(hf_lock_beat(lock));
    CU_ASSERT_FALSE(hf_lock_beat(lock));
    clock_ahead_s = 0;
    CU_ASSERT_TRUE(age() >= 900);
    hf_lock_release(lock);
    CU_ASSERT_EQUAL(files_in(folder), 1); /* the other's */
    unlink(file);
}

/* ---- Slurm ---- */

static void set_slurm(const char *job, const char *array, const char *task, const char *restarts) {
    static const char *const names[] = {"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID",
                                        "SLURM_RESTART_COUNT"};
    const char *const values[] = {job, array, task, restarts};
    for (int i = 0; i < 4; i++)
        if (values[i])
            setenv(names[i], values[i], 1);
        else
            unsetenv(names[i]);
}

static void a_job_that_slurm_starts_anew_has_what_it_had(void) {
    set_slurm("77", NULL, NULL, NULL);
    hf_owner owner = far_away();
    leave(&owner, 0);
    CU_ASSERT_FALSE(is_taken());
    CU_ASSERT_TRUE(error_says(&err, "Z (Slurm job 77), last heard of 0 seconds ago; wait"));
    set_slurm("78", NULL, NULL, "1");
    CU_ASSERT_FALSE(is_taken());
    set_slurm("77", "76", "3", "1");
    CU_ASSERT_FALSE(is_taken());
    set_slurm("77", NULL, NULL, "10");
    CU_ASSERT_TRUE(is_taken());
    CU_ASSERT_TRUE(note_says("(Slurm job 77): Slurm has started its job anew"));

    owner = far_away();
    CU_ASSERT_STRING_EQUAL(owner.slurm_restarts, "10");
    leave(&owner, 0);
    CU_ASSERT_FALSE(is_taken());
    set_slurm("77", NULL, NULL, "9"); /* a ghost of an earlier start */
    CU_ASSERT_FALSE(is_taken());

    set_slurm("79", "76", "3", "0");
    owner = far_away();
    leave(&owner, 0);
    CU_ASSERT_FALSE(is_taken());
    CU_ASSERT_TRUE(error_says(&err, "(Slurm job 76_3)"));
    set_slurm("79", "76", "3", "1");
    CU_ASSERT_TRUE(is_taken());
    hf_owner_self(&owner); /* an earlier start that is seen to live */
    strcpy(owner.slurm_restarts, "0");
    leave(&owner, 0);
    CU_ASSERT_FALSE(is_taken());
    unlink(file);

    set_slurm(NULL, NULL, NULL, "2"); /* without a job, a count says nothing */
    owner = far_away();
    strcpy(owner.slurm_restarts, "1");
    leave(&owner, 0);
    CU_ASSERT_FALSE(is_taken());
    unlink(file);
    set_slurm(NULL, NULL, NULL, NULL);
}

/* ---- what may lie there ---- */

static void damage_is_judged_by_its_time(void) {
    static char large[1 << 20];
    hf_owner owner = far_away();
    char text[HF_OWNER_TEXT];
    hf_owner_write(&owner, text);
    memset(large, 'x', sizeof large);
    const struct {
        const char *text;
        size_t n;
    } damaged[] = {{"", 0},
                   {"\0\0\0\0", 4},
                   {text, strlen(text) - 1},
                   {large, sizeof large},
                   {"\033]0;hello\a", 11}};
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        put(damaged[i].text, damaged[i].n);
        touch(HF_LOCK_STALE_S - 5);
        CU_ASSERT_FALSE(is_taken());
        CU_ASSERT_TRUE(error_says(&err, "by a run that does not say which (yet), last heard of"));
        CU_ASSERT_EQUAL(get(large, 2), damaged[i].n > 0); /* nothing was written */
        memset(large, 'x', 2);
        touch(HF_LOCK_STALE_S + 2);
        CU_ASSERT_TRUE(is_taken());
        CU_ASSERT_EQUAL(files_in(folder), 0);
    }
}

static void refused(const char *words) {
    hf_lock *lock;
    CU_ASSERT_EQUAL(hf_lock_take(path, &lock, note, sizeof note, &err), HF_BAD_FILE);
    CU_ASSERT_PTR_NULL(lock);
    CU_ASSERT_TRUE(error_says(&err, words) && error_says(&err, file));
}

static void what_is_no_plain_file_is_left_alone(void) {
    char text[8];
    CU_ASSERT_EQUAL(symlink(inside, file), 0); /* to nothing, which would be made */
    refused("is a symbolic link; remove it");
    CU_ASSERT_NOT_EQUAL(access(inside, F_OK), 0);
    unlink(file);
    put("dear", 4);
    touch(1e6);
    rename(file, inside);
    CU_ASSERT_EQUAL(symlink(inside, file), 0);
    refused("is a symbolic link; remove it");
    unlink(file);
    CU_ASSERT_EQUAL(link(inside, file), 0); /* another name of a file that is not ours */
    refused("is not a plain file; remove it");
    CU_ASSERT_EQUAL(get(text, sizeof text), 4);
    unlink(file);
    unlink(inside);
    CU_ASSERT_EQUAL(mkfifo(file, 0600), 0);
    refused("is not a plain file; remove it");
    unlink(file);
    CU_ASSERT_EQUAL(mkdir(file, 0700), 0);
    refused("Is a directory");
    rmdir(file);
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

/* As someone whom file modes hold back, if this is root. */
static void a_folder_that_cannot_be_written_to(void) {
    chmod(folder, 0555);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        hf_lock *lock;
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(2);
        hf_status status = hf_lock_take(path, &lock, note, sizeof note, &err);
        _exit(status != HF_BAD_FILE || !strstr(err.text, "cannot create '") ||
              !strstr(err.text, "Permission denied; choose a folder where you may write"));
    }
    int outcome = 0;
    waitpid(child, &outcome, 0);
    chmod(folder, 0700);
    if (WIFEXITED(outcome) && WEXITSTATUS(outcome) == 2)
        puts("SKIPPED: root here cannot become anybody else");
    else
        CU_ASSERT_EQUAL(outcome, 0);
    char whole[64];
    strcpy(whole, path);
    snprintf(path, sizeof path, "%s/no/r.h5", folder);
    hf_lock *lock;
    CU_ASSERT_EQUAL(hf_lock_take(path, &lock, note, sizeof note, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "No such file or directory"));
    strcpy(path, whole);
}

static void a_full_disk_leaves_no_lock(void) {
    struct rlimit limit, tight;
    hf_owner owner = far_away();
    leave(&owner, 1000);
    getrlimit(RLIMIT_FSIZE, &limit);
    tight = limit;
    tight.rlim_cur = 16;
    for (int i = 0; i < 2; i++) { /* one to take over, then none */
        hf_lock *lock;
        setrlimit(RLIMIT_FSIZE, &tight);
        hf_status status = hf_lock_take(path, &lock, note, sizeof note, &err);
        setrlimit(RLIMIT_FSIZE, &limit);
        CU_ASSERT_EQUAL(status, HF_BAD_FILE);
        CU_ASSERT_TRUE(error_says(&err, "File too large; make room"));
        CU_ASSERT_EQUAL(files_in(folder), 0);
    }
}

int main(void) {
    static const hf_case cases[] = {
        HF_CASE(a_lock_says_who_has_it),
        HF_CASE(who_lives_has_it_and_who_was_killed_has_not),
        HF_CASE(a_recycled_number_is_nobody),
        HF_CASE(silence_is_told_by_the_file_system),
        HF_CASE(a_machine_that_started_anew_needs_less),
        HF_CASE(a_beat_is_seen_and_rare),
        HF_CASE(a_job_that_slurm_starts_anew_has_what_it_had),
        HF_CASE(damage_is_judged_by_its_time),
        HF_CASE(what_is_no_plain_file_is_left_alone),
        HF_CASE(a_folder_that_cannot_be_written_to),
        HF_CASE(a_full_disk_leaves_no_lock),
    };
    set_slurm(NULL, NULL, NULL, NULL);
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/r.h5", folder);
    snprintf(file, sizeof file, "%s/r.h5.lock", folder);
    snprintf(inside, sizeof inside, "%s/inside", folder);
    int failed = hf_cunit_run("lock", cases, sizeof cases / sizeof cases[0]);
    return rmdir(folder) != 0 || failed;
}
