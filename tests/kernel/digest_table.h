/* Of what tests/kernel/digest_table.c makes its table: given by the file it is linked with. */
#ifndef HF_TESTS_DIGEST_TABLE_H
#define HF_TESTS_DIGEST_TABLE_H

#include "model/scenario.h"

extern const int digest_n_trials; /* of each scenario, a multiple of 64 */

/* Scenario i = 0, 1, ..., NULL after the last, of at most 32. Ends the program if it cannot be had.
 * Given: hf_scenario_destroy. */
hf_scenario *digest_scenario(int i);

#endif
