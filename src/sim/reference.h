/* inputs/README.md read aloud: one week of one trial, scalar. Slow, obvious, and the judge. */
#ifndef HF_SIM_REFERENCE_H
#define HF_SIM_REFERENCE_H

#include "plan/factors.h"
#include "sim/batch.h"

/* Advances lane `lane` of `batch` by week `week` with lane `lane` of `factors`. */
void hf_reference_week(hf_batch *batch, const hf_factors *factors, int week, int lane);

#endif
