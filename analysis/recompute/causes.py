"""/attribution: what each driver adds to a number, averaged over all orders in which the drivers may come."""
import math

import numpy as np
from scipy import stats

import estimator
from comparison import TOLERANCE
from interval import MILLION, mean
from result import is_low_bad, texts

STATISTICS = ["mean", *("var" + t for t in estimator.TAILS), *("cvar" + t for t in estimator.TAILS)]
TAIL = STATISTICS.index("var99")  # whose trials are simulated again without a hazard
N_RANGES = 64
LEAST_TRIALS = 10 * N_RANGES  # for intervals
GRID_BITS = 49  # values are below 2^49 units of the grid
STUDENT = 1e-8  # the file's t quantiles are a series


class Sample:
    """All trials, or all but a range of them."""

    def __init__(self, w, kept):
        self.w, self.kept = w, kept

    def statistics(self, x, calm, low):
        """By STATISTICS."""
        column = estimator.Column(x[self.kept], None if self.w is None else self.w[self.kept], calm)
        var, cvar = [], []
        for level in estimator.TAILS.values():
            q = column.quantile(MILLION - level if low else level)
            more = mean(column.summands(column.excess(q, low))) / ((MILLION - level) / MILLION)
            var.append(q)
            cvar.append(q - more if low else q + more)
        return [column.mean(), *var, *cvar]


def samples_of(result, policy):
    """First all trials; then all but each of 64 ranges of them, where these are long enough; a range holds whole
    periods and outer draws."""
    unit = result.unit
    of_trial = (result.numbers.astype(int) - int(result.numbers[0])) // unit * N_RANGES // (result.n // unit)
    n_left_out = N_RANGES if result.n // unit >= N_RANGES and result.n >= LEAST_TRIALS else 0
    w = result.weights_of(policy)
    return [Sample(w, of_trial != g) for g in (-1, *range(n_left_out))]


# --- Shapley ---

def shapley(values):
    """(numerators, whole values, grid) of values[coalition]: whole numbers of the grid, a power of two, make m! times
    each driver's share exactly."""
    largest, m = max(*map(abs, values), 2.0 ** -900), len(values).bit_length() - 1
    grid = 2.0 ** (math.frexp(largest)[1] - GRID_BITS)
    whole = [round(v / grid) for v in values]
    numerators = []
    for driver in range(m):
        without = [s for s in range(len(values)) if not s >> driver & 1]
        orders = [math.factorial(s.bit_count()) * math.factorial(m - s.bit_count() - 1) for s in without]
        numerators.append(sum(n * (whole[s | 1 << driver] - whole[s]) for n, s in zip(orders, without)))
    return numerators, whole, grid


def shares_of(values):
    numerators, whole, grid = shapley(values)
    return [n / math.factorial(len(numerators)) * grid for n in numerators]


def jackknife_half_width(without, confidence):
    """Of an estimate, from what it is without each range in turn."""
    if len(without) == 0:
        return math.nan
    off = np.array(without) - without[0]
    off = off - mean(off)
    error = math.sqrt((N_RANGES - 1) / N_RANGES * math.fsum(off * off))
    return stats.t.ppf((1 + confidence) / 2, N_RANGES - 1) * error


# --- the tail without a hazard ---

def removal_of(result, policy, k, metric, samples, thresholds):
    """(trials of the tail, mean of a tail trial less the same one without the hazard, half widths), by hazard."""
    group, low = result.file["attribution"], is_low_bad(metric)
    rows = group["removal_rows"][:]
    first = int(rows[:policy].sum())
    rows = slice(first, first + int(rows[policy]))
    at = group["removal_trial"][rows].astype(int) - int(result.numbers[0])
    x, without = result.values[metric][policy][at], group["removal_level"][rows, k]
    w = np.ones(len(x)) if result.weights is None else result.weights[policy][at]
    found, n_tail = [], 0
    for sample, q in zip(samples, thresholds):
        tail = (x <= q if low else x >= q) & sample.kept[at]
        n_tail = n_tail or int(tail.sum())
        less = w[tail, None] * (x[tail, None] - without[tail])
        found.append([math.fsum(of_hazard) / math.fsum(w[tail]) for of_hazard in less.T])
    found = np.array(found)
    half = np.array([jackknife_half_width(of_hazard, result.confidence) for of_hazard in found[1:].T])
    return n_tail, found[0], half


# --- the group ---

def attribute(result, policy, metric, samples):
    """values[sample][statistic][coalition]"""
    columns = result.file["trials"]["coalition_" + metric][policy]
    given = result.calm_of(policy, metric), is_low_bad(metric)
    values = np.array([[sample.statistics(x, *given) for x in columns] for sample in samples])
    return values.transpose(0, 2, 1)


def share_rows(values, confidence):
    """Of one statistic, values[sample][coalition]: all that is said of it."""
    numerators, whole, grid = shapley(list(values[0]))
    without = np.array([shares_of(list(v)) for v in values[1:]]).reshape(len(values) - 1, len(numerators))
    half = np.array([jackknife_half_width(column, confidence) for column in without.T])
    share = np.array(shares_of(list(values[0])))
    return {"share": share, "share_lower": share - half, "share_upper": share + half, "half": half,
            "share_numerator": numerators, "value": [u * grid for u in whole], "total": (whole[-1] - whole[0]) * grid,
            "grid": grid}


def attribution(result):
    metrics, n_hazards = texts(result.file["attribution/attributed_metric"]), len(result.scenario["hazards"])
    rows, removals = [], []
    for p in range(len(result.policies)):
        samples = samples_of(result, p)
        for k, metric in enumerate(metrics):
            values = attribute(result, p, metric, samples)
            rows += [share_rows(values[:, i], result.confidence) for i in range(len(STATISTICS))]
            thresholds = values[:, TAIL, -1]
            removals.append((thresholds[0], *removal_of(result, p, k, metric, samples, thresholds)))
    shape = len(result.policies), len(metrics), len(STATISTICS)
    stack = lambda name: np.array([row[name] for row in rows]).reshape(*shape, *np.shape(rows[0][name]))
    again = {name: stack(name) for name in rows[0] if name != "half"}
    removal, half = (np.array([r[i] for r in removals]).reshape(*shape[:2], n_hazards) for i in (2, 3))
    again.update(removal=removal, removal_lower=removal - half, removal_upper=removal + half)
    again["removal_threshold"], again["removal_trials"] = (np.array([r[i] for r in removals]).reshape(shape[:2])
                                                           for i in (0, 1))
    beyond = [MILLION, *(2 * [MILLION - level for level in estimator.TAILS.values()])]
    again["thin_tail"] = np.array([result.n * b < estimator.RESOLVED * MILLION for b in beyond])
    again["no_interval"] = np.full(len(STATISTICS), result.n < max(LEAST_TRIALS, N_RANGES * result.unit))
    again["bad_side"] = np.array(["low" if is_low_bad(metric) else "high" for metric in metrics])
    return again, {**allowed("share", again, stack("half")), **allowed("removal", again, half)}


def allowed(name, again, half):
    """Drivers that do little are as exact as those that do much; ends are as exact as their t quantile."""
    size = np.abs(again[name])
    with np.errstate(divide="ignore", invalid="ignore"):
        value = TOLERANCE * np.nan_to_num(size.max(axis=-1, keepdims=True) / size, nan=1.0)
        end = value + STUDENT * np.nan_to_num(half / size)
    return {name: value, name + "_lower": end, name + "_upper": end}
