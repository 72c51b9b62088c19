"""Independent recomputation of Holdfast's model (inputs/README.md, sections 4 and 5).

Given the factors c, y, a, d, k of every week, all states follow; see plan_again.py for the keys.
"""
import numpy as np

from plan_again import FAINT, TINY, UNLIMITED

QUIET = 1e-6  # section 4.7: less owed than this times Z reads as filled


# ---------------------------------------------------------------------------- section 4

def calm(p):
    """The factors of weeks without chance: c = a = k = 1, y = ybar, d = base."""
    ones = np.ones(p.T)
    return {"c": {i: ones.copy() for i in p.stages},
            "k": {i: ones.copy() for i in p.stages},
            "y": {i: p.ybar[i][:p.T].copy() for i in p.stages},
            "a": {link: ones.copy() for link in p.links},
            "d": {m: p.base[m][:p.T].copy() for m in p.markets}}


STAGE_STATES = ("D B l r S V P X O output F Q wip shipped f scrapped limit bound_by_line").split()
INPUT_STATES = "order R N received used".split()
LINK_STATES = "h hhat omega asked U shipped freight".split()
MARKET_STATES = "r U due shipped lost late".split()


class Run:
    """What is carried from week to week."""

    def __init__(self, p):
        T = p.T
        self.F = dict(p.F0)
        self.Q = {i: 0.0 for i in p.stages}
        self.lots = {i: {s: lot for s, lot in enumerate(p.lots0[i])} for i in p.stages}   # by week of finish
        self.l = {i: 1.0 for i in p.stages}
        self.r = {node: 1.0 for node in p.stages + p.markets}
        self.f = {i: 1.0 for i in p.stages}
        self.R = dict(p.R0)
        self.N = {key: p.R0[key] + sum(sum(p.arrivals0[link]) for link in p.in_links[key]) for key in p.R0}
        self.U = {link: 0.0 for link in p.links}
        self.hhat = {link: 1.0 for link in p.links}
        self.freight = {link: {s: q for s, q in enumerate(p.arrivals0[link])} for link in p.links}  # by arrival
        self.omega, self.order, self.P = {}, {}, {}
        self.states = {
            "stage": {i: {n: np.zeros(T) for n in STAGE_STATES} for i in p.stages},
            "input": {key: {n: np.zeros(T) for n in INPUT_STATES} for key in p.inputs},
            "link": {link: {n: np.zeros(T) for n in LINK_STATES} for link in p.links},
            "market": {m: {n: np.zeros(T) for n in MARKET_STATES} for m in p.markets},
            "bottleneck": {i: [None] * T for i in p.stages}}


def simulate(p, factors):
    """Section 4: all states of all weeks, stocks at the end of the week, flows within it."""
    run = Run(p)
    for t in range(p.T):
        for key in p.inputs:
            source_input(p, run, factors, key, t)
        for m in p.markets:
            order_market(p, run, factors, m, t)
        for i in reversed(p.stages):
            order_stage(p, run, i, t)
        for i in p.stages:
            k = factors["k"][i][t]
            run.states["stage"][i]["scrapped"][t] = (1 - k) * (sum(run.lots[i].values()) + run.Q[i])
            run.Q[i] *= k
            run.lots[i] = {week: lot * k for week, lot in run.lots[i].items()}
        waiting = {m: sum(run.U[link] for link in p.in_links[p.market_input[m]]) for m in p.markets}
        for i in p.stages:
            flow_stage(p, run, factors, i, t)
        for m in p.markets:
            serve_market(p, run, factors, m, t, waiting[m])
        for link in p.links:
            record = run.states["link"][link]
            record["U"][t] = run.U[link]
            record["freight"][t] = sum(run.freight[link].values())
    return run.states


