/* Checks of stages, inputs, links and markets, and the search for circles. */
#include "model/scenario_check.h"
#include <math.h>
#include <string.h>

static void check_footprint(const hf_stage *stage, hf_problems *problems) {
    char path[HF_CHECK_PATH_BYTES];
    double sum = 0.0;
    for (int i = 0; i < stage->n_sites; i++)
        sum += stage->sites[i].fraction;
    if (stage->n_sites > 0 && !(fabs(sum - 1.0) <= 1e-9))
        hf_problems_add(problems, hf_check_path(path, "stages.%s.footprint", stage->id),
                        "found fractions that sum to %.12g; allowed 1 within 1e-9", sum);
}

static void check_noise(const hf_scenario *s, const hf_noise *noise, const char *owner,
                        hf_problems *problems) {
    char path[HF_CHECK_PATH_BYTES];
    if (noise->factor < 0 || s->factors[noise->factor].kind == HF_FACTOR_WEEKLY)
        return;
    hf_problems_add(problems, hf_check_path(path, "%s.factor", owner),
                    "found %s, a factor of kind trial; allowed one of kind weekly",
                    s->factors[noise->factor].id);
}

static void check_shares(const hf_scenario *s, const hf_input *input, const char *sources,
                         hf_problems *problems) {
    char path[HF_CHECK_PATH_BYTES];
    int n_by_capacity = 0, n_by_path = 0;
    for (int l = 0; l < input->n_links; l++) {
        const hf_link *link = &input->links[l];
        n_by_capacity += link->by_capacity;
        n_by_path += !link->by_capacity && link->share.n_knots > 0;
        if (input->n_links > 1 && !link->by_capacity && link->share.n_knots == 0)
            hf_problems_found(
                problems,
                hf_check_path(path, "%s.%s.share", sources,
                              link->supplier < 0 ? "?" : s->stages[link->supplier].id),
                "nothing", "a path or \"capacity\", as on each of several sources");
    }
    if (n_by_capacity && n_by_path)
        hf_problems_add(problems, sources,
                        "found shares both as paths and as \"capacity\"; allowed the same on all");
}

static void check_input(const hf_scenario *s, const hf_input *input, const char *sources,
                        hf_problems *problems) {
    char path[HF_CHECK_PATH_BYTES];
    for (int l = 0; l < input->n_links; l++) {
        int supplier = input->links[l].supplier;
        if (supplier < 0 || !input->product || !s->stages[supplier].product)
            continue;
        const hf_stage *stage = &s->stages[supplier];
        if (strcmp(stage->product, input->product) != 0)
            hf_problems_add(problems, hf_check_path(path, "%s.%s", sources, stage->id),
                            "found a stage that makes %s; allowed one that makes %s",
                            stage->product, input->product);
    }
    check_shares(s, input, sources, problems);
}

/* --- circles --- */

enum { WHITE, OPEN, DONE };

/* Depth first, with a stack of its own: a hostile chain of stages may be long. */
static int walk(int root, const int *first, const int *to, char *colour, int *next, int *stack) {
    int depth = 0;
    stack[depth++] = root;
    colour[root] = OPEN;
    while (depth > 0) {
        int node = stack[depth - 1];
        if (next[node] == first[node + 1]) {
            colour[node] = DONE;
            depth--;
            continue;
        }
        int target = to[next[node]++];
        if (colour[target] == OPEN) {
            int start = depth - 1;
            while (stack[start] != target)
                start--;
            memmove(stack, stack + start, (size_t)(depth - start) * sizeof *stack);
            return depth - start;
        }
        if (colour[target] == WHITE) {
            colour[target] = OPEN;
            stack[depth++] = target;
        }
    }
    return 0;
}

int hf_graph_find_circle(int n_nodes, const int *first, const int *to, int *circle) {
    char *colour = HF_NEW(n_nodes, char);
    int *next = HF_NEW(n_nodes, int);
    int length = 0;
    for (int i = 0; i < n_nodes; i++)
        next[i] = first[i];
    for (int i = 0; i < n_nodes && length == 0; i++)
        if (colour[i] == WHITE)
            length = walk(i, first, to, colour, next, circle);
    hf_free(next);
    hf_free(colour);
    return length;
}

static void report_circle(const hf_scenario *s, const int *circle, int length,
                          hf_problems *problems) {
    enum { MOST = 12 };
    char text[(MOST + 1) * 80];
    size_t n = 0;
    for (int i = 0; i <= length && i <= MOST; i++)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, "%s%.64s", i ? " < " : "",
                             i == MOST && length > MOST ? "..." : s->stages[circle[i % length]].id);
    hf_problems_add(problems, "stages",
                    "found a circle, each stage taking from the next: %s; allowed none", text);
}

static void check_circle(const hf_scenario *s, hf_problems *problems) {
    int n_links = hf_scenario_n_links(s), n = 0;
    int *first = HF_NEW(s->n_stages + 1, int), *to = HF_NEW(n_links, int);
    int *circle = HF_NEW(s->n_stages, int);
    for (int i = 0; i < s->n_stages; i++) {
        for (int k = 0; k < s->stages[i].n_inputs; k++)
            for (int l = 0; l < s->stages[i].inputs[k].n_links; l++)
                if (s->stages[i].inputs[k].links[l].supplier >= 0)
                    to[n++] = s->stages[i].inputs[k].links[l].supplier;
        first[i + 1] = n;
    }
    int length = hf_graph_find_circle(s->n_stages, first, to, circle);
    if (length)
        report_circle(s, circle, length, problems);
    hf_free(circle);
    hf_free(to);
    hf_free(first);
}

void hf_network_check(const hf_scenario *scenario, hf_problems *problems) {
    char path[HF_CHECK_PATH_BYTES];
    for (int i = 0; i < scenario->n_stages; i++) {
        const hf_stage *stage = &scenario->stages[i];
        check_footprint(stage, problems);
        check_noise(scenario, &stage->yield_noise,
                    hf_check_path(path, "stages.%s.yield", stage->id), problems);
        for (int k = 0; k < stage->n_inputs; k++)
            check_input(scenario, &stage->inputs[k],
                        hf_check_path(path, "stages.%s.inputs.%s.sources", stage->id,
                                      stage->inputs[k].product),
                        problems);
    }
    for (int m = 0; m < scenario->n_markets; m++) {
        const hf_market *market = &scenario->markets[m];
        check_noise(scenario, &market->noise, hf_check_path(path, "markets.%s.noise", market->id),
                    problems);
        check_input(scenario, &market->input, hf_check_path(path, "markets.%s.sources", market->id),
                    problems);
    }
    check_circle(scenario, problems);
}
