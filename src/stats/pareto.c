#include "stats/pareto.h"
#include "base/check.h"
#include "base/elementary.h"
#include "base/memory.h"

uint64_t hf_pareto_count(uint64_t n) {
    HF_ASSERT(n >= 2);
    uint64_t count = (uint64_t)(3.0 * hf_sqrt((double)n));
    return count < n ? count : n - 1;
}

static double mean_of(const double *x, uint64_t n) {
    double sum = 0.0;
    for (uint64_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* -xi as the likelihood has it once theta = -xi / sigma is given; both vanish together, where the
 * logarithms lose what a linear term has. */
static double shape_at(const double *x, uint64_t n, double theta) {
    if (hf_abs(theta) * x[n - 1] < 1e-8)
        return theta * mean_of(x, n);
    double sum = 0.0;
    for (uint64_t i = 0; i < n; i++)
        sum += hf_log(1.0 - theta * x[i]);
    return -sum / (double)n;
}

double hf_pareto_index(const double *x, uint64_t n) {
    if (n < HF_PARETO_LEAST)
        return __builtin_nan("");
    HF_ASSERT(x[0] > 0.0);
    int n_points = 30 + (int)hf_sqrt((double)n);
    double quartile = x[(uint64_t)((double)n / 4.0 + 0.5) - 1], largest = x[n - 1], best = 0.0;
    double *theta = HF_NEW(n_points, double), *log_profile = HF_NEW(n_points, double);
    for (int i = 0; i < n_points; i++) {
        double spread = hf_sqrt((double)n_points / ((double)i + 0.5));
        theta[i] = 1.0 / largest + (1.0 - spread) / (3.0 * quartile);
        double k = shape_at(x, n, theta[i]);
        double ratio = k == 0.0 ? 1.0 / mean_of(x, n) : theta[i] / k;
        log_profile[i] = (double)n * (hf_log(ratio) + k - 1.0);
        best = i == 0 ? log_profile[i] : hf_max(best, log_profile[i]);
    }
    double weights = 0.0, sum = 0.0;
    for (int i = 0; i < n_points; i++) {
        double weight = hf_exp(log_profile[i] - best);
        weights += weight;
        sum += weight * theta[i];
    }
    hf_free(theta);
    hf_free(log_profile);
    return -shape_at(x, n, sum / weights);
}

bool hf_pareto_is_heavy(double index, uint64_t n) {
    return index > 0.5 - 0.5 / hf_sqrt((double)n);
}

/* What is maximised. */
typedef struct tail {
    const double *excess;
    int n;
    double largest;
} tail;

#define INDEX_MIN  -0.5 /* below, the likelihood is not regular */
#define INDEX_MAX  0.98
#define IMPOSSIBLE -1e300

/* Log-likelihood of (mean, xi), less a penalty on xi near 1, without which the mean has no upper
 * bound at all in small samples: [Coles1999] with 0.4 for lambda, by which tests/stat/coverage
 * comes out best. */
static double log_likelihood(const tail *t, double mean, double xi) {
    if (hf_abs(xi) < 1e-7)
        xi = 1e-7;
    double sigma = mean * (1.0 - xi), slope = xi / sigma, sum = 0.0;
    if (1.0 + slope * t->largest < 1e-12)
        return IMPOSSIBLE;
    for (int i = 0; i < t->n; i += 8) { /* an excess is at most n times their mean: no overflow */
        double product = 1.0;
        for (int j = i; j < t->n && j < i + 8; j++)
            product *= 1.0 + slope * t->excess[j];
        sum += hf_log(product);
    }
    double penalty = 0.4 * hf_max(xi, 0.0) / (1.0 - xi);
    return -(double)t->n * hf_log(sigma) - (1.0 + 1.0 / xi) * sum - penalty;
}

typedef double curve(const tail *t, double parameter, double x);

/* The largest f over [from, to] by golden section; where, in *at. */
static double climb(curve *f, const tail *t, double parameter, double from, double to, double *at) {
    const double golden = 0.6180339887498949;
    double left = to - golden * (to - from), right = from + golden * (to - from);
    double at_left = f(t, parameter, left), at_right = f(t, parameter, right);
    for (int i = 0; i < 34; i++) {
        if (at_left >= at_right) {
            to = right;
            right = left;
            at_right = at_left;
            left = to - golden * (to - from);
            at_left = f(t, parameter, left);
        } else {
            from = left;
            left = right;
            at_left = at_right;
            right = from + golden * (to - from);
            at_right = f(t, parameter, right);
        }
    }
    *at = at_left >= at_right ? left : right;
    return hf_max(at_left, at_right);
}

/* Largest likelihood for a mean of e^log_mean; `unused` makes it a curve. */
static double profile(const tail *t, double unused, double log_mean) {
    double xi;
    (void)unused;
    return climb(log_likelihood, t, hf_exp(log_mean), INDEX_MIN, INDEX_MAX, &xi);
}

/* Between `inside` and `outside`, where the profile falls below `level`; `outside` if it does not.
 */
static double find_end(const tail *t, double level, double inside, double outside) {
    for (int i = 0; i < 36; i++) {
        double middle = 0.5 * (inside + outside);
        if (profile(t, 0.0, middle) >= level)
            inside = middle;
        else
            outside = middle;
    }
    return outside;
}

hf_pareto_mean hf_pareto_mean_find(const double *excess, uint64_t n, double z) {
    HF_ASSERT(n >= 1 && n <= HF_PARETO_MOST && excess[0] > 0.0);
    tail t = {excess, (int)n, excess[n - 1]};
    double median = hf_log(excess[n / 2]), at; /* from which a mean is not farther */
    double best = climb(profile, &t, 0.0, median - 2.0, median + 6.0, &at);
    /* the factor makes up for few excesses: with it ten still cover */
    double level = best - 0.5 * z * z * (1.0 + 5.0 / (double)n);
    return (hf_pareto_mean){hf_exp(at), hf_exp(find_end(&t, level, at, at - 5.0)),
                            hf_exp(find_end(&t, level, at, at + 5.0))};
}
