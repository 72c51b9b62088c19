/* Time: for progress, performance and provenance. Never for results. */
#include "base/clock.h"
#include <time.h>

static double seconds_of(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double hf_clock_seconds(void) {
    return seconds_of(CLOCK_MONOTONIC);
}
double hf_clock_cpu_seconds(void) {
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

void hf_clock_timestamp(char text[21]) {
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, 21, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
