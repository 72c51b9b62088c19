/* The tail without one hazard (analysis/README.md, Attribution): trials at or beyond VaR .99 are
 * simulated again without each hazard that struck in them. E[L - L without h | L at or beyond VaR]
 * says what hazard h alone did to bad trials; these numbers do not add up to anything. */
#ifndef HF_RUN_REMOVAL_H
#define HF_RUN_REMOVAL_H

#include "run/ranges.h"
#include "run/trial.h"
#include "stats/tally.h"

/* Under one policy, at the root. A metric's trials are those of its tail: at or beyond its VaR. */
typedef struct hf_removal {
    double *thresholds;           /* [n_metrics] VaR .99 */
    uint64_t *n_trials;           /* [n_metrics] trials of the tail */
    double *values, *half_widths; /* [n_metrics][n_hazards] NaN: no interval */
    double *output;               /* [n_metrics][n_stages] mean good output a week in the tail */
    double *bottleneck_weeks;     /* [n_metrics][n_stages] mean weeks bound by any cause */
    uint64_t n_rows;              /* trials that were simulated again, where rows are kept */
    uint64_t *trials;             /* [n_rows] numbers, ascending */
    double *levels;               /* [n_rows][n_metrics][n_hazards] without the hazard */
} hf_removal;

typedef struct hf_removal_request { /* all borrowed */
    hf_comm *comm;
    hf_trials *trials;
    int variant;
    uint64_t seed;
    double confidence;
    const hf_tally *tally;   /* with this rank's kept trials ... */
    const hf_ranges *ranges; /* ... by range */
    int n_metrics;
    const int *metrics;                 /* [n_metrics] quantities */
    double (*thresholds)[HF_N_SAMPLES]; /* [n_metrics] VaR .99 of each sample */
    bool keeps_rows;
} hf_removal_request;

/* Each rank simulates its own trials. The interval is the jackknife's: each sample has its own
 * threshold, so that chance in the threshold shows. Trials have their weights. Collective. */
hf_status hf_removal_make(const hf_removal_request *request, hf_removal *removal,
                          hf_error *err) HF_MUST_CHECK;
void hf_removal_clear(hf_removal *removal);
/* Bytes it takes meanwhile. */
size_t hf_removal_bytes(int n_metrics, int n_hazards);

#endif
