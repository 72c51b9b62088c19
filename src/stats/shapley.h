/* Shares of causes in a number [Shapley1953]: what a driver adds to it, averaged over all orders in
 * which the drivers may come. Formed in integers, so that the shares add up exactly; and their
 * intervals by the jackknife [Tukey1958]. */
#ifndef HF_STATS_SHAPLEY_H
#define HF_STATS_SHAPLEY_H

#include <stdint.h>

enum {
    HF_MOST_DRIVERS = 6,
    HF_MOST_COALITIONS = 1 << HF_MOST_DRIVERS, /* bit i of its number: driver i is in it */
    HF_N_RANGES = 64                           /* left out one after the other */
};

typedef struct hf_shapley {
    double grid;                         /* a power of two: values are integers of it */
    double values[HF_MOST_COALITIONS];   /* rounded to the grid */
    double total;                        /* of all drivers together: values[all] - values[none] */
    int64_t numerators[HF_MOST_DRIVERS]; /* n_drivers! times the share, in units of the grid */
    double shares[HF_MOST_DRIVERS];      /* added up as they stand: the total within 4 ulp */
} hf_shapley;

/* n!, n <= HF_MOST_DRIVERS. */
int64_t hf_shapley_denominator(int n_drivers);
/* The shares of 1 .. HF_MOST_DRIVERS drivers in values[2^n_drivers], finite, below HF_SQUARE_MAX.
 * The grid is that of the largest of them: 48 bits and a half or more of it. */
void hf_shapley_make(hf_shapley *shapley, int n_drivers, const double *values);

/* Half the width of the interval of an estimate, of what it is without each range in turn:
 * Student's t with HF_N_RANGES - 1 degrees times the square root of (G - 1)/G sum of (x - mean)^2.
 */
double hf_jackknife_half_width(const double without[HF_N_RANGES], double confidence);
/* Quantile of Student's t at u in (0, 1): for 63 degrees within 1e-8 of the truth where u is in
 * 0.00005 .. 0.99995, and within 1e-10 where it is in 0.005 .. 0.995. */
double hf_student_quantile(double u, double degrees);

#endif
