/* What a generation is made of: for saved.c and saved_read.c. */
#ifndef HF_RUN_SAVED_PARTS_H
#define HF_RUN_SAVED_PARTS_H

#include "run/campaign.h"

/* Sections of a generation: where the run stands, and its sums. */
#define HF_SAVED_VERSION  "version"  /* of the program, text */
#define HF_SAVED_SCENARIO "scenario" /* canonical text */
#define HF_SAVED_JOB      "job"      /* likewise */
#define HF_SAVED_STAND    "stand"    /* hf_stand, then its looks */
#define HF_SAVED_TALLY    "tally"
#define HF_SAVED_WEEKLY   "weekly"
#define HF_SAVED_CRUDE    "crude"

/* Sections of a segment: rows of trials. Rows of causes follow the trials that they belong to. */
#define HF_SAVED_ROWS   "trials"
#define HF_SAVED_CAUSES "causes"
#define HF_SAVED_BESIDE "crude trials"

/* Where a run stands. */
typedef struct hf_stand {
    uint64_t first_trial, trials; /* that it is to simulate */
    uint64_t n_trials;            /* of them done, from the first */
    uint64_t n_starts;
    uint64_t n_looks;
} hf_stand;

#endif
