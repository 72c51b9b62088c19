"""The groups of a result file, each made again from the trials: {variable: array}, and where these may differ by more
than 1e-12, by how much."""
import math

import numpy as np

import estimator
from comparison import TOLERANCE
from interval import normal
from result import is_low_bad, sides

N_BINS = 100


def column_of(result, policy, metric, n=None):
    """Of the first n trials."""
    w = result.weights_of(policy)
    x, calm = result.values[metric][policy], result.calm_of(policy, metric)
    return estimator.Column(x[:n], w if w is None else w[:n], calm)


def rows_of(result, policies=None):
    """(policy's number, metric), as the first dimensions run."""
    return [(p, metric) for p in (range(len(result.policies)) if policies is None else policies)
            for metric in result.metrics]


def interval_arrays(name, estimates, shape):
    take = lambda what: np.array([getattr(e, what) for e in estimates]).reshape(shape)
    return {name: take("value"), name + "_lower": take("lower"), name + "_upper": take("upper")}


def doubted(result, estimates):
    """No interval holds what it says where trials share their rates."""
    return [e._replace(unreliable=e.unreliable or result.shares_rates() and not e.no_interval) for e in estimates]


def flag_arrays(names, estimates, shape):
    return {name: np.array([getattr(e, name) for e in estimates]).reshape(shape) for name in names}


def allowed_ends(name, methods):
    """Ends that come out of a search for the most likely are as good as the search."""
    allowed = np.where(methods == "pareto", 1e-6, TOLERANCE)
    return {name + "_lower": allowed, name + "_upper": allowed}


def summary(result):
    shape = len(result.policies), len(result.metrics), len(estimator.STATISTICS)
    flat = []
    for p, metric in rows_of(result):
        found = estimator.all_statistics(column_of(result, p, metric), is_low_bad(metric), result.confidence)
        flat += doubted(result, [found[name] for name in estimator.STATISTICS])
    again = interval_arrays("estimate", flat, shape)
    again.update(flag_arrays(["coverage", "no_interval", "thin_tail", "unreliable", "method"], flat, shape))
    again["tail_index"] = np.array([estimator.tail_index(column_of(result, p, metric), is_low_bad(metric))[0]
                                    for p, metric in rows_of(result)]).reshape(shape[:2])
    again.update(bad_side=sides(result), statistic=np.array(estimator.STATISTICS))
    return again, allowed_ends("estimate", again["method"])


def exceedance(result):
    shape = len(result.policies), len(result.metrics), len(estimator.CHANCES)
    pairs = [pair for p, metric in rows_of(result)
             for pair in estimator.exceedance(column_of(result, p, metric), is_low_bad(metric), result.confidence)]
    estimates = doubted(result, [estimate for estimate, extrapolated in pairs])
    chance = np.array(estimator.CHANCES) / estimator.MILLION
    again = interval_arrays("level", estimates, shape)
    again.update(resolved=~np.array([e.thin_tail for e in estimates]).reshape(shape),
                 unreliable=np.array([e.unreliable for e in estimates]).reshape(shape),
                 extrapolated=np.array([extrapolated for estimate, extrapolated in pairs]).reshape(shape),
                 chance=chance, bad_side=sides(result),
                 return_period=np.array([-result.weeks() / 52 / math.log1p(-c) for c in chance]))
    return (again,)


def bins_of(result, metric):
    """100 bins of equal width over all policies. What they hold is taken between the edges of the file."""
    values, inner = result.values[metric], result.file["distribution"][metric]["bin_lower"][1:]
    low, high = float(values.min()), float(values.max())
    edges = np.array([low + (high - low) / N_BINS * i for i in range(N_BINS)] + [high])
    bins = np.searchsorted(inner, values, "right")  # [policy, trial]
    again = {"bin_lower": edges[:-1], "bin_upper": edges[1:],
             "count": np.array([np.bincount(row, minlength=N_BINS) for row in bins])}
    if result.weights is not None:
        again["share"] = np.array([shares_of_mass(row, w) for row, w in zip(bins, result.weights)])
    return again


