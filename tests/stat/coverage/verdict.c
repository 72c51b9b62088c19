#include "stat/coverage/verdict.h"
#include <math.h>
#include <stdbool.h>

#define RISK 0.001

void cell_add(cell *c, const hf_estimate *e, double truth) {
    bool is_missing = isnan(e->lower) || isnan(e->upper);
    c->n++;
    if (is_missing != ((e->flags & HF_NO_INTERVAL) != 0) ||
        (!is_missing && !(e->lower <= e->value && e->value <= e->upper)))
        c->n_faults++;
    if (is_missing) {
        c->n_none++;
        return;
    }
    bool is_covered = e->lower <= truth && truth <= e->upper;
    c->stated += e->coverage;
    if (e->flags & (HF_UNRELIABLE | HF_THIN_TAIL)) {
        c->n_warned++;
        c->covered_warned += is_covered;
    } else {
        c->covered_unwarned += is_covered;
    }
}

void cell_merge(cell *c, const cell *other) {
    c->n += other->n;
    c->n_none += other->n_none;
    c->n_warned += other->n_warned;
    c->covered_warned += other->covered_warned;
    c->covered_unwarned += other->covered_unwarned;
    c->n_faults += other->n_faults;
    c->stated += other->stated;
}

uint64_t cell_intervals(const cell *c) {
    return c->n - c->n_none;
}
double cell_coverage(const cell *c) {
    return (double)(c->covered_warned + c->covered_unwarned) / (double)cell_intervals(c);
}
double cell_warned(const cell *c) {
    return (double)(c->n_warned + c->n_none) / (double)c->n;
}

/* The continued fraction of the incomplete beta function, by Lentz's method. */
static double beta_fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double f = d;
    for (int m = 1; m <= 10000; m++) {
        for (int half = 0; half < 2; half++) {
            double term = half ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                               : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1.0 + term * d;
            c = 1.0 + term / c;
            d = 1.0 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            f *= c * d;
        }
        if (fabs(c * d - 1.0) < 1e-14)
            break;
    }
    return f;
}

/* P(Beta(a, b) <= x). */
static double beta_cdf(double a, double b, double x) {
    if (x > (a + 1.0) / (a + b + 2.0))
        return 1.0 - beta_cdf(b, a, 1.0 - x);
    double log_front = a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b) - log(a);
    return exp(log_front) * beta_fraction(a, b, x);
}

static double beta_quantile(double a, double b, double p) {
    double from = 0.0, to = 1.0;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (from + to);
        if (beta_cdf(a, b, middle) < p)
            from = middle;
        else
            to = middle;
    }
    return 0.5 * (from + to);
}

limits limits_of(uint64_t k, uint64_t n) {
    double hits = (double)k, misses = (double)(n - k);
    return (limits){k == 0 ? 0.0 : beta_quantile(hits, misses + 1.0, RISK / 2.0),
                    k == n ? 1.0 : beta_quantile(hits + 1.0, misses, 1.0 - RISK / 2.0)};
}

static const char *approximate_fault(const cell *c, bool may_exceed) {
    uint64_t n_unwarned = cell_intervals(c) - c->n_warned;
    limits covered = limits_of(c->covered_unwarned, n_unwarned);
    if (n_unwarned == c->n && covered.upper < 0.94)
        return "covers too rarely";
    if (covered.lower > 0.965 && !may_exceed)
        return "covers too often";
    if (limits_of(n_unwarned - c->covered_unwarned, c->n).lower > 0.06)
        return "misses too often without a warning";
    return NULL;
}

static const char *exact_fault(const cell *c, kind judged_as) {
    uint64_t n = cell_intervals(c);
    if (n == 0)
        return NULL;
    limits covered = limits_of(c->covered_warned + c->covered_unwarned, n);
    double stated = c->stated / (double)n;
    if (covered.upper < 0.945)
        return "exact, yet below 0.945";
    if (judged_as != EXACT && covered.upper < stated)
        return "covers less than it states";
    if (judged_as == EXACT_AS_STATED && covered.lower > stated)
        return "covers more than it states";
    return NULL;
}

const char *cell_fault(const cell *c, kind judged_as) {
    if (c->n_faults)
        return "ends without sense";
    if (judged_as == APPROXIMATE || judged_as == APPROXIMATE_AT_LEAST)
        return approximate_fault(c, judged_as == APPROXIMATE_AT_LEAST);
    return exact_fault(c, judged_as);
}
