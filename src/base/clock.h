/* Time: for progress, performance and provenance. Never for results. */
#ifndef HF_BASE_CLOCK_H
#define HF_BASE_CLOCK_H

/* Seconds on a clock that never goes back. */
double hf_clock_seconds(void);
/* Processor seconds of this process. */
double hf_clock_cpu_seconds(void);
/* UTC now as 2026-01-31T12:00:00Z into text[21]. */
void hf_clock_timestamp(char text[21]);

#endif