def shares_of_mass(bins, w):
    held = [0] * N_BINS
    for b, mass in zip(bins, estimator.masses(w)):
        held[b] += mass
    return [h / sum(held) for h in held]


def distribution(result):
    bins = {metric: bins_of(result, metric) for metric in result.metrics}
    return ({f"{metric}/{name}": array for metric in bins for name, array in bins[metric].items()},)


def differences(result):
    others = range(1, len(result.policies))
    shape = len(others), len(result.metrics), len(estimator.SUMMED)
    flat = []
    for p, metric in rows_of(result, others):
        found = estimator.differences(column_of(result, p, metric), column_of(result, 0, metric),
                                      is_low_bad(metric), result.confidence)
        flat += doubted(result, [found[name] for name in estimator.SUMMED])
    again = interval_arrays("difference", flat, shape)
    again.update(flag_arrays(["no_interval", "unreliable", "method"], flat, shape))
    again.update(bad_side=sides(result), difference_statistic=np.array(estimator.SUMMED))
    return (again,)


def tail(result):
    """The worst trials: of equal ones the smaller number comes first."""
    worst = result.job["tail"]["metric"]
    sign = 1 if is_low_bad(worst) else -1
    worst_first = [np.argsort(sign * values, kind="stable")[:result.job["tail"]["count"]]
                   for values in result.values[worst]]
    again = {metric: np.array([values[p][at] for p, at in enumerate(worst_first)])
             for metric, values in result.values.items()}
    if result.weights is not None:
        again["weight"] = np.array([w[at] for w, at in zip(result.weights, worst_first)])
    return ({**again, "trial": result.numbers[np.array(worst_first)], "rank": 1 + np.arange(len(worst_first[0]))},)


def trials(result):
    """What holds of the trials themselves: where strata stand, that weights are whole multiples of their unit,
    and that a coalition of all drivers is the trial as it was."""
    again = {f"coalition_{metric}": np.concatenate([result.file["trials"]["coalition_" + metric][:, :-1],
                                                    result.values[metric][:, None]], axis=1)
             for metric in result.job.get("attribution", {}).get("metrics", [])}
    if result.weights is not None:
        again["stratum"] = np.array(result.strata())[result.numbers % estimator.PERIOD]
        whole = np.clip(np.floor(result.weights * estimator.WEIGHT_UNIT), 0, 2.0 ** 63 - 1)
        again["weight"] = whole / estimator.WEIGHT_UNIT
    return (again,)


# --- stopping ---

def decide(estimate, half, wanted, is_constant, is_last):
    if is_constant:
        return "not resolved"
    if not (estimate.no_interval or estimate.unreliable) and half <= wanted * abs(estimate.value):
        return "met"
    return "all trials simulated" if is_last else "goes on"


def convergence(result):
    """What each look saw: estimates of the first trials of the first policy."""
    asked, rows = result.job["precision"], []
    for n in [look for look in result.looks if look <= result.n]:
        column = column_of(result, 0, asked["metric"], n)
        found = estimator.all_statistics(column, is_low_bad(asked["metric"]), result.confidence)[asked["statistic"]]
        half = (found.upper - found.lower) / 2
        is_constant = column.ascending[0] == column.ascending[-1]
        bound = math.nan
        if is_constant and column.w is None:
            bound = -math.expm1(math.log(1 - result.confidence) / n)
        rows.append((n, found, half, bound, decide(found, half, asked["relative"], is_constant, n == result.looks[-1])))
    estimates = [row[1] for row in rows]
    half = np.array([row[2] for row in rows])
    size = np.array([abs(e.value) or math.nan for e in estimates])
    allowed = allowed_ends("estimate", np.array([e.method for e in estimates]))
    allowed.update(dict.fromkeys(("half_width", "relative_half_width"), allowed["estimate_lower"]))
    return {**interval_arrays("estimate", estimates, len(rows)), **flag_arrays(["unreliable"], estimates, len(rows)),
            "trials": np.array([row[0] for row in rows]), "half_width": half, "relative_half_width": half / size,
            "chance_bound": np.array([row[3] for row in rows]), "decision": np.array([row[4] for row in rows])}, allowed


