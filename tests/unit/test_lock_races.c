/* Who writes to a path when several want to: of two that take, one has it. */
#define _GNU_SOURCE
#include "io/lock.h"
#include "io/owner.h"
#include "sample_tables.h"
#include "unit/hf_cunit.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 200, ROUNDS_OF_NEW = 50, ROUNDS_WITHOUT_FLOCK = 5 };

static char folder[] = "/tmp/hf_races_XXXXXX", path[64], file[64], inside[64];
static char note[1024];
static hf_error err;

/* ---- the system as a test wants it ---- */

static int flock_errno;            /* what flock answers; 0: what it is */
static void (*before_open)(void);  /* once, of what should exist */
static void (*before_flock)(void); /* once */
static void (*after_sleep)(void);  /* each time */

static void happen(void (**event)(void)) {
    void (*now)(void) = *event;
    *event = NULL;
    if (now)
        now();
}

int open(const char *name, int flags, ...) { /* all that create here give the same mode */
    if (!(flags & O_CREAT))
        happen(&before_open);
    return (int)syscall(SYS_openat, AT_FDCWD, name, flags, 0666);
}

int flock(int fd, int operation) {
    happen(&before_flock);
    if (!flock_errno)
        return (int)syscall(SYS_flock, fd, operation);
    errno = flock_errno;
    return -1;
}

int nanosleep(const struct timespec *wanted, struct timespec *left) {
    int answer = (int)syscall(SYS_nanosleep, wanted, left);
    if (after_sleep)
        after_sleep();
    return answer;
}

/* ---- what others do ---- */

static void put(const char *text) {
    FILE *stream = fopen(file, "w");
    if (stream) {
        fputs(text, stream);
        fclose(stream);
    }
}

static void another_writes(void) {
    hf_owner owner;
    char text[HF_OWNER_TEXT];
    hf_owner_self(&owner);
    strcpy(owner.host, "far");
    hf_owner_write(&owner, text);
    put(text);
}

static void another_removes(void) {
    unlink(file);
}

static void leave_stale(void) {
    const struct timespec long_ago[2] = {{0, 0}, {0, 0}};
    put("");
    CU_ASSERT_EQUAL(utimensat(AT_FDCWD, file, long_ago, 0), 0);
}

static hf_status take(void) {
    hf_lock *lock;
    hf_status status = hf_lock_take(path, &lock, note, sizeof note, &err);
    hf_lock_release(lock);
    return status;
}

/* ---- */

static void a_file_of_ours_that_another_filled_is_not_ours(void) {
    before_flock = another_writes;
    CU_ASSERT_EQUAL(take(), HF_BAD_WORLD);
    CU_ASSERT_TRUE(error_says(&err, " on far since "));
    CU_ASSERT_EQUAL(files_in(folder), 1);
    unlink(file);
}

