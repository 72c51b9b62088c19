/* What is switched off in a trial that is simulated again to see what it was owed to. */
#ifndef HF_SHOCK_MASK_H
#define HF_SHOCK_MASK_H

#include <stdbool.h>

/* All that is not off draws what it draws without a mask, and the trial's weight is the same. */
typedef struct hf_mask {
    const bool *hazard_off; /* [n_hazards] never strikes, by itself or triggered; NULL: none */
    bool yield_noise_off;   /* y = m times its median */
    bool demand_noise_off;  /* d = x times its base; where drawn anew each week, times the mean */
} hf_mask;

#endif
