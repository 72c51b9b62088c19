/* The hot loops of chance: included once for each instruction set, HF_LOOPS being the name. Plain
 * loops over lanes or weeks that the compiler vectorises; the bit law makes all of them equal. */
#include "shock/loops.h"
#include "shock/noise_body.h"
#include "shock/profile_body.h"

static void footprint_multiply(hf_footprint *footprint, int target, int n, double strength,
                               const double means[HF_SPAN_WEEKS], unsigned felt) {
    static const double ones[HF_SPAN_WEEKS] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    const int *rows = footprint->rows + target;
    const double *exposures = footprint->exposures + target;
    double parts[HF_SPAN_WEEKS];
    HF_EACH_WEEK parts[w] = strength * means[w];
    for (int i = 0; i < n; i++) {
        bool is_new = hf_footprint_touch(footprint, rows[i]);
        double exposure = exposures[i], *cell = hf_footprint_cell(footprint, rows[i]);
        const double *before = is_new ? ones : cell;
        footprint->felt[rows[i]] |= (uint8_t)felt;
        HF_EACH_WEEK cell[w] = before[w] * (1.0 + exposure * parts[w]);
    }
}

static void footprint_write(const hf_footprint *footprint, int w, hf_factors *factors) {
    const int *restrict places = footprint->places, *restrict reached = footprint->reached;
    const double *restrict values = footprint->values + w;
    double *restrict rows = factors->rows;
    for (int i = 0; i < footprint->n_cells; i++)
        rows[places[i]] = values[(size_t)i * HF_SPAN_WEEKS];
    for (int i = 0; i < footprint->n_reached; i++)
        factors->any[reached[i]] = footprint->felt[reached[i]] >> w & 1;
}

const hf_loops HF_LOOPS = {HF_LOOPS_NAME, HF_LOOPS_LEVEL,     noise_span,
                           profile_means, footprint_multiply, footprint_write};
