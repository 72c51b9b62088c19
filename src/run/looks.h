/* When a run may stop: looks at fixed numbers of trials, known before it starts, and what is
 * decided there. All of it is a function of the job and of exact estimates, so the stop is the same
 * for any number of ranks.
 *
 * To stop at the first look at which an interval is narrow enough favours samples that happen to
 * look calm: intervals of 95% would then hold less. So the risk of being wrong, 1 - confidence, is
 * divided evenly among the J looks that there may be, and every look's intervals are made at
 * 1 - (1 - confidence)/J. That all of them hold together has at least the confidence asked for
 * (Bonferroni), hence that of the look at which the run stops has it too, whatever stops it. */
#ifndef HF_RUN_LOOKS_H
#define HF_RUN_LOOKS_H

#include "model/job.h"
#include "stats/summary.h"
#include "stats/words.h"

enum { HF_MOST_LOOKS = 32 }; /* 1024 trials and doubling reach 2^40 before */

typedef struct hf_looks {
    int n;                          /* J; 1 without precision */
    uint64_t trials[HF_MOST_LOOKS]; /* ascending; the last is all of them */
    double confidence;              /* of the intervals of a look */
} hf_looks;

/* Trials that belong together: the least common multiple of the period and the trials of an outer
 * draw. Looks, but for the last, and blocks are multiples of it. */
uint64_t hf_looks_unit(const hf_job *job);

/* The looks of a job: at 1024 trials, twice as many and so on, and at `trials`. The first is
 * rounded up to whole units. Without precision: one look, at `trials`. */
hf_looks hf_looks_make(const hf_job *job);

typedef enum hf_decision {
    HF_LOOK_GOES_ON,      /* not narrow enough: go on */
    HF_LOOK_MET,          /* stop: half-width <= relative |estimate| */
    HF_LOOK_NOT_RESOLVED, /* the metric was the same in all trials: nothing has been seen yet */
    HF_LOOK_AT_END        /* all trials simulated, and the precision was not met */
} hf_decision;
extern const char *const hf_decision_words[4];

typedef struct hf_look_record {
    uint64_t trials;
    hf_estimate estimate;
    double half_width, relative_half_width; /* NaN where there is no interval, or no ratio */
    hf_decision decision;
    double chance_bound; /* of HF_LOOK_NOT_RESOLVED: at that confidence, the chance that a trial
                            differs is at most this; else NaN */
} hf_look_record;

/* Judges look `look` of a job with precision by the estimate of its metric and statistic, made at
 * the looks' confidence, and by whether the metric was the same in all trials.
 *
 * An event of chance p stays unseen in n independent trials with chance (1 - p)^n, which is 1 -
 * confidence for p = 1 - (1 - confidence)^(1/n), about 3/n at 0.95. Of a weighted run no such bound
 * is known: NaN. An interval that may not hold what it says (HF_UNRELIABLE) meets no precision. */
hf_look_record hf_look_decide(const hf_looks *looks, int look, const hf_job *job,
                              const hf_estimate *estimate, bool is_constant);

/* As words, for checkpoints, and back: false if it is none. */
void hf_look_put(hf_words *out, const hf_look_record *record);
bool hf_look_get(hf_word_reader *in, hf_look_record *record);

/* Whether the run ends at this look. */
static inline bool hf_look_is_last(const hf_looks *looks, const hf_look_record *record) {
    return record->decision == HF_LOOK_MET || record->trials == looks->trials[looks->n - 1];
}

/* Why the run stopped, from its last look (NULL for a job without precision): into text[n]. */
void hf_looks_reason(const hf_job *job, const hf_look_record *last, char *text, size_t n);

#endif