# --- weights ---

def effective(w):
    """(sum w)^2 / sum w^2."""
    return math.fsum(w) ** 2 / math.fsum(w * w)


def savings(column, found, low):
    """Trials as they fall that would be as good, over these: their variance, estimated from the weighted ones,
    over a period's trials times the variance of a period's mean."""
    excesses = [column.excess(found["var" + name].value, low) for name in estimator.TAILS]
    d, saved = column.x - found["mean"].value, []
    for effect, y in [(d, column.above_calm()), *((e, column.w * e) for e in excesses)]:
        units = column.units(y)
        mean_effect = 0.0 if effect is d else estimator.mean(units)
        as_they_fall = estimator.mean(column.w * (effect * effect)) - mean_effect ** 2
        own = estimator.PERIOD * estimator.variance(units)
        saved.append(as_they_fall / own if own > 0 else math.nan)
    return saved


def limits(column, q, low, strata):
    """Part of the variance of CVaR .99 that each stratum makes."""
    y = (column.w * column.excess(q, low)).reshape(-1, estimator.PERIOD)
    made = [strata.count(s) * estimator.variance(y[:, [i for i, of in enumerate(strata) if of == s]].ravel())
            for s in sorted(set(strata))]
    return [part / sum(made) if sum(made) > 0 else math.nan for part in made]


def sampling(result):
    strata, policies = result.strata(), range(len(result.policies))
    n_strata = max(strata) + 1
    again = {"stratum_trials": np.array([strata.count(s) for s in range(n_strata)]) * (result.n // estimator.PERIOD)}
    columns = [estimator.Column(result.weights[p]) for p in policies]  # the weights as values
    means = [normal(estimator.mean(c.x), estimator.units_of(c.x, True), result.confidence) for c in columns]
    again.update(interval_arrays("mean_weight", means, len(columns)))
    again["effective_trials"] = np.array([effective(c.x) for c in columns])
    again["largest_share"] = np.array([c.x.max() / math.fsum(c.x) for c in columns])
    of_trial = np.array(strata)[result.numbers % estimator.PERIOD]
    again["stratum_chance"] = np.array([[math.fsum(c.x[of_trial == s]) / result.n for s in range(n_strata)]
                                        for c in columns])
    rows = {name: [] for name in ("saving", "limit", "tail_effective_trials", "tail_largest_share", "crude_z")}
    for p, metric in rows_of(result):
        column, low = column_of(result, p, metric), is_low_bad(metric)
        found = estimator.all_statistics(column, low, result.confidence)
        q = found["var99"].value
        tail = column.w[column.x <= q if low else column.x >= q]
        rows["saving"].append(savings(column, found, low))
        rows["limit"].append(limits(column, q, low, strata))
        rows["tail_effective_trials"].append(effective(tail))
        rows["tail_largest_share"].append(tail.max() / math.fsum(tail))
        rows["crude_z"].append(crude_scores(result, p, metric, found))
    shape = len(result.policies), len(result.metrics)
    again.update({name: np.array(values).reshape(*shape, *np.shape(values)[1:]) for name, values in rows.items()})
    again["bad_side"] = sides(result)
    return (again,)


def crude_scores(result, policy, metric, found):
    """Weighted less crude over the standard error of both; the crude estimates are the file's, its trials are not
    kept."""
    group, m, scores = result.file["sampling"], result.metrics.index(metric), []
    for i, name in enumerate(estimator.SUMMED):
        value, lower, upper = (group["crude" + end][policy, m, i] for end in ("", "_lower", "_upper"))
        z = estimator.normal_quantile(result.confidence)
        error = math.hypot(found[name].upper - found[name].lower, upper - lower) / 2 / z
        scores.append((found[name].value - value) / error if error > 0 else math.nan)
    return scores
