#include "run/halt.h"
#include "base/clock.h"
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t save_was_told, stop_was_told;
static double start;

static void hear(int number) {
    if (number == SIGUSR2)
        save_was_told = 1;
    else
        stop_was_told = 1;
}

void hf_halt_listen(void) {
    static const int numbers[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGXCPU};
    struct sigaction action = {.sa_handler = hear, .sa_flags = SA_RESTART};
    sigset_t heard;
    sigemptyset(&action.sa_mask);
    sigemptyset(&heard);
    start = hf_clock_seconds();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigaction(numbers[i], &action, NULL);
        sigaddset(&heard, numbers[i]);
    }
    sigprocmask(SIG_UNBLOCK, &heard, NULL);
}

uint64_t hf_halt_heard(void) {
    uint64_t wishes = (save_was_told ? HF_WISH_SAVE : 0) | (stop_was_told ? HF_WISH_STOP : 0);
    save_was_told = 0;
    return wishes;
}

void hf_halt_begin(hf_halt *halt) {
    halt->last_saved = halt->last_asked = hf_clock_seconds();
}

static bool is_time_nearly_up(const hf_halt *halt, double now) {
    double all = halt->walltime_seconds, margin = all < 300.0 ? 0.1 * all : 30.0;
    double left = all - (now - start);
    return all > 0.0 && left < margin + 3.0 * (halt->longest_block + halt->longest_save);
}

/* Once a second: asking a file system of a cluster is not free. */
static bool has_stop_file(hf_halt *halt, double now) {
    if (now - halt->last_looked < 1.0)
        return false;
    halt->last_looked = now;
    return access(halt->stop_file, F_OK) == 0;
}

uint64_t hf_halt_decide(hf_halt *halt, uint64_t heard) {
    double now = hf_clock_seconds(), block = now - halt->last_asked;
    halt->last_asked = now;
    if (block > halt->longest_block)
        halt->longest_block = block;
    if (heard & HF_WISH_STOP)
        halt->reason = "a signal came";
    else if (is_time_nearly_up(halt, now))
        halt->reason = "its time is nearly up";
    else if (has_stop_file(halt, now))
        halt->reason = "there is a stop file";
    if (halt->reason)
        return HF_WISH_STOP;
    bool is_due = halt->interval_seconds > 0.0 && now - halt->last_saved >= halt->interval_seconds;
    return is_due ? HF_WISH_SAVE : heard & HF_WISH_SAVE;
}

bool hf_halt_is_worth_saving(const hf_halt *halt) {
    return halt->interval_seconds > 0.0 && hf_clock_seconds() - halt->last_saved > 60.0;
}

void hf_halt_saved(hf_halt *halt, double begun) {
    double now = hf_clock_seconds(), seconds = now - begun;
    if (seconds > halt->longest_save)
        halt->longest_save = seconds;
    halt->saving_seconds += seconds;
    halt->n_saves++;
    halt->last_saved = halt->last_asked = now;
}