def source_input(p, run, factors, key, t):
    """Sourcing: how this week's orders of an input are split, and which stuck orders move."""
    links = p.in_links[key]
    if len(links) == 1:
        run.omega[links[0]] = 1.0
        h = {links[0]: min(factors["c"][links[0][0]][t], factors["a"][links[0]][t], run.f[links[0][0]])}
    else:
        h = {link: min(factors["c"][link[0]][t], factors["a"][link][t], run.f[link[0]]) for link in links}
        for link in links:
            run.hhat[link] += (h[link] - run.hhat[link]) / (1 + p.switch[link])
        share = {link: p.share[link][t] for link in links}
        missing = sum(share[link] * (1 - run.hhat[link]) for link in links)
        pull = {link: p.flex[link] * share[link] * run.hhat[link] for link in links}
        takers = sum(pull.values())
        taken = min(missing, takers)
        for link in links:
            if missing < TINY or takers < TINY:
                run.omega[link] = share[link]
            else:
                run.omega[link] = (share[link] * run.hhat[link] + taken * pull[link] / takers
                                   + (missing - taken) * share[link] * (1 - run.hhat[link]) / missing)
        if takers >= TINY:
            moved = 0.0
            for link in links:
                stuck = run.U[link] * (1 - h[link]) / (1 + p.switch[link]) * min(1.0, takers)
                run.U[link] -= stuck
                moved += stuck
            for link in links:
                run.U[link] += moved * pull[link] / takers
    for link in links:
        record = run.states["link"][link]
        record["h"][t], record["hhat"][t], record["omega"][t] = h[link], run.hhat[link], run.omega[link]


def order_market(p, run, factors, m, t):
    """Step 1."""
    demand, base, key = factors["d"][m][t], p.base[m][t], p.market_input[m]
    run.order[key] = demand
    for link in p.in_links[key]:
        asked = run.states["link"][link]["asked"][t] = run.omega[link] * demand
        run.U[link] += asked
    if base >= FAINT * p.Z[m]:
        run.r[m] += p.alpha[m] * (demand / base - run.r[m])
    run.states["market"][m]["r"][t] = run.r[m]
    run.states["input"][key]["order"][t] = demand


def order_stage(p, run, i, t):
    """Steps 2 and 3."""
    L, eta, flow = p.cycle[i], p.eta[i], p.flow[i][t]
    D = sum(run.omega[link] * run.order[link[1:]] for link in p.out_links[i])
    B = sum(run.U[link] for link in p.out_links[i])
    if flow >= FAINT * p.Z[i]:
        run.l[i] += p.alpha[i] * (min(4.0, D / flow) - run.l[i])
        seen = sum(run.r[link[1]] * p.share[link][t] * p.order[link[1:]][t] for link in p.out_links[i]) / flow
        run.r[i] = p.visibility[i] * seen + (1 - p.visibility[i]) * run.l[i]
    S = p.stock_units[i] if p.stock_units[i] is not None else run.r[i] * p.S_hat[i][t]
    V = run.F[i] + sum(eta[week] * lot for week, lot in run.lots[i].items()) + eta[t] * run.Q[i] - B
    P = run.P[i] = max(0.0, S - V) / eta[t + L]
    record = run.states["stage"][i]
    for name, value in zip("D B l r S V P".split(), (D, B, run.l[i], run.r[i], S, V, P)):
        record[name][t] = value
    for key in p.stage_inputs[i]:
        links = p.in_links[key]
        tau = max(p.transit[link] for link in links)
        highest = max(p.C[i][t:t + tau + 1]) * (1 + p.surge[i]) * (1 + tau)
        wanted = run.r[i] * sum(run.omega[link] * p.G_hat[link][t] for link in links)
        order = run.order[key] = max(0.0, wanted + p.per_unit[key] * min(P, highest) - run.N[key])
        for link in links:
            asked = run.states["link"][link]["asked"][t] = run.omega[link] * order
            run.U[link] += asked
        run.N[key] += order
        run.states["input"][key]["order"][t] = order


