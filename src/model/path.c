/* Piecewise linear paths (inputs/README.md 1). */
#include "model/path.h"

/* The last knot at or before `week`, which lies within the knots. */
static int knot_before(const hf_path *path, double week) {
    int low = 0, high = path->n_knots - 1;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (path->weeks[middle] <= week)
            low = middle;
        else
            high = middle;
    }
    return low;
}

double hf_path_at(const hf_path *path, double week) {
    int last = path->n_knots - 1;
    if (last == 0 || week <= path->weeks[0])
        return path->values[0];
    if (week >= path->weeks[last])
        return path->values[last];
    int i = knot_before(path, week);
    double part = (week - path->weeks[i]) / (path->weeks[i + 1] - path->weeks[i]);
    return path->values[i] + (path->values[i + 1] - path->values[i]) * part;
}
