"""Independent recomputation of Holdfast's model (inputs/README.md, section 3).

Slow, obvious, and written from the text alone: it shares no line with the C program.
This half makes the plan (section 3); trial_again.py runs the weeks (sections 4 and 5).

    scenario = load("inputs/tutorial.json")
    patched = apply_policy(scenario, "baseline")
    the_plan = plan(patched)
    factors = calm(the_plan)                    # c, y, a, d, k of a week without chance
    states = simulate(the_plan, factors)
    print(outcome(the_plan, factors, states)["fill_rate"])

Keys. A node is the id of a stage or a market. An input is (node, product); a market's
one input is (market, its product). A link is (supplier, node, product).
Weeks are t = 0 ... T-1. Arrays of `states` hold one value a week.
"""
import copy
import json
import math

import numpy as np

UNLIMITED = 1e12
TINY = 1e-9          # section 4: what counts as 0, times Z
FAINT = 1e-5         # section 4: a plan too small to learn a ratio from, times Z


# ---------------------------------------------------------------- scenario and policy

def load(path):
    """Reads a scenario; the schema is not checked here."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def merge_patch(target, patch):
    """RFC 7396: objects are merged, null removes, anything else replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def patched_values(patch, at=()):
    """The paths of the values that a merge patch sets or removes."""
    if not isinstance(patch, dict):
        return {at}
    return set().union(*[patched_values(value, at + (key,)) for key, value in patch.items()] or [set()])


def policy_measures(scenario, policy):
    if policy == "baseline":
        return []
    return scenario["policies"][policy]["measures"]


def apply_policy(scenario, policy, measures=None):
    """The scenario under a policy: patches in listed order, then scales.

    Two patches that touch one value (or a value inside one that the other replaces) are an error.
    """
    names = policy_measures(scenario, policy) if measures is None else measures
    chosen = [(name, scenario["measures"][name]) for name in names]
    result, touched = copy.deepcopy(scenario), {}
    for name, measure in chosen:
        for path in patched_values(measure.get("patch", {})):
            for other, owner in touched.items():
                shorter = min(len(path), len(other))
                if owner != name and path[:shorter] == other[:shorter]:
                    raise ValueError(f"{policy}: {owner} and {name} both patch {'.'.join(path)}")
            touched[path] = name
        result = merge_patch(result, measure.get("patch", {}))
    for name, measure in chosen:
        for dotted, factor in measure.get("scale", {}).items():
            if scale(result, dotted.split("."), factor) == 0:
                raise ValueError(f"{name}: scale of {dotted} meets nothing")
    return result


def scale(thing, keys, factor):
    """Scales what the keys lead to; returns how many things were met."""
    if len(keys) == 1:
        names = [name for name in sorted(thing) if keys[0] in ("*", name)]
        for name in names:
            thing[name] = scaled(thing[name], factor)
        return len(names)
    return sum(scale(thing[name], keys[1:], factor) for name in sorted(thing)
               if keys[0] in ("*", name) and isinstance(thing[name], dict))