def flow_stage(p, run, factors, i, t):
    """Steps 4 to 7."""
    L, C, c = p.cycle[i], p.C[i], factors["c"][i][t]
    record = run.states["stage"][i]
    for key in p.stage_inputs[i]:                                        # 4 receive
        received = sum(run.freight[link].pop(t, 0.0) for link in p.in_links[key])
        run.R[key] += received
        run.states["input"][key]["received"][t] = received
    limit = C[t] * (1 + p.surge[i]) * c                                  # 5 start
    X = min([run.P[i], limit] + [run.R[key] / p.per_unit[key] for key in p.stage_inputs[i]])
    if X < run.P[i] - TINY * p.Z[i] / p.eta[i][t + L]:
        least = min(p.stage_inputs[i], key=lambda key: run.R[key] / p.per_unit[key], default=None)
        run.states["bottleneck"][i][t] = "line" if X == limit else least[1]
    for key in p.stage_inputs[i]:
        used = p.per_unit[key] * X
        run.R[key] = max(0.0, run.R[key] - used)
        run.N[key] = max(0.0, run.N[key] - used)
        entry = run.states["input"][key]
        entry["R"][t], entry["N"][t], entry["used"][t] = run.R[key], run.N[key], used
    run.lots[i][t + L] = run.lots[i].get(t + L, 0.0) + X
    run.Q[i] += run.lots[i].pop(t, 0.0)                                  # 6 finish
    O = min(run.Q[i], max(C[t], C[max(0, t - L)]) * (1 + p.surge[i]) * c)
    run.Q[i] = max(0.0, run.Q[i] - O)
    output = p.units[i] * factors["y"][i][t] * O
    run.F[i] += output
    movable = {link: run.U[link] * factors["a"][link][t] for link in p.out_links[i]}   # 7 ship
    total = sum(movable.values())
    part = min(1.0, run.F[i] / total) if total > 0 else 0.0
    run.f[i] = 1.0 if total < QUIET * p.Z[i] else part
    for link in p.out_links[i]:
        shipped = movable[link] * part
        run.F[i] = max(0.0, run.F[i] - shipped)
        run.U[link] = max(0.0, run.U[link] - shipped)
        arrival = t + p.transit[link]
        run.freight[link][arrival] = run.freight[link].get(arrival, 0.0) + shipped
        run.states["link"][link]["shipped"][t] = shipped
        record["shipped"][t] += shipped
    values = dict(X=X, O=O, output=output, F=run.F[i], Q=run.Q[i], wip=sum(run.lots[i].values()),
                  f=run.f[i], limit=limit, bound_by_line=float(X == limit))
    for name, value in values.items():
        record[name][t] = value


def serve_market(p, run, factors, m, t, waiting):
    """Step 8; `waiting` is what customers waited for before shipping."""
    market = p.scenario["markets"][m]
    key, quoted = p.market_input[m], market.get("quoted_weeks", 0)
    for link in p.in_links[key]:
        run.freight[link].pop(t, None)
    promised = sum(factors["d"][m][max(0, t - quoted + 1):t + 1]) if quoted else 0.0
    links = p.in_links[key]
    U = sum(run.U[link] for link in links)
    lost = market.get("abandon", 0) * max(0.0, U - promised)
    if lost > 0:
        for link in links:
            run.U[link] -= lost * run.U[link] / U
    left = U - lost
    values = dict(U=left, due=max(0.0, waiting - promised), lost=lost, late=max(0.0, left - promised),
                  shipped=sum(run.states["link"][link]["shipped"][t] for link in links))
    for name, value in values.items():
        run.states["market"][m][name][t] = value


# ---------------------------------------------------------------------------- section 5

