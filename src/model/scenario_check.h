/* The parts of hf_scenario_check, one a file. All bear indices of -1 and names of NULL: the marks
 * that a field was bad and has its problem already. */
#ifndef HF_MODEL_SCENARIO_CHECK_H
#define HF_MODEL_SCENARIO_CHECK_H

#include "model/scenario.h"

enum { HF_CHECK_PATH_BYTES = 640 };

/* Formats the path of a field into `path` and returns it. */
const char *hf_check_path(char path[HF_CHECK_PATH_BYTES], const char *format, ...) HF_PRINTF(2, 3);

/* Inputs, links, footprints and noises. */
void hf_network_check(const hf_scenario *scenario, hf_problems *problems);
/* Hazards: effects, triggers, season, frailty, rate. */
void hf_hazards_check(const hf_scenario *scenario, hf_problems *problems);

/* A circle in a directed graph: the edges of node i lead to to[first[i]] ... to[first[i + 1] - 1].
 * Returns its length and writes its nodes to circle[n_nodes]; 0: there is none. */
int hf_graph_find_circle(int n_nodes, const int *first, const int *to, int *circle);

#endif
