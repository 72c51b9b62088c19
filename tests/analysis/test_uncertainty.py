#!/usr/bin/python3
"""Every number of /uncertainty again, from /trials: what ignorance of rates alone does.

usage: test_uncertainty.py HOLDFAST SOURCE_DIR

The tutorial with rates that are gamma, with rates that are known, in weighted trials and with few
outer draws; agreement to 1e-12. The interval of a mean is that of analysis/recompute.
"""
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

HOLDFAST, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
sys.path.insert(0, str(SOURCE / "analysis/recompute"))
from interval import around  # noqa: E402

MILLION, PERIOD, RESOLVED, LEAST_DRAWS, SURE_DRAWS = 1000000, 8, 10, 20, 200
LEVELS = {"q01": 10000, "q05": 50000, "q25": 250000, "q50": 500000, "q75": 750000, "q95": 950000, "q99": 990000,
          "q999": 999000}
TAILS = {"90": 900000, "95": 950000, "99": 990000, "999": 999000}
LEVELS.update({"var" + t: p for t, p in TAILS.items()} | {"cvar" + t: p for t, p in TAILS.items()})
failures = []


def expect(condition, what):
    if not condition:
        failures.append(what)


def close(what, got, wanted, scale):
    same = math.isnan(got) and math.isnan(wanted)
    expect(same or abs(got - wanted) <= 1e-12 * scale, f"{what}: {got!r}, recomputed {wanted!r}")


# ---- one outer draw ----


def part_of(statistic, inner, unit):
    """Trials of a quarter of a draw (of a half, for the mean); 0: not resolved."""
    if statistic in ("min", "max"):
        return 0
    if statistic == "mean":
        return inner // 2 // unit * unit
    if statistic == "sd":
        part, one_beyond = inner // 4 // unit * unit, 1
    else:
        one_beyond = MILLION // min(LEVELS[statistic], MILLION - LEVELS[statistic])
        step = math.lcm(unit, one_beyond)
        part = inner // 4 // step * step
    return part if 2 * part >= RESOLVED * one_beyond else 0


def mean(values):
    return math.fsum(values) / len(values)


