#include "stat/coverage/tilted.h"
#include "base/elementary.h"
#include <math.h>

enum { MAX_EVENTS = 30 };

const tilted tilted_list[N_TILTED] = {
    {"0.2 events, stratified", 0.2, {4, 3, 1}, 1.0},
    {"0.05 events, tilted by 4", 0.05, {0, 0, 0}, 4.0},
};

double gamma_beyond(int shape, double x) {
    double term = exp(-x), sum = 0.0;
    for (int j = 0; j < shape; j++) {
        sum += term;
        term *= x / (j + 1);
    }
    return sum;
}

double gamma_excess(int shape, double x) {
    return shape * gamma_beyond(shape + 1, x) - x * gamma_beyond(shape, x);
}

static double chance_of(double rate, int n_events) {
    return exp(-rate + n_events * log(rate) - lgamma(n_events + 1.0));
}

static double beyond(const tilted *t, double x) {
    double sum = 0.0;
    for (int n = 1; n < MAX_EVENTS; n++)
        sum += chance_of(t->rate, n) * gamma_beyond(n, x);
    return sum;
}

double tilted_mean(const tilted *t) {
    return t->rate;
}

double tilted_var(const tilted *t, double p) {
    double from = 0.0, to = 100.0;
    if (beyond(t, 0.0) <= 1.0 - p)
        return 0.0;
    for (int i = 0; i < 100; i++) {
        double middle = 0.5 * (from + to);
        if (beyond(t, middle) > 1.0 - p)
            from = middle;
        else
            to = middle;
    }
    return to;
}

double tilted_cvar(const tilted *t, double p) {
    double q = tilted_var(t, p), sum = 0.0;
    for (int n = 1; n < MAX_EVENTS; n++)
        sum += chance_of(t->rate, n) * gamma_excess(n, q);
    return q + sum / (1.0 - p);
}

/* The number of events at u, of those in first .. last. */
static int draw_count(double rate, int first, int last, double u) {
    double whole = 0.0, sum = 0.0;
    for (int n = first; n <= last; n++)
        whole += chance_of(rate, n);
    int n = first;
    while (n < last && (sum += chance_of(rate, n)) < u * whole)
        n++;
    return n;
}

static double on_grid(double weight) {
    return nearbyint(weight * 0x1p48) * 0x1p-48;
}

static double draw_trial(const tilted *t, hf_pcg64 *rng, int trial, double *weight) {
    int stratum = 0, first = 0, last = MAX_EVENTS, n;
    if (t->table[0] > 0) {
        for (int at = trial % 8; at >= t->table[stratum]; stratum++)
            at -= t->table[stratum];
        first = stratum;
        last = stratum == N_STRATA - 1 ? MAX_EVENTS : stratum;
        double chance = 0.0;
        for (n = first; n <= last; n++)
            chance += chance_of(t->rate, n);
        *weight = on_grid(chance * 8.0 / t->table[stratum]);
        n = draw_count(t->rate, first, last, hf_pcg64_uniform(rng));
    } else {
        n = draw_count(t->rate * t->tilt, first, last, hf_pcg64_uniform(rng));
        *weight = on_grid(exp((t->tilt - 1.0) * t->rate) * pow(t->tilt, -n));
    }
    double loss = 0.0;
    for (int i = 0; i < n; i++)
        loss -= hf_log(hf_pcg64_uniform(rng));
    return loss;
}

void tilted_sample(const tilted *t, hf_pcg64 *rng, int n, double *x, double *weights) {
    for (int i = 0; i < n; i++)
        x[i] = draw_trial(t, rng, i, &weights[i]);
}
