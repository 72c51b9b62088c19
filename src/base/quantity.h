/* What is measured of a trial, as plain data: described once by sim/outcome, tallied by stats,
 * written by io. */
#ifndef HF_BASE_QUANTITY_H
#define HF_BASE_QUANTITY_H

/* The side on which VaR and CVaR lie. */
typedef enum hf_bad_side { HF_BAD_NONE, HF_BAD_LOW, HF_BAD_HIGH } hf_bad_side;

/* What is kept of it over trials. */
typedef enum hf_detail {
    HF_MOMENTS,     /* exact sums of x and x^2, min and max */
    HF_DISTRIBUTION /* these, and order statistics, histogram, a column of /trials */
} hf_detail;

/* Where trials have weights, their strata repeat every HF_PERIOD trials: the trials t of one
 * t / HF_PERIOD, a period, are together independent of all others, and the unit of variances. */
enum { HF_PERIOD = 8 };

typedef struct hf_quantity {
    const char *name; /* "fill_rate", "account_mw" ... */
    const char *unit; /* singular: "week", "1", "USD" */
    const char *long_name;
    hf_bad_side bad_side;
    hf_detail detail;
} hf_quantity;

#endif
