/* The least that a week of one trial takes, whoever computes it: the ground of the port bound that
 * `holdfast bench` prints.
 *
 * Counted from the plan, after what the text of inputs/README.md 4 and 5 asks for: a value stays in
 * a register while one works on a stage in one direction (orders up, goods down), and lies in
 * memory between them and between weeks. Constants of the plan are free, and so is what only a
 * replay reads. Roads count where some hazard closes one. */
#ifndef HF_SIM_WORK_H
#define HF_SIM_WORK_H

#include "plan/plan.h"

typedef struct hf_work { /* of one trial and week */
    double loads, stores;
    double multiplies;
    double adds; /* and what else the adders do: differences, minima, selections */
    double divides;
} hf_work;

hf_work hf_week_work(const hf_plan *plan);

#endif