static void a_file_that_lost_its_name_is_nobodys(void) {
    before_flock = another_removes; /* of a new one */
    CU_ASSERT_EQUAL(take(), HF_OK);
    another_writes(); /* who ends just now */
    before_flock = another_removes;
    CU_ASSERT_EQUAL(take(), HF_OK);
    CU_ASSERT_STRING_EQUAL(note, "");
    another_writes();
    before_open = another_removes;
    CU_ASSERT_EQUAL(take(), HF_OK);
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

static void a_file_that_was_taken_over_is_not_removed(void) {
    hf_lock *lock;
    CU_ASSERT_EQUAL_FATAL(hf_lock_take(path, &lock, note, sizeof note, &err), HF_OK);
    before_flock = another_writes; /* which saw us silent for long */
    hf_lock_release(lock);
    CU_ASSERT_EQUAL(files_in(folder), 1);
    unlink(file);
}

static void who_cannot_hold_the_file_leaves_it(void) {
    leave_stale();
    flock_errno = EWOULDBLOCK;
    CU_ASSERT_EQUAL(take(), HF_BAD_WORLD);
    CU_ASSERT_TRUE(error_says(&err, "by a run that is just taking it; wait for it"));
    flock_errno = 0;
    CU_ASSERT_EQUAL(take(), HF_OK);
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

static void without_flock_the_last_to_write_has_it(void) {
    static const int answers[] = {ENOLCK, ENOSYS, EOPNOTSUPP};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        flock_errno = answers[i];
        CU_ASSERT_EQUAL(take(), HF_OK);
        leave_stale();
        CU_ASSERT_EQUAL(take(), HF_OK);
        leave_stale();
        after_sleep = another_writes;
        CU_ASSERT_EQUAL(take(), HF_BAD_WORLD);
        CU_ASSERT_TRUE(error_says(&err, "by a run that took it when we did"));
        after_sleep = NULL;
        unlink(file);
    }
    flock_errno = 0;
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

/* ---- processes ---- */

/* Takes when `go` ends, says how that went, and has it until it is killed. */
static pid_t start_taker(const int go[2], int told) {
    fflush(NULL);
    pid_t child = fork();
    if (child)
        return child;
    hf_lock *lock;
    char status;
    close(go[1]);
    if (read(go[0], &status, 1) != 0)
        _exit(1);
    status = (char)hf_lock_take(path, &lock, note, sizeof note, &err);
    if (write(told, &status, 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

/* Two take at once what is free, or left by one that was killed. */
static void race(int n, bool is_free) {
    int wins = 0, losses = 0;
    for (int round = 0; round < n; round++) {
        int go[2], told[2];
        pid_t takers[2];
        char status[2] = {0, 0};
        if (is_free)
            unlink(file);
        CU_ASSERT_TRUE_FATAL(pipe(go) == 0 && pipe(told) == 0);
        for (int i = 0; i < 2; i++)
            takers[i] = start_taker(go, told[1]);
        close(go[0]);
        close(go[1]);
        for (int i = 0; i < 2; i++) {
            CU_ASSERT_EQUAL(read(told[0], &status[i], 1), 1);
            wins += status[i] == HF_OK;
            losses += status[i] == HF_BAD_WORLD;
        }
        CU_ASSERT_EQUAL(files_in(folder), 1);
        for (int i = 0; i < 2; i++) {
            kill(takers[i], SIGKILL);
            waitpid(takers[i], NULL, 0);
        }
        close(told[0]);
        close(told[1]);
    }
    CU_ASSERT_EQUAL(wins, n);
    CU_ASSERT_EQUAL(losses, n);
    unlink(file);
}

static void of_two_that_take_one_has_it(void) {
    race(ROUNDS_OF_NEW, true);
}

static void of_two_that_take_over_one_has_it(void) {
    race(ROUNDS, false);
}

static void of_two_that_take_over_without_flock_one_has_it(void) {
    flock_errno = ENOLCK;
    race(ROUNDS_WITHOUT_FLOCK, false);
    flock_errno = 0;
}

/* Takes and gives back until it had it often enough; never while another has it. */
static int come_and_go(void) {
    for (int had = 0; had < ROUNDS;) {
        hf_lock *lock;
        hf_status status = hf_lock_take(path, &lock, note, sizeof note, &err);
        if (status == HF_BAD_WORLD)
            continue;
        int alone = status ? -1 : open(inside, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (alone < 0)
            return 1;
        close(alone);
        unlink(inside);
        hf_lock_release(lock);
        had++;
    }
    return 0;
}

static void two_that_come_and_go_never_have_it_both(void) {
    pid_t comers[2];
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        comers[i] = fork();
        if (comers[i] == 0)
            _exit(come_and_go());
    }
    for (int i = 0; i < 2; i++) {
        int outcome = 1;
        waitpid(comers[i], &outcome, 0);
        CU_ASSERT_EQUAL(outcome, 0);
    }
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

int main(void) {
    static const hf_case cases[] = {
        HF_CASE(a_file_of_ours_that_another_filled_is_not_ours),
        HF_CASE(a_file_that_lost_its_name_is_nobodys),
        HF_CASE(a_file_that_was_taken_over_is_not_removed),
        HF_CASE(who_cannot_hold_the_file_leaves_it),
        HF_CASE(without_flock_the_last_to_write_has_it),
        HF_CASE(of_two_that_take_one_has_it),
        HF_CASE(of_two_that_take_over_one_has_it),
        HF_CASE(of_two_that_take_over_without_flock_one_has_it),
        HF_CASE(two_that_come_and_go_never_have_it_both),
    };
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/r.h5", folder);
    snprintf(file, sizeof file, "%s/r.h5.lock", folder);
    snprintf(inside, sizeof inside, "%s/inside", folder);
    int failed = hf_cunit_run("lock_races", cases, sizeof cases / sizeof cases[0]);
    return rmdir(folder) != 0 || failed;
}
