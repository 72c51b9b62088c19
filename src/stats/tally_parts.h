/* What a tally is made of: for tally.c and tally_pack.c. */
#ifndef HF_STATS_TALLY_PARTS_H
#define HF_STATS_TALLY_PARTS_H

#include "stats/tally.h"
#include "stats/weighted.h"

/* What weighted trials leave beside what all do. */
typedef struct hf_tally_weighted {
    double *calm;                 /* [quantity] */
    hf_weighted_running *running; /* [quantity] not in moments and units yet */
    hf_sums *units;               /* [quantity] */
    hf_weighted_running weights_running;
    hf_moments weights;
    hf_sums weight_units;
    hf_running losses_running; /* of all trials, calm or not */
    hf_sums losses;
    hf_running *struck_running; /* [hazard] */
    hf_sums *struck;            /* [hazard] weights */
    double *kept;               /* [capacity] weights */
} hf_tally_weighted;

typedef struct hf_tally_variant {
    bool *is_zero;         /* [quantity] */
    hf_running *running;   /* [quantity] not in the moments yet; NULL if weighted */
    hf_moments *moments;   /* [quantity], empty where it is zero */
    hf_histogram **counts; /* [quantity], NULL unless wanted */
    double **kept;         /* [quantity] -> [capacity], NULL unless wanted */
    hf_tail *tail;
    hf_running *struck_running;  /* [hazard] */
    hf_sums *struck;             /* [hazard] */
    hf_tally_weighted *weighted; /* NULL unless weighted */
} hf_tally_variant;

struct hf_tally {
    int n_variants, n_quantities;
    hf_tally_options options;
    hf_detail *details; /* [quantity] */
    hf_tally_variant *variants;
    uint64_t n_trials;
    hf_moments zero; /* of a quantity that is 0 in every trial ... */
    hf_sums zero_units;
    uint64_t n_kept, capacity; /* of kept columns */
    uint64_t *kept_trials;
    hf_tail_entry *listing; /* [tail_count] */
};

/* Sums of fl(w L), L the loss: weighted only. */
const hf_sums *hf_tally_weighted_losses(const hf_tally *tally, int variant);
/* Room for n more rows of kept columns. */
void hf_tally_reserve_kept(hf_tally *tally, uint64_t n);
/* Notes n more trials. */
void hf_tally_count(hf_tally *tally, uint64_t n);

#endif