def quantile(x, w, p):
    """The smallest value with a share p of the weight, which is counted in units of 2^-48."""
    order = np.argsort(x, kind="stable")
    mass = np.cumsum([int(units) for units in np.ldexp(w[order], 48)], dtype=object)
    rank = max(1, -((-mass[-1] * p) // MILLION))
    return x[order][next(i for i, below in enumerate(mass) if below >= rank)]


def plain_estimate(statistic, low, x, w, calm):
    """calm: None without weights."""
    middle = mean(x) if calm is None else calm + mean(w * (x - calm))
    if statistic == "mean":
        return middle
    if statistic == "sd":
        return math.sqrt(math.fsum(w * np.square(x - middle)) / (len(x) - (calm is None)))
    p = LEVELS[statistic]
    if statistic.startswith("q"):
        return quantile(x, w, p)
    q = quantile(x, w, MILLION - p if low else p)
    if statistic.startswith("var"):
        return q
    sign = -1 if low else 1
    return q + sign * mean(w * np.maximum(sign * (x - q), 0)) / ((MILLION - p) / MILLION)


def halves(statistic, low, x, w, part, calm):
    """Two estimates from independent halves, corrected for bias by their quarters."""
    def one(start, n):
        return plain_estimate(statistic, low, x[start:start + n], w[start:start + n], calm)

    if statistic == "mean":
        return one(0, part), one(part, part)
    return [2 * one(start, 2 * part) - (one(start, part) + one(start + part, part)) / 2 for start in (0, 2 * part)]


# ---- all draws ----


def separate(pairs, confidence):
    """outer variance, pseudo-values, inner variance, band."""
    first, second = np.array(pairs).T
    m, d, n = (first + second) / 2, (first - second) / 2, len(first)
    noise = mean(d * d)
    found = {"inner_variance": noise / n, "outer_variance": math.nan, "outer_sd": math.nan, "band_lower": math.nan,
             "band_upper": math.nan, "scale": noise}
    if n < 2:
        return found, None
    above = m - mean(m)
    total = math.fsum(above * above) / (n - 1)
    outer = total - noise
    found |= {"outer_variance": outer, "outer_sd": math.sqrt(outer) if outer >= 0 else math.nan,
              "scale": total + noise}
    if n < LEAST_DRAWS:
        return found, None
    pseudo = (n * (above * above) - total) / (n - 2) - d * d
    without = [np.var(np.delete(m, g), ddof=1) - np.mean(np.delete(d, g) ** 2) for g in range(n)]
    expect(np.allclose(pseudo, n * outer - (n - 1) * np.array(without), rtol=0, atol=1e-9 * n * (total + noise)),
           "the jackknife's pseudo-values")
    shrunk = np.sort(mean(m) + above * (math.sqrt(max(outer, 0) / total) if total > 0 else 0))
    lower = round((1 - confidence) / 2 * MILLION)
    found["band_lower"] = shrunk[max(1, -(-n * lower // MILLION)) - 1]
    found["band_upper"] = shrunk[-(-n * (MILLION - lower) // MILLION) - 1]
    return found, pseudo


def check_interval(what, group, at, found, pseudo, confidence):
    lower, upper = (float(group["outer_variance" + end][at]) for end in ("_lower", "_upper"))
    expect(bool(group["no_interval"][at]) == math.isnan(lower) == math.isnan(upper), f"{what}: no_interval")
    expect(bool(group["within_noise"][at]) == (not lower > 0), f"{what}: within_noise")
    if pseudo is None or not found["scale"]:
        return expect(math.isnan(lower), f"{what}: an interval of nothing")
    wanted = around(found["outer_variance"], 1.0, pseudo, confidence)
    close(f"{what} lower", lower, wanted.lower, found["scale"] + abs(wanted.lower))
    close(f"{what} upper", upper, wanted.upper, found["scale"] + abs(wanted.upper))
    expect(bool(group["unreliable"][at]) == (wanted.unreliable or len(pseudo) < SURE_DRAWS), f"{what}: unreliable")


def check_cell(what, group, at, statistic, x, w, low, inner, calm, confidence):
    part = part_of(statistic, inner, 1 if calm is None else PERIOD)
    expect(bool(group["unresolved"][at]) == (part == 0), f"{what}: unresolved")
    names = ("outer_variance", "outer_sd", "inner_variance", "band_lower", "band_upper")
    if part == 0:
        return expect(all(math.isnan(group[name][at]) for name in names), f"{what}: numbers of nothing")
    pairs = [halves(statistic, low, x[g:g + inner], w[g:g + inner], part, calm) for g in range(0, len(x), inner)]
    found, pseudo = separate(pairs, confidence)
    scale = {"outer_variance": found["scale"], "inner_variance": found["scale"],
             "outer_sd": found["scale"] / max(found["outer_sd"], 1e-300)}
    size = np.abs(pairs).max()
    for name in names:
        close(f"{what} {name}", float(group[name][at]), found[name], scale.get(name, size + found["scale"] ** 0.5))
    check_interval(what, group, at, found, pseudo, confidence)


def texts(dataset):
    return [text.decode() for text in dataset[:]]


def check(path, inner, metrics):
    """Returns what is seen of each metric's mean, and the group's attributes."""
    with h5py.File(path) as result:
        group, trials = result["uncertainty"], result["trials"]
        confidence, is_weighted = float(result.attrs["confidence"]), "weight" in trials
        names, statistics = texts(group["metric"]), texts(group["statistic"])
        n_draws = int(result.attrs["trials"]) // inner
        expect(group.attrs["outer_draws"] == n_draws and group.attrs["inner_trials"] == inner, "draws and trials")
        sides = dict(zip(texts(result["summary/metric"]), texts(result["summary/bad_side"])))
        for p, policy in enumerate(texts(group["policy"])):
            w = trials["weight"][p] if is_weighted else np.ones(n_draws * inner)
            for metric in metrics:
                m = names.index(metric)
                calm = float(result["sampling/calm"][p, m]) if is_weighted else None
                for s, statistic in enumerate(statistics):
                    check_cell(f"{policy} {metric} {statistic}", group, (p, m, s), statistic,
                               trials[metric][p], w, sides[metric] == "low", inner, calm, confidence)
        noise = group["within_noise"][0][:, statistics.index("mean")]
        return {name: not bool(noise[i]) for i, name in enumerate(names)}, dict(group.attrs)


def run(folder, per_year, trials, inner, *more):
    """The tutorial with that rate of storms."""
    scenario = json.loads((SOURCE / "inputs/tutorial.json").read_text())
    scenario["hazards"]["STORM"]["arrival"]["poisson"]["per_year"] = per_year
    pathlib.Path(folder, "scenario.json").write_text(json.dumps(scenario))
    job = {"schema": "holdfast-job/1", "scenario": "scenario.json", "policies": ["baseline"], "trials": trials,
           "seed": "5", "record": "all", "inner_trials": inner}
    pathlib.Path(folder, "job.json").write_text(json.dumps(job))
    path = f"{folder}/result.h5"
    subprocess.run([HOLDFAST, "run", f"{folder}/job.json", "--quiet", "--force", "--output", path, *more], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def main():
    gamma = {"gamma": {"shape": 2, "scale": 1}}
    metrics = ["revenue_lost", "fill_rate", "cost"]
    with tempfile.TemporaryDirectory() as folder:
        seen, about = check(run(folder, gamma, 48 * 200, 200), 200, metrics)
        expect(seen["cost"], "a gamma rate has no effect on cost")
        expect(about["uncertain_rates"] == 1 and "known only roughly" in about["note"], "the note of uncertain rates")

        seen, about = check(run(folder, 2, 48 * 200, 200), 200, metrics)
        expect(not seen["cost"], "a known rate has an effect on cost")
        expect(about["uncertain_rates"] == 0 and "fixed number" in about["note"], "the note of known rates")

        check(run(folder, gamma, 21 * 43, 43), 43, metrics)
        check(run(folder, gamma, 19 * 20, 20), 20, metrics)
        check(run(folder, gamma, 20, 20), 20, metrics)
        check(run(folder, gamma, 24 * 88, 88, "--strata", "STORM:4,3,1"), 88, metrics)
    print("\n".join(failures[:40]))
    print(f"{len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
