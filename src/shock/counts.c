/* With L_h own points that a trial's rates lead one to expect, tilts theta_h and counts n_h, the
 * likelihood ratio is
 *
 *     P_Q(stratum) / share * prod exp((theta_h - 1) L_h) theta_h^-n_h
 *
 * over all counted hazards; P_Q is of a Poisson count of mean A = sum theta_h L_h over those in
 * strata. For these e^-A and the product's e^(A - sum L_h) meet in the exponent, so that nothing
 * overflows and nothing cancels. */
#include "shock/counts.h"
#include "base/elementary.h"
#include "rng/distribution.h"

/* The sum over n >= first of mean^n/n!, over its first term: it begins with 1 and is never found as
 * what is left of something. Ends once it is above `enough`; *n is then the last term's. */
static double sum_from(double mean, int first, double enough, double *n) {
    double k = hf_int_to_double(first), term = 1.0, sum = 1.0;
    while (sum < enough) {
        k += 1.0;
        term = term * mean / k;
        if (sum + term == sum)
            break;
        sum += term;
    }
    *n = k;
    return sum;
}

double hf_counts_log_mass(double mean, int stratum, int last) {
    double n, factorial = 1.0;
    if (mean <= 0.0)
        return stratum == 0 ? 0.0 : -HF_NEVER;
    if (stratum == last && mean > HF_COUNTS_SERIES)
        return mean; /* what lies below does not show */
    for (int k = 2; k <= stratum; k++)
        factorial *= hf_int_to_double(k);
    double rest = stratum == last ? sum_from(mean, last, HF_NEVER, &n) : 1.0;
    return hf_int_to_double(stratum) * hf_log(mean) + hf_log(rest / factorial);
}

static double draw_poisson(double mean, hf_pcg64 *rng) {
    hf_distribution poisson = {.family = HF_POISSON, .parameter = {mean}, .times = 1.0};
    return hf_distribution_sample(&poisson, rng);
}

/* A Poisson(mean) count within the stratum; in the open one by inversion. */
static double draw_total(double mean, int stratum, int last, hf_key trial) {
    hf_pcg64 rng = hf_stream_event(trial, HF_PURPOSE_COUNT, 0);
    double n;
    if (mean <= 0.0)
        return 0.0;
    if (stratum < last)
        return hf_int_to_double(stratum);
    if (mean > HF_COUNTS_SERIES)
        return draw_poisson(mean, &rng);
    double whole = sum_from(mean, last, HF_NEVER, &n);
    sum_from(mean, last, hf_pcg64_uniform(&rng) * whole, &n);
    return n;
}

/* Gives each of `total` points to one of the strata's hazards, by their tilted rates. */
static void split(const hf_design *design, hf_key trial, double total, double mean,
                  const double *expected, double *counts) {
    for (uint64_t point = 0; point < (uint64_t)hf_round_to_int(total); point++) {
        hf_pcg64 rng = hf_stream_event(trial, HF_PURPOSE_SPLIT, point);
        double at = hf_pcg64_uniform(&rng) * mean, below = 0.0;
        int pick = 0;
        for (int i = 0; i < design->n_counted && below <= at; i++) {
            const hf_counted *counted = &design->counted[i];
            if (!counted->in_strata || expected[i] <= 0.0)
                continue;
            below += counted->tilt * expected[i];
            pick = i;
        }
        counts[pick] += 1.0;
    }
}

double hf_counts_draw(const hf_design *design, hf_key trial, int stratum, const double *expected,
                      double *counts) {
    double mean = 0.0, exponent = 0.0;
    for (int i = 0; i < design->n_counted; i++) {
        const hf_counted *counted = &design->counted[i];
        double tilted = counted->tilt * expected[i];
        counts[i] = 0.0;
        exponent -= expected[i];
        if (counted->in_strata) {
            mean += tilted;
        } else {
            hf_pcg64 rng = hf_stream64(trial, counted->entity, HF_PURPOSE_COUNT, 0);
            counts[i] = draw_poisson(tilted, &rng);
            exponent += tilted;
        }
    }
    int last = design->n_strata - 1;
    split(design, trial, draw_total(mean, stratum, last, trial), mean, expected, counts);
    exponent += hf_counts_log_mass(mean, stratum, last);
    for (int i = 0; i < design->n_counted; i++)
        exponent -= counts[i] * design->counted[i].log_tilt;
    return hf_exp(exponent) / design->shares[stratum];
}
