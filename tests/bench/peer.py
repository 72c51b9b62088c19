"""What the peers in Python share: the exported plan and factors, what a trial was worth in the end,
and the talk with who measures (given_trials.h says how)."""

import math
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

NOTHING, FAINT, UNLIMITED, QUIET = 1e-9, 1e-5, 1e12, 1e-6  # inputs/README.md 3 and 4
WHOLE = """stage_first_input stage_n_inputs stage_cycle_weeks stage_first_lot input_consumer input_is_market
    input_cause input_first_link input_n_links link_supplier link_input link_transit_weeks
    link_first_freight market_input market_quoted_weeks order""".split()


def load(folder):
    """The arrays that export_trials wrote, by name."""
    p = SimpleNamespace(**{path.stem: np.load(path) for path in Path(folder).glob("*.npy")})
    for name in WHOLE:
        setattr(p, name, getattr(p, name).astype(int))
    p.warmup, p.n_causes = int(p.warmup_weeks[0]), int(p.n_causes[0])
    p.threshold, p.price_scale = float(p.threshold[0]), float(p.price_scale[0])
    p.T, p.n_stages, p.n_trials = p.capacity.shape
    p.n_inputs, p.n_links, p.n_markets = len(p.input_consumer), len(p.link_supplier), len(p.market_input)
    return p


def order_of_orders(p):
    """Stages by level, customers before suppliers: [stages of level 0, of level 1 ...] where level 0
    supplies markets alone."""
    level = {}
    for i in reversed(p.order):
        consumers = p.link_input[p.link_supplier == i]
        level[i] = max([0] + [level[p.input_consumer[k]] + 1 for k in consumers if not p.input_is_market[k]])
    return [[i for i in range(p.n_stages) if level[i] == n] for n in range(max(level.values()) + 1)]


def outcome(p, w, ratio_or):
    """The values of a trial (or, as arrays, of many) in the order of inputs/README.md 5, from its sums `w`."""
    window = slice(p.warmup, p.T)
    revenue_lost = w.abandoned_value + w.late_value
    value = sum(a * out for a, out in zip(p.stage_value_added, w.output))
    domestic = sum(a * part * out for a, part, out in zip(p.stage_value_added, p.stage_domestic_part, w.output))
    values = [1.0 - ratio_or(revenue_lost, w.demand_value, p.price_scale, 0.0), w.abandoned + w.late, revenue_lost,
              w.sum_late_value, w.resilience_loss, w.min_service, w.weeks_below, w.first_below, w.longest_run_below,
              w.peak_backlog, ratio_or(domestic, value, float(p.stage_value_added @ p.stage_scale), 0.0)]
    for amounts in p.stage_account_amounts.T:
        made = sum(a * out for a, out in zip(amounts, w.output))
        planned, scale = float(amounts @ p.stage_plan[window].sum(axis=0)), float(abs(amounts) @ p.stage_scale)
        values += [made, ratio_or(made, planned, scale, 1.0)]
    values.append(w.cost)
    C = p.stage_capacity[window]
    limited = ((C > 0) & (C < UNLIMITED)).sum(axis=0)
    values += [out / (p.T - p.warmup) for out in w.output]
    values += [used / n if n else used * 0.0 for used, n in zip(w.utilisation, limited)]
    for i in range(p.n_stages):
        bound = [w.bound_by_line[i]] + [w.cost * 0.0] * (p.n_causes - 1)
        for k in range(p.stage_first_input[i], p.stage_first_input[i] + p.stage_n_inputs[i]):
            bound[p.input_cause[k]] = w.bound_by_input[k]
        values += bound
    return values


def serve(p, run):
    """Answers requests on stdin. run() gives seconds and values [n_values][trials]."""
    for line in sys.stdin:
        seconds, values = run()
        if line.startswith("values "):
            values.tofile(line[7:].strip())
            print("written", flush=True)
        else:
            n = values.shape[1]
            print(f"{seconds:.9g} {n * p.n_stages * p.T} {np.log1p(abs(values)).sum() / n:.17g}", flush=True)


clock = time.thread_time
