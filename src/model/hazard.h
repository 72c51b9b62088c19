/* Hazards: when they strike, how long, how hard, what they hit (inputs/README.md 2). */
#ifndef HF_MODEL_HAZARD_H
#define HF_MODEL_HAZARD_H

#include "rng/distribution.h"
#include <stdbool.h>

typedef enum hf_arrival { HF_POISSON_POINTS, HF_BERNOULLI_POINTS, HF_SCHEDULED_POINTS } hf_arrival;

typedef enum hf_recovery {
    HF_RECOVERY_STEP,
    HF_RECOVERY_LINEAR,      /* weeks */
    HF_RECOVERY_EXPONENTIAL, /* tau */
    HF_RECOVERY_LOGISTIC     /* midpoint, width */
} hf_recovery;

typedef enum hf_channel {
    HF_CAPACITY, /* of stages: c */
    HF_YIELD,    /* of stages: m */
    HF_SCRAP,    /* of stages: k */
    HF_SHIPPING, /* of links: a */
    HF_DEMAND,   /* of markets: x */
    HF_N_CHANNELS
} hf_channel;

/* Names of regions and countries; a thing's fraction in it is the part of its footprint there. */
typedef struct hf_place {
    int n_regions;
    int *regions;
    int n_countries;
    const char **countries;
} hf_place;

/* Which rows an effect reaches: the union of what the lists name. */
typedef struct hf_selector {
    bool everything; /* no `select` given: all that the channel knows */
    int n_stages, *stages;
    int n_markets, *markets;
    int n_products;
    const char **products;
    int n_tags;
    const char **tags;
    hf_place place;        /* stages and markets */
    bool has_from, has_to; /* links only */
    hf_place from, to;     /* links only */
} hf_selector;

typedef struct hf_effect {
    hf_channel channel;
    hf_selector select;
    double exposure; /* [0, 1] */
    bool pick_one;
    int n_weights;       /* 0: equal weights */
    int *weight_targets; /* stage or market */
    double *weights;
} hf_effect;

typedef struct hf_trigger {
    int hazard; /* target */
    double probability;
    hf_distribution lag_weeks;
} hf_trigger;

typedef struct hf_hazard {
    const char *id;
    const char *name;
    const char *family; /* "geopolitical", "yield", "demand", "natural" or the author's own */
    hf_arrival arrival;
    hf_distribution per_year; /* poisson */
    double probability;       /* bernoulli, a week */
    int n_scheduled;
    double *scheduled;           /* weeks, ascending */
    int first_month, last_month; /* season, 1..12, may wrap; 0: all year (poisson only) */
    int frailty_factor;          /* a trial factor, -1: none */
    double frailty_sigma;
    hf_distribution duration; /* weeks */
    hf_recovery recovery;
    hf_distribution recovery_parameter[2];
    hf_distribution severity;
    int n_effects;
    hf_effect *effects; /* in the order of the file: effects have no ids */
    int n_triggers;
    hf_trigger *triggers; /* by target id */
} hf_hazard;

#endif
