/* Regions, stages, their inputs and the links between them. All arrays stand in the byte order of
 * their ids; every index points into the array of the same scenario. Strings and arrays are
 * borrowed from the scenario's arena. */
#ifndef HF_MODEL_NETWORK_H
#define HF_MODEL_NETWORK_H

#include "model/path.h"
#include <stdbool.h>

typedef struct hf_region {
    const char *id;
    const char *name;
    const char *country;
    bool domestic;
} hf_region;

/* A part of a stage's footprint; the parts of a stage sum to 1. */
typedef struct hf_site {
    int region;
    double fraction;
} hf_site;

/* Several things share a noise or a frailty. */
typedef enum hf_factor_kind { HF_FACTOR_WEEKLY, HF_FACTOR_TRIAL } hf_factor_kind;
typedef struct hf_factor {
    const char *id;
    hf_factor_kind kind;
    double persistence; /* weekly: rho of its AR(1), [0, 1) */
} hf_factor;

/* A stationary AR(1) driver: loading * factor + sqrt(1 - loading^2) * own. */
typedef struct hf_noise {
    double sigma;       /* 0: none */
    double persistence; /* of the own part, [0, 1) */
    int factor;         /* a weekly factor, -1: none (loading is 0 then) */
    double loading;     /* [-1, 1] */
} hf_noise;

/* Supplier stage -> one input of a consumer. */
typedef struct hf_link {
    int supplier;        /* stage */
    bool by_capacity;    /* share in proportion to the suppliers' capacity; `share` unused */
    hf_path share;       /* >= 0, normalised each week over the input's links */
    double flex;         /* >= 0, in units of its own share */
    int transit_weeks;   /* >= 0 */
    double switch_weeks; /* >= 0 */
} hf_link;

typedef struct hf_input {
    const char *product;
    double per_unit;     /* b > 0, product units per start */
    double cover_weeks;  /* kappa >= 0 */
    double holding_cost; /* per unit-week */
    int n_links;
    hf_link *links; /* by supplier id */
} hf_input;

typedef struct hf_stage {
    const char *id;
    const char *name;
    const char *product;
    const char *unit;
    int n_sites;
    hf_site *sites;         /* by region id */
    hf_path capacity;       /* starts per week; HF_UNLIMITED: no limit */
    double surge;           /* g >= 0 */
    int cycle_weeks;        /* L >= 0 */
    double units_per_start; /* u > 0 */
    hf_path yield;          /* median, (0, 1] */
    hf_noise yield_noise;
    bool stock_in_units; /* else in weeks of plan */
    double stock;        /* weeks w or units S */
    double visibility;   /* nu in [0, 1] */
    double smoothing;    /* alpha in (0, 1] */
    int n_inputs;
    hf_input *inputs;        /* by product */
    double value_added;      /* per good unit */
    double holding_cost;     /* per unit-week */
    double wip_holding_cost; /* per start-week */
    double surge_cost;       /* per start above capacity */
    double *account_amounts; /* [scenario n_accounts], per good unit */
    int n_tags;
    const char **tags; /* byte order */
} hf_stage;

#endif
