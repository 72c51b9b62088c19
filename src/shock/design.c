#include "shock/design.h"
#include "base/check.h"
#include "base/elementary.h"
#include "base/memory.h"
#include "model/nearest.h"
#include "shock/counts.h"
#include "shock/rate.h"
#include <string.h>

#define LEAST_EFFECTIVE 0.01 /* expected effective fraction of the trials */
#define PATH_BYTES      96   /* an id has at most 64 */

static const char *const strata_path = "sampling.strata.hazards";

/* What is at hand while a design is made. */
typedef struct builder {
    const hf_job *job;
    int n_plans;
    hf_plan *const *plans;
    hf_problems *problems;
    hf_design *design;
} builder;

static const char *tilt_path(char path[PATH_BYTES], const char *id) {
    snprintf(path, PATH_BYTES, "sampling.tilts.%s", id);
    return path;
}

/* ---- the trials ---- */

static void set_strata(hf_design *design, const hf_sampling *sampling) {
    int trial = 0;
    design->n_strata = 1;
    design->shares[0] = 1.0;
    if (sampling->n_strata_hazards == 0)
        return;
    design->n_strata = sampling->n_table;
    for (int s = 0; s < sampling->n_table; s++) {
        HF_ASSERT(sampling->table[s] >= 1 && trial + sampling->table[s] <= HF_PERIOD);
        design->shares[s] = hf_int_to_double(sampling->table[s]) / HF_PERIOD;
        for (int i = 0; i < sampling->table[s]; i++)
            design->strata[trial++] = s;
    }
    HF_ASSERT(trial == HF_PERIOD);
}

/* ---- its hazards ---- */

/* The index of a hazard that some policy has; -1, and a problem: there is none. */
static int find_hazard(const builder *b, const char *path, const char *id) {
    hf_nearest nearest = {.name = id};
    for (int p = 0; p < b->n_plans; p++)
        for (int h = 0; h < b->plans[p]->n_hazards; h++) {
            const hf_plan_hazard *hazard = &b->plans[p]->hazards[h];
            if (hazard->present && strcmp(hazard->id, id) == 0)
                return h;
            if (hazard->present)
                hf_nearest_offer(&nearest, hazard->id);
        }
    if (nearest.best)
        hf_problems_add(b->problems, path,
                        "found \"%s\"; allowed hazards of the job's policies; nearest known: %s",
                        id, nearest.best);
    else
        hf_problems_add(b->problems, path, "found \"%s\"; the job's policies have no hazards", id);
    return -1;
}

/* Whether points are poisson wherever the hazard is present. */
static bool is_poisson(const builder *b, const char *path, int h) {
    static const char *const arrivals[] = {
        [HF_BERNOULLI_POINTS] = "bernoulli", [HF_SCHEDULED_POINTS] = "scheduled"};
    for (int p = 0; p < b->n_plans; p++) {
        const hf_plan_hazard *hazard = &b->plans[p]->hazards[h];
        if (hazard->present && hazard->arrival != HF_POISSON_POINTS) {
            hf_problems_add(b->problems, path,
                            "found \"%s\", which is %s under policy %s; allowed poisson hazards",
                            hazard->id, arrivals[hazard->arrival], b->plans[p]->policy);
            return false;
        }
    }
    return true;
}

/* The place of a hazard among the counted, made if need be; NULL, and a problem, where it cannot be
 * counted. */
static hf_counted *count_hazard(const builder *b, const char *path, const char *id) {
    hf_design *design = b->design;
    int h = find_hazard(b, path, id), i = design->n_counted;
    if (h < 0 || !is_poisson(b, path, h))
        return NULL;
    while (i > 0 && design->counted[i - 1].hazard >= h)
        i--;
    if (i < design->n_counted && design->counted[i].hazard == h)
        return &design->counted[i];
    memmove(&design->counted[i + 1], &design->counted[i],
            (size_t)(design->n_counted++ - i) * sizeof *design->counted);
    design->counted[i] =
        (hf_counted){.hazard = h, .entity = b->plans[0]->hazards[h].entity, .tilt = 1.0};
    return &design->counted[i];
}

