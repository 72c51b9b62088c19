/* When a run is saved before its end, and when it stops there: signals, a stop file, the end of its
 * time, the clock. What is wished for is heard at the end of a block, by the root. */
#ifndef HF_RUN_HALT_H
#define HF_RUN_HALT_H

#include <stdbool.h>
#include <stdint.h>

/* Bits, as ranks tell them to the root (parallel/claims.h). */
#define HF_WISH_SAVE ((uint64_t)1) /* and go on: USR2, the clock */
#define HF_WISH_STOP ((uint64_t)2) /* save and stop: USR1, TERM, INT, XCPU, stop file, time */

/* From now on these signals are wishes, and a second one changes nothing; also where whoever
 * started this program had blocked them. Starts the clock that walltime is measured on. Once,
 * before MPI. */
void hf_halt_listen(void);
/* What signals have told this rank; HF_WISH_SAVE is told once. */
uint64_t hf_halt_heard(void);

typedef struct hf_halt {
    double interval_seconds; /* from one save to the next; 0: never by the clock */
    double walltime_seconds; /* from hf_halt_listen; 0: no limit */
    const char *stop_file;   /* borrowed */
    double last_saved, last_asked, last_looked;         /* clock, since hf_halt_begin */
    double longest_save, longest_block, saving_seconds; /* so far; of all saves */
    int n_saves;
    const char *reason; /* of the last HF_WISH_STOP: for people */
} hf_halt;

/* The first block begins, of a halt that says when and is zero otherwise. */
void hf_halt_begin(hf_halt *halt);
/* What is to be done now, at the end of a block: HF_WISH_STOP, HF_WISH_SAVE or 0. heard: by any
 * rank.
 *
 * The end of its time nears when less is left than 30 s (or a tenth of it all, if that is less) and
 * three times what the longest block and the longest save have taken. */
uint64_t hf_halt_decide(hf_halt *halt, uint64_t heard);
/* Whether a run that is saved by the clock would lose more than a minute if it were not saved now:
 * asked at its end, since it may yet be killed while its result is made. */
bool hf_halt_is_worth_saving(const hf_halt *halt);
/* A save has begun at that clock and is over. */
void hf_halt_saved(hf_halt *halt, double begun);

#endif
