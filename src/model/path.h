/* A quantity that is known in advance for every week: piecewise linear, constant outside its
 * knots (inputs/README.md 1). */
#ifndef HF_MODEL_PATH_H
#define HF_MODEL_PATH_H

typedef struct hf_path {
    int n_knots;          /* >= 1; 1: a constant, `weeks` is not looked at */
    const double *weeks;  /* [n_knots], strictly increasing, may be fractional or negative */
    const double *values; /* [n_knots] */
} hf_path;

/* The value in week `week`, any week. */
double hf_path_at(const hf_path *path, double week);

#endif
