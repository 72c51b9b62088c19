#include "stats/summands.h"
#include "base/check.h"
#include "base/number.h"
#include <stdbool.h>

enum { CHUNK = 128 }; /* trials at a time: whole periods */

static double unit_mean(const double y[HF_PERIOD]) {
    double sum = y[0];
    for (int i = 1; i < HF_PERIOD; i++)
        sum += y[i];
    return 0.125 * sum;
}

/* The means of the units of y[n]; returns how many. */
static int unit_means(bool is_weighted, int n, const double *y, double *units) {
    if (!is_weighted) {
        memcpy(units, y, (size_t)n * sizeof *units);
        return n;
    }
    HF_ASSERT(n % HF_PERIOD == 0);
    for (int i = 0; i < n; i += HF_PERIOD)
        units[i / HF_PERIOD] = unit_mean(y + i);
    return n / HF_PERIOD;
}

/* Powers of what the units of y[n] lie above the centre. */
static void add_powers(hf_powers *powers, bool is_weighted, double centre, int n, const double *y) {
    double units[CHUNK];
    int n_units = unit_means(is_weighted, n, y, units), n_some = 0;
    for (int i = 0; i < n_units; i++) {
        double above = units[i] - centre;
        units[n_some] = above;
        n_some += above != 0.0;
    }
    hf_powers_add(powers, (uint64_t)n_some, units);
}

static int chunk_of(const hf_kept *kept, uint64_t from) {
    return (int)(kept->n - from < CHUNK ? kept->n - from : CHUNK);
}

static double weight_of(const hf_kept *kept, uint64_t i) {
    return kept->weights ? kept->weights[i] : 1.0; /* times 1 is exact */
}

static double above_calm(const hf_kept *kept, uint64_t i) {
    return weight_of(kept, i) * (kept->values[i] - kept->calm);
}

static double excess_of(double x, double q, hf_bad_side side) {
    return hf_max(side == HF_BAD_LOW ? q - x : x - q, 0.0);
}

void hf_summands_of_mean(const hf_kept *kept, double mean, hf_sums *sums, hf_powers *powers) {
    double y[CHUNK], spread[CHUNK];
    for (uint64_t from = 0; from < kept->n; from += CHUNK) {
        int n = chunk_of(kept, from);
        for (int i = 0; i < n; i++) {
            uint64_t at = from + (uint64_t)i;
            double d = kept->values[at] - mean;
            y[i] = above_calm(kept, at);
            spread[i] = weight_of(kept, at) * (d * d);
        }
        hf_sums_add(sums, n, spread);
        add_powers(powers, kept->weights != NULL, mean - kept->calm, n, y);
    }
}

void hf_summands_of_excess(const hf_kept *kept, double q, hf_bad_side side, hf_sums *sums,
                           hf_powers *powers) {
    double y[CHUNK];
    for (uint64_t from = 0; from < kept->n; from += CHUNK) {
        int n = chunk_of(kept, from);
        for (int i = 0; i < n; i++) {
            uint64_t at = from + (uint64_t)i;
            y[i] = weight_of(kept, at) * excess_of(kept->values[at], q, side);
        }
        hf_sums_add(sums, n, y);
        add_powers(powers, kept->weights != NULL, 0.0, n, y);
    }
}

uint64_t hf_kept_excesses(const hf_kept *kept, double q, hf_bad_side side, double *excess) {
    uint64_t n = 0;
    for (uint64_t i = 0; i < kept->n; i++) {
        double more = excess_of(kept->values[i], q, side);
        if (more > 0.0)
            excess[n++] = more;
    }
    return n;
}

void hf_summands_of_level(const hf_kept *kept, double q, double p, hf_sums *units) {
    double y[CHUNK], means[CHUNK];
    for (uint64_t from = 0; from < kept->n; from += CHUNK) {
        int n = chunk_of(kept, from);
        for (int i = 0; i < n; i++) {
            uint64_t at = from + (uint64_t)i;
            y[i] = weight_of(kept, at) * ((kept->values[at] <= q ? 1.0 : 0.0) - p);
        }
        int n_units = unit_means(kept->weights != NULL, n, y, means);
        hf_sums_add(units, n_units, means);
    }
}

void hf_summands_of_difference(const hf_kept *kept, const hf_kept *kept0, double difference,
                               hf_sums *sums, hf_powers *powers) {
    double y[CHUNK], centre = difference - (kept->calm - kept0->calm);
    HF_ASSERT(kept->n == kept0->n && !kept->weights == !kept0->weights);
    for (uint64_t from = 0; from < kept->n; from += CHUNK) {
        int n = chunk_of(kept, from);
        for (int i = 0; i < n; i++) {
            uint64_t at = from + (uint64_t)i;
            y[i] = above_calm(kept, at) - above_calm(kept0, at);
        }
        hf_sums_add(sums, n, y);
        add_powers(powers, kept->weights != NULL, centre, n, y);
    }
}

void hf_summands_of_excess_difference(const hf_kept *kept, double q, const hf_kept *kept0,
                                      double q0, hf_bad_side side, hf_sums *sums,
                                      hf_powers *powers) {
    double y[CHUNK];
    HF_ASSERT(kept->n == kept0->n && !kept->weights == !kept0->weights);
    for (uint64_t from = 0; from < kept->n; from += CHUNK) {
        int n = chunk_of(kept, from);
        for (int i = 0; i < n; i++) {
            uint64_t at = from + (uint64_t)i;
            y[i] = weight_of(kept, at) * excess_of(kept->values[at], q, side) -
                   weight_of(kept0, at) * excess_of(kept0->values[at], q0, side);
        }
        hf_sums_add(sums, n, y);
        add_powers(powers, kept->weights != NULL, 0.0, n, y);
    }
}

/* d counted `count` times; the powers are rounded as hf_powers_add does. */
static void add_powers_times(hf_powers *powers, double d, uint64_t count) {
    double square = d * d, power[4] = {d, square, square * d, square * square};
    powers->n += count;
    for (int i = 0; i < 4; i++)
        hf_exact_sum_add_times(&powers->sum[i], power[i], count);
}

void hf_summands_of_histogram_mean(const hf_histogram *histogram, double mean, hf_sums *sums,
                                   hf_powers *powers) {
    hf_bin bin = {0};
    while (hf_histogram_next(histogram, &bin)) {
        double d = bin.value - mean;
        hf_sums_add_times(sums, d * d, bin.count);
        add_powers_times(powers, d, bin.count);
    }
}

void hf_summands_of_histogram_excess(const hf_histogram *histogram, double q, hf_bad_side side,
                                     hf_sums *sums, hf_powers *powers) {
    hf_bin bin = {0};
    while (hf_histogram_next(histogram, &bin)) {
        double more = excess_of(bin.value, q, side);
        hf_sums_add_times(sums, more, bin.count);
        if (more > 0.0)
            add_powers_times(powers, more, bin.count);
    }
}