def scaled(value, factor):
    """A number, a path, or a random quantity, times the factor."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value * factor
    if isinstance(value, dict) and "values" in value and "weeks" in value:
        return dict(value, values=[v * factor for v in value["values"]])
    if isinstance(value, dict) and not {"weeks", "values"} & set(value):
        result = dict(value, times=value.get("times", 1) * factor)
        if "plus" in value:
            result["plus"] = value["plus"] * factor
        return result
    raise ValueError(f"{value!r} cannot be scaled")


def path_values(path, weeks):
    """A path at t = 0 ... weeks-1: linear between knots, constant outside."""
    if isinstance(path, dict):
        return np.interp(np.arange(weeks), path["weeks"], path["values"])
    return np.full(weeks, float(path))


# ---------------------------------------------------------------------------- section 3

class Plan:
    """A scenario under one policy, with its planned flows (section 3).

    stages, markets: ids, suppliers before customers; inputs, links: sorted keys;
    in_links[input], out_links[stage]: links; everything planned is an array over weeks.
    """


def cov(f, v):
    """cov(f, t, v) for every t the array reaches: v weeks of f from week t on."""
    n = math.floor(v)
    length = len(f) - n
    result = np.zeros(length)
    for ahead in range(n):
        result += f[ahead:ahead + length]
    return result + (v - n) * f[n:n + length]


def plan(scenario):
    """Plans from the markets upstream; every series keeps the weeks that do not depend on its end."""
    p = Plan()
    p.scenario, p.T = scenario, scenario["horizon_weeks"]
    read_network(p)
    E = p.T + longest_look_ahead(p) + 1
    read_paths(p, E)
    p.flow, p.starts, p.order = {}, {}, {}            # plan, x^, ord^
    p.F0, p.lots0, p.R0, p.arrivals0 = {}, {}, {}, {}
    p.S_hat, p.A, p.G_hat, p.H = {}, {}, {}, {}
    for m in p.markets:
        p.flow[m] = p.base[m]
        p.order[p.market_input[m]] = p.base[m]
        for link in p.in_links[p.market_input[m]]:
            p.arrivals0[link] = [p.share[link][0] * p.base[m][s] for s in range(p.transit[link])]
    for i in reversed(p.stages):
        length = min(len(p.order[link[1:]]) for link in p.out_links[i]) if p.out_links[i] else E
        p.flow[i] = np.zeros(length)
        for link in p.out_links[i]:
            p.flow[i] += p.share[link][:length] * p.order[link[1:]][:length]
        plan_stage(p, i)
        for key in p.stage_inputs[i]:
            plan_input(p, i, key)
    for node in p.stages + p.markets:
        assert len(p.flow[node]) > p.T
    largest = {node: float(np.max(p.flow[node][:p.T])) for node in p.stages + p.markets}
    p.Z = {node: max(z, 1e-3 * max(largest.values())) for node, z in largest.items()}
    return p


def read_network(p):
    """Ids, links and numbers of the scenario, with defaults filled in."""
    s = p.scenario
    nodes = {**s["stages"], **s["markets"]}
    p.inputs, p.links, p.transit, p.flex, p.switch = [], [], {}, {}, {}
    p.per_unit, p.cover, p.input_holding, p.in_links = {}, {}, {}, {}
    p.stage_inputs = {i: [] for i in s["stages"]}
    p.out_links = {i: [] for i in s["stages"]}
    p.market_input = {m: (m, market["product"]) for m, market in s["markets"].items()}
    for node in sorted(nodes):
        inputs = ({nodes[node]["product"]: nodes[node]} if node in s["markets"]
                  else nodes[node].get("inputs", {}))
        for product in sorted(inputs):
            key = (node, product)
            p.inputs.append(key)
            if node in s["stages"]:
                p.stage_inputs[node].append(key)
                p.per_unit[key] = inputs[product]["per_unit"]
                p.cover[key] = inputs[product].get("cover_weeks", 0)
                p.input_holding[key] = inputs[product].get("holding_cost", 0)
            p.in_links[key] = []
            for supplier in sorted(inputs[product]["sources"]):
                if s["stages"][supplier]["product"] != product:
                    raise ValueError(f"{supplier} does not make {product}, wanted by {node}")
                source, link = inputs[product]["sources"][supplier], (supplier,) + key
                p.links.append(link)
                p.in_links[key].append(link)
                p.out_links[supplier].append(link)
                p.transit[link] = source.get("transit_weeks", 0)
                p.flex[link] = source.get("flex", 0)
                p.switch[link] = source.get("switch_weeks", 0)
    p.markets = sorted(s["markets"])
    p.stages = []                                     # suppliers before customers
    waiting = sorted(s["stages"])
    while waiting:
        ready = [i for i in waiting
                 if all(link[0] in p.stages for key in p.stage_inputs[i] for link in p.in_links[key])]
        if not ready:
            raise ValueError(f"a cycle among {waiting}")
        p.stages += ready
        waiting = [i for i in waiting if i not in ready]
    stage = s["stages"]
    p.cycle = {i: stage[i].get("cycle_weeks", 0) for i in stage}
    p.units = {i: stage[i].get("units_per_start", 1) for i in stage}
    p.surge = {i: stage[i].get("surge", 0) for i in stage}
    p.visibility = {i: stage[i].get("visibility", 1) for i in stage}
    p.alpha = {node: nodes[node].get("smoothing", 0.05) for node in nodes}
    p.stock_units = {i: stage[i].get("stock", {}).get("units") for i in stage}
    p.stock_weeks = {i: stage[i].get("stock", {}).get("weeks", 0) for i in stage}


def longest_look_ahead(p):
    """Weeks beyond T that some plan of weeks 0 ... T-1 looks at."""
    depth = {}
    for i in p.stages:
        own = p.cycle[i] + math.floor(p.stock_weeks[i]) + 2
        own += max([max(p.transit[link] for link in p.in_links[key]) + math.floor(p.cover[key]) + 2
                    for key in p.stage_inputs[i]] or [0])
        depth[i] = own + max([depth[link[0]] for key in p.stage_inputs[i] for link in p.in_links[key]] or [0])
    return max(depth.values())


def read_paths(p, E):
    """C, ybar, eta, base and the normalised shares of every link, for weeks 0 ... E-1."""
    s = p.scenario
    p.C, p.ybar, p.eta, p.base, p.share = {}, {}, {}, {}, {}
    for i in p.stages:
        stage = s["stages"][i]
        capacity = stage.get("capacity")
        p.C[i] = path_values(UNLIMITED if capacity is None else capacity, E)
        p.ybar[i] = path_values(stage.get("yield", {}).get("mean", 1), E)
        p.eta[i] = p.units[i] * p.ybar[i]
    for m in p.markets:
        p.base[m] = path_values(s["markets"][m]["demand"], E)
    for key in p.inputs:
        node, product = key
        sources = (s["markets"][node] if node in s["markets"] else s["stages"][node]["inputs"][product])["sources"]
        raw = {}
        for link in p.in_links[key]:
            share = sources[link[0]].get("share", 1)
            raw[link] = p.C[link[0]] if share == "capacity" else path_values(share, E)
        if len(raw) == 1:
            p.share[link] = np.ones(E)
            continue
        total = sum(raw.values())
        for link in raw:
            p.share[link] = np.where(total > 0, raw[link] / np.where(total > 0, total, 1), 1 / len(raw))


def plan_stage(p, i):
    """Stock, lots in process at the start, planned position and planned starts of a stage."""
    L, w, flow = p.cycle[i], p.stock_weeks[i], p.flow[i]
    if p.stock_units[i] is not None:
        length = len(flow) - L
        p.F0[i], p.lots0[i] = float(p.stock_units[i]), [0.0] * L
        p.S_hat[i], p.A[i] = np.zeros(length), None
        p.starts[i] = flow[:length] / p.eta[i][L:L + length]
        return
    cover = cov(flow, w)
    p.F0[i] = cover[0]
    p.lots0[i] = [max(0.0, flow[s] + cover[s + 1] - cover[s]) / p.eta[i][s] for s in range(L)]
    length = len(cover) - L - 1
    in_cycle = cov(flow, L)                           # plan of L weeks from t on
    S_hat = in_cycle[1:length + 1] + cover[L + 1:L + 1 + length]
    position = p.F0[i] + sum(p.eta[i][s] * p.lots0[i][s] for s in range(L))
    A, starts = np.zeros(length), np.zeros(length)
    for t in range(length):
        A[t] = max(S_hat[t], position - flow[t])
        starts[t] = max(0.0, A[t] - position + flow[t]) / p.eta[i][t + L]
        position = A[t]
    p.S_hat[i], p.A[i], p.starts[i] = S_hat, A, starts


def plan_input(p, i, key):
    """Stock, freight under way at the start, planned position and planned orders of an input."""
    b, x, links = p.per_unit[key], p.starts[i], p.in_links[key]
    if p.stock_units[i] is not None:
        p.R0[key], p.order[key], p.H[key] = 0.0, b * x, None
        for link in links:
            p.arrivals0[link], p.G_hat[link] = [0.0] * p.transit[link], np.zeros(len(x))
        return
    cover = cov(x, p.cover[key])
    p.R0[key] = b * cover[0]
    length = len(cover) - max(p.transit[link] for link in links) - 1
    wanted = np.zeros(length)
    for link in links:
        tau = p.transit[link]
        p.G_hat[link] = b * (cov(x, tau)[1:length + 1] + cover[tau + 1:tau + 1 + length])
        p.arrivals0[link] = [p.share[link][0] * b * max(0.0, x[s] + cover[s + 1] - cover[s]) for s in range(tau)]
        wanted += p.share[link][:length] * p.G_hat[link]
    position = p.R0[key] + sum(sum(p.arrivals0[link]) for link in links)
    H, order = np.zeros(length), np.zeros(length)
    for t in range(length):
        H[t] = max(wanted[t], position - b * x[t])
        order[t] = max(0.0, H[t] - position + b * x[t])
        position = H[t]
    p.H[key], p.order[key] = H, order
