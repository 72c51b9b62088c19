/* Random networks: all that a scenario can hold, from the layers under the bit law alone. */
#include "fixture.h"
#include "kernel/digest_table.h"

const int digest_n_trials = 64;
enum { N_NETWORKS = 16 };

hf_scenario *digest_scenario(int i) {
    return i < N_NETWORKS ? fixture_random((uint64_t)i + 1, (fixture_options){0}) : NULL;
}
