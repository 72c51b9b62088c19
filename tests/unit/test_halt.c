/* When a run is saved and when it stops: signals, the clock, the end of its time, a stop file. Last
 * the signals that stop it, which nothing takes back. */
#include "base/clock.h"
#include "run/halt.h"
#include "unit/hf_cunit.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *nowhere = "/nonexistent/r.h5.stop";

static hf_halt halt_of(double interval_seconds, double walltime_seconds) {
    hf_halt halt = {.interval_seconds = interval_seconds,
                    .walltime_seconds = walltime_seconds,
                    .stop_file = nowhere};
    hf_halt_begin(&halt);
    return halt;
}

static void nothing_is_wished_for(void) {
    hf_halt halt = halt_of(0.0, 0.0);
    CU_ASSERT_EQUAL(hf_halt_heard(), 0);
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), 0);
    CU_ASSERT_PTR_NULL(halt.reason);
}

static void a_save_is_told_once(void) {
    CU_ASSERT_EQUAL(raise(SIGUSR2), 0);
    CU_ASSERT_EQUAL(hf_halt_heard(), HF_WISH_SAVE);
    CU_ASSERT_EQUAL(hf_halt_heard(), 0);
    raise(SIGUSR2);
    raise(SIGUSR2);
    CU_ASSERT_EQUAL(hf_halt_heard(), HF_WISH_SAVE);
    CU_ASSERT_EQUAL(hf_halt_heard(), 0);
    hf_halt halt = halt_of(0.0, 0.0);
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, HF_WISH_SAVE), HF_WISH_SAVE);
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), 0);
}

static void a_stop_stays(void) {
    hf_halt halt = halt_of(0.0, 0.0);
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, HF_WISH_STOP | HF_WISH_SAVE), HF_WISH_STOP);
    CU_ASSERT_STRING_EQUAL(halt.reason, "a signal came");
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), HF_WISH_STOP);
}

static void the_clock_saves(void) {
    double now = hf_clock_seconds();
    hf_halt halt = halt_of(100.0, 0.0);
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), 0);
    halt.last_saved = now - 99.0;
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), 0);
    halt.last_saved = now - 101.0;
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), HF_WISH_SAVE);
    hf_halt_saved(&halt, now - 7.0);
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), 0);
    CU_ASSERT_DOUBLE_EQUAL(halt.longest_save, 7.0, 1.0);
    hf_halt_saved(&halt, hf_clock_seconds());
    CU_ASSERT_DOUBLE_EQUAL(halt.longest_save, 7.0, 1.0);
    halt.interval_seconds = 0.0;
    halt.last_saved = now - 1e9;
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), 0);
}

static void blocks_are_timed(void) {
    double now = hf_clock_seconds();
    hf_halt halt = halt_of(0.0, 0.0);
    halt.last_asked = now - 5.0;
    hf_halt_decide(&halt, 0);
    CU_ASSERT_DOUBLE_EQUAL(halt.longest_block, 5.0, 1.0);
    hf_halt_decide(&halt, 0);
    CU_ASSERT_DOUBLE_EQUAL(halt.longest_block, 5.0, 1.0);
    halt.last_asked = now - 50.0; /* which a save took */
    hf_halt_saved(&halt, now - 50.0);
    hf_halt_decide(&halt, 0);
    CU_ASSERT_DOUBLE_EQUAL(halt.longest_block, 5.0, 1.0);
}

/* At the start all is left: the longest block and save at which the end is not yet near. */
static void its_time_ends(void) {
    static const double all[] = {10.0, 100.0, 299.0, 301.0, 1000.0, 86400.0};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        double margin = all[i] < 300.0 ? all[i] / 10.0 : 30.0, third = (all[i] - margin) / 3.0;
        hf_halt halt = halt_of(0.0, all[i]);
        halt.longest_block = 0.25 * third;
        halt.longest_save = 0.75 * third - 1.0;
        CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), 0);
        halt.longest_save = 0.75 * third + 1.0;
        CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), HF_WISH_STOP);
        CU_ASSERT_STRING_EQUAL(halt.reason, "its time is nearly up");
    }
}

