/* What trials leave behind: for each variant and quantity exact moments; for distributions either
 * the values themselves (kept columns) or a histogram; the worst trials; losses given a hazard.
 *
 * Where trials have weights w (multiples of 2^-48 below 2^15), sums are of fl(w fl(x - c)), c the
 * calm value, beside them stand those of the unit means (stats/weighted.h), ranges are of x itself,
 * and columns are kept. Losses given a hazard stay sums of fl(w x).
 *
 * Absorbing the same trials in any order, over any number of tallies merged in any shape, gives the
 * same bits everywhere but in the order of kept columns. */
#ifndef HF_STATS_TALLY_H
#define HF_STATS_TALLY_H

#include "base/quantity.h"
#include "base/status.h"
#include "stats/histogram.h"
#include "stats/moments.h"
#include "stats/tail.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hf_tally_options {
    uint64_t keep_capacity; /* room for this many trials from the start, columns grow beyond by
                               half; 0: histograms instead of kept columns */
    int tail_quantity;      /* whose worst trials are listed */
    int tail_count;
    int n_hazards; /* conditional losses: rows first_events + h hold the events of hazard h */
    int first_events;
    int loss_quantity;
    const bool *is_zero; /* [n_variants][n_quantities] 0 in every trial: its values are not read.
                            Copied; NULL: none. No distribution, loss or tail. */
    bool is_weighted;    /* with room to keep trials only */
    const double *calm;  /* [n_variants][n_quantities] what is where nothing happens; 0 where it is
                            0 in every trial. Copied; NULL: 0. Weighted only. */
} hf_tally_options;

typedef struct hf_tally hf_tally;

/* Copies what it needs of `quantities`. */
hf_tally *hf_tally_create(int n_variants, int n_quantities, const hf_quantity *quantities,
                          const hf_tally_options *options);
void hf_tally_destroy(hf_tally *tally); /* NULL is allowed */
/* Bytes a tally takes with `keep_capacity` trials kept, or with n_pages histogram pages a
 * distribution (20 is ample). */
size_t hf_tally_bytes(int n_variants, int n_quantities, const hf_quantity *quantities,
                      const hf_tally_options *options, int n_pages);

/* Absorbs trials first_trial .. first_trial + n - 1, n <= n_lanes, all variants at once:
 * values[variant] -> [quantity][n_lanes], finite; weights[variant] -> [n_lanes], NULL unless
 * weighted. Weighted trials come in whole periods. */
void hf_tally_absorb(hf_tally *tally, uint64_t first_trial, int n, int n_lanes,
                     const double *const *values, const double *const *weights);

/* hf_pack and hf_merge of parallel/comm.h, for fold and checkpoint: everything but kept columns.
 * Packing is canonical: the same trials give the same bytes. */
size_t hf_tally_pack(const void *tally, unsigned char **bytes);
hf_status hf_tally_merge(void *tally, const unsigned char *bytes, size_t n_bytes,
                         hf_error *err) HF_MUST_CHECK;
/* Back to having absorbed nothing, but for the kept columns: of a tally whose sums were merged into
 * another's. */
void hf_tally_clear_sums(hf_tally *tally);
/* The same, kept columns included. */
void hf_tally_clear(hf_tally *tally);

uint64_t hf_tally_trials(const hf_tally *tally); /* absorbed or merged */
const hf_moments *hf_tally_moments(const hf_tally *tally, int variant, int quantity);
/* What the mean of these sums has to be added to: 0 unless weighted. */
double hf_tally_calm(const hf_tally *tally, int variant, int quantity);
/* Of unit means, a period each; NULL unless weighted. */
const hf_sums *hf_tally_units(const hf_tally *tally, int variant, int quantity);
/* Of the weights themselves, and of their unit means; NULL unless weighted. */
const hf_moments *hf_tally_weights(const hf_tally *tally, int variant);
const hf_sums *hf_tally_weight_units(const hf_tally *tally, int variant);
/* NULL unless HF_DISTRIBUTION and in histogram mode. */
const hf_histogram *hf_tally_histogram(const hf_tally *tally, int variant, int quantity);
/* Worst first, to entries[tail_count]; returns how many. */
int hf_tally_tail(const hf_tally *tally, int variant, hf_tail_entry *entries);
/* Losses of the trials in which the hazard struck, and of those in which it did not. */
const hf_sums *hf_tally_struck(const hf_tally *tally, int variant, int hazard);
void hf_tally_spared(const hf_tally *tally, int variant, int hazard, hf_sums *spared);
/* The weights of these trials: weighted only. */
const hf_sums *hf_tally_struck_weight(const hf_tally *tally, int variant, int hazard);
void hf_tally_spared_weight(const hf_tally *tally, int variant, int hazard, hf_sums *spared);

/* Kept columns of this rank, in order of absorption; n_kept 0 and NULL in histogram mode. */
bool hf_tally_is_keeping(const hf_tally *tally);
uint64_t hf_tally_n_kept(const hf_tally *tally);
const uint64_t *hf_tally_kept_trials(const hf_tally *tally);
/* [n_kept]; NULL unless HF_DISTRIBUTION. */
const double *hf_tally_kept(const hf_tally *tally, int variant, int quantity);
/* [n_kept]; NULL unless weighted. */
const double *hf_tally_kept_weights(const hf_tally *tally, int variant);
/* Kept columns as bytes, rows from .. from + n - 1, and back: a checkpoint's rows, whose sums come
 * by hf_tally_merge. What comes back is appended, not tallied. HF_BAD_FILE for those of another
 * tally, and for values that no trial leaves. */
size_t hf_tally_pack_kept(const hf_tally *tally, uint64_t from, uint64_t n, unsigned char **bytes);
hf_status hf_tally_merge_kept(hf_tally *tally, const unsigned char *bytes, size_t n_bytes,
                              hf_error *err) HF_MUST_CHECK;

#endif
