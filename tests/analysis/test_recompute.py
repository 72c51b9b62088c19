#!/usr/bin/python3
"""Every number of /summary, /exceedance, /distribution, /hazards and /tail again, from /trials.

usage: test_recompute.py HOLDFAST SOURCE_DIR

numpy and math only; agreement to 1e-12. Quantiles are x_(ceil(N p)), VaR and CVaR lie on the bad
side, CVaR is Rockafellar-Uryasev's, intervals as analysis/README.md says.
"""
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
from fractions import Fraction

import h5py
import numpy as np

HOLDFAST, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
QUANTILES = {"q01": 10, "q05": 50, "q25": 250, "q50": 500, "q75": 750, "q95": 950, "q99": 990, "q999": 999}
TAILS = {"90": 900, "95": 950, "99": 990, "999": 999}
failures = []


def texts(dataset):
    return [text.decode() for text in dataset[:]]


def close(what, got, wanted):
    if math.isnan(got) and math.isnan(wanted):
        return
    if not abs(got - wanted) <= 1e-12 * max(abs(got), abs(wanted), 1e-300):
        failures.append(f"{what}: {got!r}, recomputed {wanted!r}")


def rank(n, thousandths):
    return max(1, -((-n * thousandths) // 1000))


def mean_of(values):
    return float(sum(map(Fraction, values.tolist())) / len(values))


def variance_of(values):
    exact = list(map(Fraction, values.tolist()))
    mean = sum(exact) / len(exact)
    return float(sum((x - mean) ** 2 for x in exact) / (len(exact) - 1))


def binomial_coverage(n, p, lower, upper):
    """P(lower <= Binomial(n, p) < upper)."""
    log = lambda k: (math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
                     + k * math.log(p) + (n - k) * math.log1p(-p))
    return math.fsum(math.exp(log(k)) for k in range(lower, upper))


def tail_estimates(values, thousandths, side):
    """VaR and CVaR on the bad side, with the standard error of CVaR."""
    n, p = len(values), thousandths / 1000
    ordered = np.sort(values)
    if side == "low":
        q = ordered[rank(n, 1000 - thousandths) - 1]
        beyond = np.maximum(q - values, 0)
        sign = -1
    else:
        q = ordered[rank(n, thousandths) - 1]
        beyond = np.maximum(values - q, 0)
        sign = 1
    cvar = q + sign * mean_of(beyond) * 1000 / (1000 - thousandths)
    error = math.sqrt(variance_of(beyond) / n) * 1000 / (1000 - thousandths)
    return q, cvar, error


def check_intervals(group, row, what, values, statistic, z, confidence):
    n = len(values)
    lower, upper = float(group["estimate_lower"][row]), float(group["estimate_upper"][row])
    coverage = float(group["coverage"][row])
    if statistic == "mean":
        half = z * math.sqrt(variance_of(values) / n)
        close(what + " lower", lower, mean_of(values) - half)
        close(what + " upper", upper, mean_of(values) + half)
    elif statistic in QUANTILES and not math.isnan(lower):
        ordered = np.sort(values)
        first = int(np.searchsorted(ordered, lower, "left")) + 1
        last = int(np.searchsorted(ordered, upper, "right"))
        best = binomial_coverage(n, QUANTILES[statistic] / 1000, first, last)
        if lower not in ordered or upper not in ordered:
            failures.append(f"{what}: interval ends are no order statistics")
        if coverage < confidence or best < coverage - 1e-9:
            failures.append(f"{what}: coverage {coverage}, its ranks give {best}")


def check_metric(group, at, name, side, values, names, z, confidence):
    ordered, n = np.sort(values), len(values)
    wanted = {"mean": mean_of(values), "sd": math.sqrt(variance_of(values)),
              "min": ordered[0], "max": ordered[-1]}
    wanted.update({q: ordered[rank(n, p) - 1] for q, p in QUANTILES.items()})
    for level, thousandths in TAILS.items():
        wanted["var" + level], wanted["cvar" + level], error = tail_estimates(values, thousandths, side)
        row = at + (names.index("cvar" + level),)
        if not math.isnan(group["estimate_lower"][row]):
            close(f"{name} cvar{level} half-width", float(group["estimate_upper"][row]),
                  wanted["cvar" + level] + z * error)
    for i, statistic in enumerate(names):
        close(f"{name} {statistic}", float(group["estimate"][at + (i,)]), float(wanted[statistic]))
        check_intervals(group, at + (i,), f"{name} {statistic}", values, statistic, z, confidence)


def check_bins(group, row, name, values):
    counts, lower, upper = group["count"][row], group["bin_lower"][:], group["bin_upper"][:]
    again = np.array([np.sum((values >= a) & ((values < b) | ((i == len(lower) - 1) & (values <= b))))
                      for i, (a, b) in enumerate(zip(lower, upper))])
    if not np.array_equal(counts, again) or counts.sum() != len(values):
        failures.append(f"{name}: bin counts {counts.sum()} of {len(values)}")


def check_exceedance(group, row, name, side, values):
    ordered, n = np.sort(values), len(values)
    for i, chance in enumerate(group["chance"][:]):
        millionths = round(chance * 1e6)
        p = millionths if side == "low" else 1000000 - millionths
        wanted = ordered[max(1, -((-n * p) // 1000000)) - 1]
        close(f"{name} exceedance {chance}", float(group["level"][row + (i,)]), float(wanted))
        if bool(group["resolved"][row + (i,)]) != (n * millionths >= 10 * 1000000):
            failures.append(f"{name} exceedance {chance}: resolved flag")


def check_tail(result, policy, losses):
    order = np.lexsort((np.arange(len(losses)), -losses))
    count = result["tail/trial"].shape[1]
    trials = result["trials/trial"][:][order[:count]]
    if not np.array_equal(result["tail/trial"][policy], trials):
        failures.append("the worst trials are others")
    if not np.array_equal(result["tail/revenue_lost"][policy], losses[order[:count]]):
        failures.append("the worst trials' losses differ when simulated again")


def check(path):
    with h5py.File(path) as result:
        summary = result["summary"]
        policies, metrics, names = (texts(summary[d]) for d in ("policy", "metric", "statistic"))
        sides = texts(summary["bad_side"])
        confidence = float(result.attrs["confidence"])
        z = statistics.NormalDist().inv_cdf((1 + confidence) / 2)
        for p, policy in enumerate(policies):
            for m, metric in enumerate(metrics):
                values = result["trials"][metric][p]
                what = f"{policy} {metric}"
                check_metric(summary, (p, m), what, sides[m], values, names, z, confidence)
                check_bins(result["distribution"][metric], p, what, values)
                check_exceedance(result["exceedance"], (p, m), what, sides[m], values)
            check_tail(result, p, result["trials/revenue_lost"][p])
        return len(policies) * len(metrics) * len(names)


def check_histogram(exact_path, path):
    """The same trials from histograms: means to the bit, order statistics within 2^-12."""
    worst = 0.0
    with h5py.File(exact_path) as exact, h5py.File(path) as binned:
        one, two = exact["summary"], binned["summary"]
        names = texts(one["statistic"])
        if two["estimate"].attrs["order_statistics"] != "histogram":
            failures.append("no histogram was used")
        for i, name in enumerate(names):
            a, b = one["estimate"][..., i], two["estimate"][..., i]
            error = np.abs(a - b) / np.maximum(np.abs(a), 1e-300)
            error[a == b] = 0
            worst = max(worst, float(error.max()))
            if name in ("mean", "sd", "min", "max") and error.max() > 0:
                failures.append(f"{name} differs between exact and histogram")
            if (name[0] == "q" or name.startswith("var")) and error.max() > 2.0 ** -12:
                failures.append(f"{name}: histogram is off by {error.max():.2e}")
            if name.startswith("cvar") and error.max() > 2.0 ** -11:
                failures.append(f"{name}: histogram is off by {error.max():.2e}")
    print(f"histograms against exact order statistics: at most {worst:.2e}, allowed {2.0 ** -12:.2e}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        checked = 0
        for job, trials in [("smoke", 2000), ("smoke", 7), ("baseline", 500)]:
            path = f"{folder}/{job}.h5"
            subprocess.run([HOLDFAST, "run", SOURCE / "jobs" / f"{job}.json", "--quiet", "--force",
                            "--record", "all", "--trials", str(trials), "--output", path],
                           check=True, stdout=subprocess.DEVNULL)
            checked += check(path)
        binned = f"{folder}/binned.h5"
        subprocess.run([HOLDFAST, "run", SOURCE / "jobs" / "baseline.json", "--quiet", "--exact-trials", "0",
                        "--trials", "500", "--output", binned], check=True, stdout=subprocess.DEVNULL)
        check_histogram(path, binned)
    print("\n".join(failures[:40]))
    print(f"{checked} statistics recomputed, {len(failures)} failures")
    return bool(failures) or checked == 0


if __name__ == "__main__":
    sys.exit(main())