def outcome(p, factors, states):
    """The metrics of section 5 that need no hazards; per stage under 'stages'."""
    s, T, warm = p.scenario, p.T, p.scenario.get("warmup_weeks", 0)
    window = range(warm, T)
    market, price = states["market"], {m: s["markets"][m].get("price", 1) for m in p.markets}
    demand = sum(price[m] * factors["d"][m][t] for m in p.markets for t in window)
    if warm:
        demand += sum(price[m] * market[m]["U"][warm - 1] for m in p.markets)
    lost = {m: sum(market[m]["lost"][warm:]) + market[m]["late"][T - 1] for m in p.markets}
    due_zero = TINY * sum(price[m] * p.Z[m] for m in p.markets)
    q = np.ones(T)
    for t in range(T):
        due = sum(price[m] * market[m]["due"][t] for m in p.markets)
        met = sum(price[m] * min(market[m]["shipped"][t], market[m]["due"][t]) for m in p.markets)
        q[t] = met / due if due >= due_zero and met < (1 - 1e-9) * due else 1.0
    below = [q[t] < s.get("service_threshold", 0.95) for t in window]
    longest = streak = 0
    for low in below:
        streak = streak + 1 if low else 0
        longest = max(longest, streak)
    backlog = [(sum(price[m] * market[m]["U"][t] for m in p.markets),
                sum(price[m] * p.base[m][t] for m in p.markets)) for t in window]
    revenue_lost = sum(price[m] * lost[m] for m in p.markets)
    result = {
        "fill_rate": 1 - revenue_lost / demand if demand > due_zero else 1.0,
        "units_lost": sum(lost.values()),
        "revenue_lost": revenue_lost,
        "revenue_delayed": sum(price[m] * sum(market[m]["late"][warm:]) for m in p.markets),
        "resilience_loss": sum(1 - q[t] for t in window),
        "min_service": min(q[t] for t in window),
        "weeks_below": sum(below),
        "time_to_survive": below.index(True) if any(below) else T - warm,
        "time_to_recover": longest,
        "peak_backlog": max([owed / base for owed, base in backlog if base > due_zero], default=0.0),
        "cost": total_cost(p, factors, states, window)}
    domestic = total = scale = 0.0
    for i in p.stages:
        stage = s["stages"][i]
        made = stage.get("value_added", 0) * sum(states["stage"][i]["output"][warm:])
        footprint = stage["footprint"] if "footprint" in stage else {stage["region"]: 1.0}
        domestic += made * sum(f for region, f in footprint.items() if s["regions"][region].get("domestic", False))
        total += made
        scale += stage.get("value_added", 0) * p.Z[i]
    result["domestic_share"] = domestic / total if total > TINY * scale else 0.0
    for account in sorted(s.get("accounts", {})):
        amounts = {i: s["stages"][i].get("accounts", {}).get(account, 0) for i in p.stages}
        made = sum(amounts[i] * sum(states["stage"][i]["output"][warm:]) for i in p.stages)
        planned = sum(amounts[i] * sum(p.flow[i][warm:T]) for i in p.stages)
        result["account_" + account] = made
        scale = sum(abs(amounts[i]) * p.Z[i] for i in p.stages)
        result["account_" + account + "_of_plan"] = made / planned if abs(planned) > TINY * scale else 1.0
    result["q"] = q
    result["stages"] = {}
    for i in p.stages:
        record = states["stage"][i]
        busy = [t for t in window if 0 < p.C[i][t] < UNLIMITED]
        result["stages"][i] = {
            "output": float(np.mean(record["output"][warm:])),
            "utilisation": float(np.mean([record["X"][t] / p.C[i][t] for t in busy])) if busy else 0.0,
            "bottleneck_weeks": {why: sum(states["bottleneck"][i][t] == why for t in window)
                                 for why in sorted({w for w in states["bottleneck"][i][warm:] if w})}}
    return result


def total_cost(p, factors, states, window):
    s, cost = p.scenario, 0.0
    for i in p.stages:
        stage, record = s["stages"][i], states["stage"][i]
        for t in window:
            freight = sum(states["link"][link]["freight"][t] for link in p.out_links[i])
            cost += stage.get("holding_cost", 0) * (record["F"][t] + freight)
            cost += stage.get("wip_holding_cost", 0) * (record["wip"][t] + record["Q"][t])
            cost += stage.get("surge_cost", 0) * max(0.0, record["X"][t] - p.C[i][t])
            for key in p.stage_inputs[i]:
                cost += p.input_holding[key] * states["input"][key]["R"][t]
    for m in p.markets:
        cost += s["markets"][m].get("backlog_cost", 0) * sum(states["market"][m]["U"][t] for t in window)
    return cost