static void a_minute_is_worth_saving(void) {
    hf_halt halt = halt_of(900.0, 0.0);
    double now = hf_clock_seconds();
    halt.last_saved = now - 59.0;
    CU_ASSERT_FALSE(hf_halt_is_worth_saving(&halt));
    halt.last_saved = now - 61.0;
    CU_ASSERT_TRUE(hf_halt_is_worth_saving(&halt));
    halt.interval_seconds = 0.0;
    CU_ASSERT_FALSE(hf_halt_is_worth_saving(&halt));
}

/* Counted from hf_halt_listen, not from the first block. */
static void its_time_runs(void) {
    nanosleep(&(struct timespec){.tv_nsec = 60 * 1000000l}, NULL);
    hf_halt halt = halt_of(0.0, 0.05);
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), HF_WISH_STOP);
}

static void a_file_stops_it(void) {
    char path[] = "/tmp/holdfast-halt-XXXXXX";
    int file = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(file >= 0);
    close(file);
    hf_halt halt = halt_of(0.0, 0.0);
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), 0);
    halt.stop_file = path;
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), 0); /* looked within the second */
    halt.last_looked -= 1.0;
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), HF_WISH_STOP);
    CU_ASSERT_STRING_EQUAL(halt.reason, "there is a stop file");
    unlink(path);
    CU_ASSERT_EQUAL(hf_halt_decide(&halt, 0), HF_WISH_STOP);
}

/* From here on a stop is heard: of any of the four, again and again, beside a save. */
static void a_stop_is_told_for_ever(void) {
    raise(SIGUSR2);
    raise(SIGXCPU);
    CU_ASSERT_EQUAL(hf_halt_heard(), HF_WISH_STOP | HF_WISH_SAVE);
    static const int numbers[] = {SIGUSR1, SIGTERM, SIGINT, SIGXCPU};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        raise(numbers[i]);
        CU_ASSERT_EQUAL(hf_halt_heard(), HF_WISH_STOP);
        CU_ASSERT_EQUAL(hf_halt_heard(), HF_WISH_STOP);
    }
}

/* Each signal alone, of a program that was started with it blocked: a child tells by its exit code
 * what it heard. */
static uint64_t heard_of(int number) {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, number);
    pid_t child = fork();
    if (child == 0) {
        sigprocmask(SIG_BLOCK, &blocked, NULL);
        raise(number);
        hf_halt_listen();
        _exit((int)hf_halt_heard());
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? (uint64_t)WEXITSTATUS(status) : UINT64_MAX;
}

static void blocked_signals_are_heard(void) {
    CU_ASSERT_EQUAL(heard_of(SIGUSR2), HF_WISH_SAVE);
    CU_ASSERT_EQUAL(heard_of(SIGUSR1), HF_WISH_STOP);
    CU_ASSERT_EQUAL(heard_of(SIGTERM), HF_WISH_STOP);
    CU_ASSERT_EQUAL(heard_of(SIGINT), HF_WISH_STOP);
    CU_ASSERT_EQUAL(heard_of(SIGXCPU), HF_WISH_STOP);
}

static void listens(void) {
    hf_halt_listen();
}

HF_TEST_MAIN("halt", HF_CASE(blocked_signals_are_heard), HF_CASE(listens),
             HF_CASE(nothing_is_wished_for), HF_CASE(a_save_is_told_once), HF_CASE(a_stop_stays),
             HF_CASE(the_clock_saves), HF_CASE(a_minute_is_worth_saving), HF_CASE(blocks_are_timed),
             HF_CASE(its_time_ends), HF_CASE(its_time_runs), HF_CASE(a_file_stops_it),
             HF_CASE(a_stop_is_told_for_ever))