static void count_hazards(const builder *b) {
    const hf_sampling *sampling = &b->job->sampling;
    char path[PATH_BYTES];
    b->design->counted = HF_NEW(sampling->n_strata_hazards + sampling->n_tilts, hf_counted);
    for (int i = 0; i < sampling->n_strata_hazards; i++) {
        hf_counted *counted = count_hazard(b, strata_path, sampling->strata_hazards[i]);
        if (counted)
            counted->in_strata = true;
    }
    for (int i = 0; i < sampling->n_tilts; i++) {
        const char *id = sampling->tilt_hazards[i];
        hf_counted *counted = count_hazard(b, tilt_path(path, id), id);
        if (!counted)
            continue;
        counted->tilt = sampling->tilts[i];
        counted->log_tilt = hf_log(counted->tilt);
    }
}

/* ---- what is to be expected ---- */

/* Own points of a counted hazard, not tilted. */
static double mean_points(const hf_plan *plan, const hf_counted *counted) {
    const hf_plan_hazard *hazard = &plan->hazards[counted->hazard];
    double rate = hf_distribution_mean(&hazard->per_year) / HF_WEEKS_PER_YEAR;
    return hf_rate_points(hazard, hazard->seasonal ? rate * hazard->season_gain : rate,
                          plan->n_weeks);
}

static void check_points(const builder *b, const hf_plan *plan, const char *path, double points) {
    if (points > HF_COUNTS_SERIES)
        hf_problems_add(b->problems, path,
                        "found %.3g own points to be expected in a trial under policy %s, tilts "
                        "included; allowed up to %g",
                        points, plan->policy, HF_COUNTS_SERIES);
}

/* Points are taken one by one and counts drawn term by term: neither is for hundreds. */
static void check_counts(const builder *b, const hf_plan *plan) {
    double together = 0.0;
    char path[PATH_BYTES];
    for (int i = 0; i < b->design->n_counted; i++) {
        const hf_counted *counted = &b->design->counted[i];
        double points = counted->tilt * mean_points(plan, counted);
        if (counted->in_strata)
            together += points;
        else
            check_points(b, plan, tilt_path(path, plan->hazards[counted->hazard].id), points);
    }
    check_points(b, plan, strata_path, together);
}

/* The counted hazard whose tilt costs most. */
static const hf_counted *costliest(const hf_design *design, const hf_plan *plan) {
    const hf_counted *worst = design->counted;
    double most = -1.0;
    for (int i = 0; i < design->n_counted; i++) {
        const hf_counted *counted = &design->counted[i];
        double cost = mean_points(plan, counted) * (counted->tilt - 1.0) * (counted->tilt - 1.0) /
                      counted->tilt;
        if (cost > most)
            worst = counted;
        most = hf_max(cost, most);
    }
    return worst;
}

/* Strata alone cannot be hopeless: the smallest share is an eighth. */
static void check_effective(const builder *b, const hf_plan *plan) {
    char path[PATH_BYTES];
    double effective = hf_design_effective(b->design, plan, b->job->seed);
    if (effective >= LEAST_EFFECTIVE)
        return;
    const hf_counted *worst = costliest(b->design, plan);
    hf_problems_add(b->problems, tilt_path(path, plan->hazards[worst->hazard].id),
                    "found %g, with which an effective part of %.2g of the trials is to be "
                    "expected under policy %s; allowed %g and above: bring this tilt nearer to 1",
                    worst->tilt, effective, plan->policy, LEAST_EFFECTIVE);
}

hf_design *hf_design_create(const hf_job *job, int n_plans, hf_plan *const *plans,
                            hf_problems *problems) {
    builder b = {job, n_plans, plans, problems, HF_NEW(1, hf_design)};
    size_t n_before = problems->n;
    HF_ASSERT(n_plans >= 1 && job->inner_trials >= 1);
    b.design->inner_trials = job->inner_trials;
    set_strata(b.design, &job->sampling);
    count_hazards(&b);
    for (int p = 0; p < n_plans; p++)
        check_counts(&b, plans[p]);
    for (int p = 0; p < n_plans; p++)
        check_effective(&b, plans[p]);
    if (problems->n == n_before)
        return b.design;
    hf_design_destroy(b.design);
    return NULL;
}

void hf_design_destroy(hf_design *design) {
    if (!design)
        return;
    hf_free(design->counted);
    hf_free(design);
}
