/* Markets: who wants the product, and what they do while they wait. */
#ifndef HF_MODEL_DEMAND_H
#define HF_MODEL_DEMAND_H

#include "model/network.h"
#include "rng/distribution.h"

typedef enum hf_demand_kind { HF_DEMAND_LOGNORMAL, HF_DEMAND_NORMAL, HF_DEMAND_IID } hf_demand_kind;

typedef struct hf_market {
    const char *id;
    const char *name;
    int region;
    hf_input input;      /* its only one: product and links; per_unit 1, no cover, no cost */
    hf_path demand;      /* base, units per week */
    hf_demand_kind kind; /* [lognormal with sigma 0: no noise] */
    hf_noise noise;      /* lognormal: of the log; normal: units per week */
    hf_distribution iid; /* kind iid: factor on base, drawn each week */
    double price;        /* currency per unit */
    int quoted_weeks;    /* l >= 0 */
    double smoothing;    /* alpha in (0, 1] */
    double abandon;      /* lambda in [0, 1] */
    double backlog_cost; /* per unit-week */
} hf_market;

#endif
