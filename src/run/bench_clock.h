/* Time for benchmarks: on one core, without what others took of it. */
#ifndef HF_RUN_BENCH_CLOCK_H
#define HF_RUN_BENCH_CLOCK_H

/* Keeps this thread on the core it runs on; gives the core's number, or -1 where the system does
 * not allow it. */
int hf_bench_pin(void);

/* Two clocks at once. The processor's leaves out what other processes took, but reading it is a
 * system call: for stretches of milliseconds. The wall's costs 20 ns: for the laps within. */
typedef struct hf_stopwatch {
    double wall, cpu; /* at the start */
} hf_stopwatch;
hf_stopwatch hf_stopwatch_start(void);
/* Processor seconds since the start. */
double hf_stopwatch_seconds(const hf_stopwatch *watch);
/* The part of the time since the start in which the core was ours, 0 .. 1: laps of the wall clock
 * times this are processor seconds, as far as others took from all laps alike. */
double hf_stopwatch_share(const hf_stopwatch *watch);

#endif
