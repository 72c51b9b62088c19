/* Weekly sums of weighted trials: what weekly.c hands on where trials have weights. `week` counts
 * [variant][week], rows are the series, then the stages. */
#ifndef HF_STATS_WEEKLY_WEIGHTED_H
#define HF_STATS_WEEKLY_WEIGHTED_H

#include "stats/rows.h"
#include "stats/weekly.h"
#include "stats/words.h"

typedef struct hf_weighted_weeks hf_weighted_weeks;

hf_weighted_weeks *hf_weighted_weeks_create(const hf_weekly_options *options);
void hf_weighted_weeks_destroy(hf_weighted_weeks *weeks); /* NULL is allowed */
size_t hf_weighted_weeks_bytes(const hf_weekly_options *options);
void hf_weighted_weeks_clear(hf_weighted_weeks *weeks);

/* lower, upper: [n_series] edges of that week. */
void hf_weighted_weeks_absorb(hf_weighted_weeks *weeks, size_t week, const double *lower,
                              const double *upper, int n, int n_lanes, const double *series,
                              const double *stages, const double *weights);

hf_weekly_mean hf_weighted_weeks_mean(const hf_weighted_weeks *weeks, size_t week, int row);
/* Of all trials, those of weight 0 included. */
hf_range hf_weighted_weeks_range(const hf_weighted_weeks *weeks, size_t week, int series);
/* [HF_FAN_BINS], borrowed. */
const unsigned __int128 *hf_weighted_weeks_masses(const hf_weighted_weeks *weeks, size_t week,
                                                  int series);
/* The bin that holds the quantile; -1 where all weigh nothing. */
int hf_weighted_weeks_find_bin(const hf_weighted_weeks *weeks, size_t week, int series,
                               int thousandths);

void hf_weighted_weeks_put(hf_words *out, const hf_weighted_weeks *weeks);
void hf_weighted_weeks_get_merge(hf_word_reader *in, hf_weighted_weeks *weeks);

#endif
