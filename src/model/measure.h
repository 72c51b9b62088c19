/* Measures one could pay for, and the policies that name sets of them. What a measure changes is a
 * matter of the scenario's text (io/policy.h): a policy's scenario is read like any other. */
#ifndef HF_MODEL_MEASURE_H
#define HF_MODEL_MEASURE_H

#define HF_BASELINE "baseline" /* the reserved policy without measures */

typedef struct hf_measure {
    const char *id;
    const char *name;
    double cost; /* currency */
} hf_measure;

typedef struct hf_policy {
    const char *id;
    const char *name;
    int n_measures;
    int *measures; /* in the listed order */
} hf_policy;

#endif
