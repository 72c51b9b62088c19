#define _GNU_SOURCE /* affinity */
#include "run/bench_clock.h"
#include "base/clock.h"
#include <sched.h>

int hf_bench_pin(void) {
    cpu_set_t one;
    int core = sched_getcpu();
    if (core < 0)
        return -1;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    return sched_setaffinity(0, sizeof one, &one) == 0 ? core : -1;
}

hf_stopwatch hf_stopwatch_start(void) {
    return (hf_stopwatch){.wall = hf_clock_seconds(), .cpu = hf_clock_cpu_seconds()};
}

double hf_stopwatch_seconds(const hf_stopwatch *watch) {
    return hf_clock_cpu_seconds() - watch->cpu;
}

double hf_stopwatch_share(const hf_stopwatch *watch) {
    double cpu = hf_clock_cpu_seconds() - watch->cpu, wall = hf_clock_seconds() - watch->wall;
    return cpu < wall ? cpu / wall : 1.0;
}
