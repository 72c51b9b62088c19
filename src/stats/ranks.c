#include "stats/ranks.h"
#include "base/check.h"

/* Terms of Binomial(n, p) in units of the mode's, far enough out that the rest is below 2^-80. */
#define NEGLIGIBLE 0x1p-100

typedef struct binomial {
    uint64_t n, mode;
    double odds;  /* p / (1 - p) */
    double below; /* sum of terms under the mode */
    double total; /* of all terms */
} binomial;

static double step_up(const binomial *b, double term, uint64_t k) { /* term k to k + 1 */
    return term * ((double)(b->n - k) / (double)(k + 1)) * b->odds;
}

static double step_down(const binomial *b, double term, uint64_t k) { /* term k to k - 1 */
    return term * ((double)k / (double)(b->n - k + 1)) / b->odds;
}

static binomial make_binomial(uint64_t n, uint32_t p_millionths) {
    binomial b = {.n = n, .odds = (double)p_millionths / (double)(HF_MILLION - p_millionths)};
    unsigned __int128 mode = ((unsigned __int128)n + 1) * p_millionths / HF_MILLION;
    b.mode = mode > n ? n : (uint64_t)mode;
    double term = 1.0, above = 0.0;
    for (uint64_t k = b.mode; k > 0 && term > NEGLIGIBLE; k--)
        b.below += term = step_down(&b, term, k);
    term = 1.0;
    for (uint64_t k = b.mode; k < n && term > NEGLIGIBLE; k++)
        above += term = step_up(&b, term, k);
    b.total = b.below + 1.0 + above;
    return b;
}

/* The largest l >= 1 with P(B < l) <= risk, else 1; that probability in *tail. */
static uint64_t find_lower(const binomial *b, double risk, double *tail) {
    uint64_t k = b->mode ? b->mode : 1;
    double below = b->mode ? b->below : 1.0, term = 1.0; /* of terms under k */
    for (; k > 1 && below > risk * b->total; k--) {
        term = step_down(b, term, k);
        below -= term;
    }
    *tail = below > 0.0 ? below / b->total : 0.0;
    return k;
}

/* The smallest u <= n with P(B >= u) <= risk, else n; that probability in *tail. */
static uint64_t find_upper(const binomial *b, double risk, double *tail) {
    uint64_t k = b->mode < b->n ? b->mode : b->n - 1;
    double above = b->mode < b->n ? b->total - b->below - 1.0 : 1.0, term = 1.0; /* over k */
    for (; k + 1 < b->n && above > risk * b->total; k++) {
        term = step_up(b, term, k);
        above -= term;
    }
    *tail = above > 0.0 ? above / b->total : 0.0;
    return k + 1;
}

hf_ranks hf_ranks_find(uint64_t n, uint32_t p_millionths, double confidence) {
    HF_ASSERT(n >= 1 && p_millionths >= 1 && p_millionths < HF_MILLION);
    HF_ASSERT(confidence > 0.0 && confidence < 1.0);
    unsigned __int128 scaled = (unsigned __int128)n * p_millionths + (HF_MILLION - 1);
    hf_ranks ranks = {.point = (uint64_t)(scaled / HF_MILLION)};
    binomial b = make_binomial(n, p_millionths);
    double risk = 1.0 - confidence, half = risk / 2.0, left, right;
    ranks.lower = find_lower(&b, half, &left);
    ranks.upper = find_upper(&b, half, &right);
    if (right > half && right <= risk)
        ranks.lower = find_lower(&b, risk - right, &left);
    else if (left > half && left <= risk)
        ranks.upper = find_upper(&b, risk - left, &right);
    ranks.coverage = 1.0 - left - right;
    ranks.has_interval = ranks.coverage >= confidence; /* > 0: lower < upper */
    if (!ranks.has_interval) {
        ranks.lower = ranks.upper = ranks.point;
        ranks.coverage = __builtin_nan("");
    }
    return ranks;
}
