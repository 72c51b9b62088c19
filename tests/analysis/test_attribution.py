#!/usr/bin/python3
"""/attribution against what it says of itself, and against runs of scenarios that lack what was off.

usage: test_attribution.py HOLDFAST SOURCE_DIR MPIEXEC

That the same holds with other numbers of ranks; that shares add up, in integers and in doubles; that a
coalition's trials are those of a scenario without the other hazards and noises, bit for bit; that
removals are those of scenarios without the hazard; that stages in the tail are those of its trials run
one by one. The formulas are judged by analysis/recompute.
"""
import copy
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

HOLDFAST, SOURCE, MPIEXEC = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
METRICS, TRIALS, FIRST = ["cost", "revenue_lost", "fill_rate"], 1000, 40
SCENARIO = json.loads((SOURCE / "inputs/tutorial.json").read_text())
SCENARIO["warmup_weeks"] = 20  # what strikes before is felt after
failures, digests = [], {}  # by number of ranks, of the last run


def check(what, is_so):
    if not is_so:
        failures.append(what)


def texts(dataset):
    return [text.decode() for text in dataset[:]]


def run(folder, name, scenario, ranks=0, expect=0, options=(), **job):
    """A result of the scenario, opened; or, where it is to fail, what the program says."""
    (folder / f"{name}.json").write_text(json.dumps(scenario))
    path = folder / f"{name}_job.json"
    path.write_text(json.dumps({"schema": "holdfast-job/1", "scenario": f"{name}.json", "seed": "5",
                                "policies": ["baseline", "closer"], "trials": TRIALS, "first_trial": FIRST, "record": "all", **job}))
    result = folder / f"{name}_{ranks}.h5"
    start = [MPIEXEC, "-n", str(ranks)] if ranks else []
    done = subprocess.run([*start, HOLDFAST, "run", str(path), "--output", str(result), "--quiet", *options],
                          capture_output=True, text=True, timeout=120)
    if done.returncode != expect:
        sys.exit(f"{name}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    digests[ranks] = done.stdout.splitlines()[-1] if expect == 0 else None
    return h5py.File(result) if expect == 0 else done.stderr


def without(hazards, yields=False, demand=False):
    """The scenario without these hazards, without noise of yields, of demand."""
    scenario = copy.deepcopy(SCENARIO)
    for hazard in hazards:
        del scenario["hazards"][hazard]
    for hazard in scenario["hazards"].values():
        hazard["triggers"] = {to: t for to, t in hazard.get("triggers", {}).items() if to not in hazards}
    for measure in scenario["measures"].values():
        measure["scale"] = {path: by for path, by in measure.get("scale", {}).items()
                            if path.split(".")[1] not in hazards}
    for stage in scenario["stages"].values() if yields else []:
        stage["yield"] = {"mean": stage.get("yield", {}).get("mean", 1)}
    for market in scenario["markets"].values() if demand else []:
        market["noise"]["sigma"] = 0
    return scenario


def check_sums(file):
    group = file["attribution"]
    share, total, grid = group["share"][:], group["total"][:], group["grid"][:]
    numerator, value = group["share_numerator"][:], group["value"][:]
    check("numerators add up", np.array_equal(numerator.sum(axis=-1) * grid,
                                              group.attrs["share_denominator"] * total))
    added = np.zeros_like(total)
    for driver in range(share.shape[-1]):
        added = added + share[..., driver]
    check("shares add up", np.all(np.abs(added - total) <= 4 * np.spacing(np.abs(total))))
    check("total", np.array_equal(value[..., -1] - value[..., 0], total))
    check("shares are their numerators", np.all(
        np.abs(numerator * grid[..., None] / group.attrs["share_denominator"] - share)
        <= 1e-14 * np.abs(share).max(axis=-1, keepdims=True)))
    lower, upper = group["share_lower"][:], group["share_upper"][:]
    check("intervals hold their shares", np.all((lower <= share) & (share <= upper)))
    check("some shares matter", np.all((share != 0).any(axis=(0, 1, 2))) and np.all(lower[0, 0, 0] < upper[0, 0, 0]))
    metric, statistic = texts(file["summary/metric"]), texts(file["summary/statistic"])
    for k, name in enumerate(texts(group["attributed_metric"])):
        for i, wanted in enumerate(texts(group["attributed_statistic"])):
            whole = file["summary/estimate"][:, metric.index(name), statistic.index(wanted)]
            check(f"{name} {wanted} as in /summary", np.all(np.abs(value[:, k, i, -1] - whole) <= grid[:, k, i]))


def check_jackknife(file):
    """Of the mean: its shares are the means of what drivers add trial by trial."""
    group, m = file["attribution"], len(file["attribution/driver"])
    columns = file["trials/coalition_cost"][0]
    order = np.arange(TRIALS) * 64 // TRIALS
    for driver in range(m):
        added = np.zeros(TRIALS)
        for s in range(2**m):
            if not s >> driver & 1:
                size = s.bit_count()
                orders = math.factorial(size) * math.factorial(m - size - 1) / math.factorial(m)
                added += orders * (columns[s | 1 << driver] - columns[s])
        left_out = np.array([added[order != g].mean() for g in range(64)])
        half = 1.9983405425207417 * np.sqrt(63 / 64 * ((left_out - left_out.mean())**2).sum())  # Student's t
        wanted = np.array([added.mean(), added.mean() - half, added.mean() + half])
        got = np.array([group["share" + end][0, 0, 0, driver] for end in ("", "_lower", "_upper")])
        check(f"jackknife of the mean: {got}, {wanted}", np.all(np.abs(got - wanted) <= 1e-9 * half))


def check_coalitions(folder, file):
    """One whole set after the other would take a minute: each driver alone, and each one off."""
    names, trials = texts(file["attribution/coalition"]), file["trials"]
    family = {hazard: h["family"] for hazard, h in SCENARIO["hazards"].items()}
    drivers = texts(file["attribution/driver"])
    check("drivers", drivers == sorted({*family.values(), "yield", "demand"}))
    for s in [0] + [1 << i for i in range(4)] + [15 - (1 << i) for i in range(4)] + [15]:
        on = [driver for i, driver in enumerate(drivers) if s >> i & 1]
        check(f"name of {on}", names[s] == ("+".join(on) or "none"))
        scenario = without([h for h in family if family[h] not in on], "yield" not in on, "demand" not in on)
        again = run(folder, f"coalition{s}", scenario)
        for metric in METRICS:
            check(f"{metric} of {names[s]}",
                  np.array_equal(trials["coalition_" + metric][:, s], again["trials"][metric][:]))


def check_removals(folder, file):
    group, trials = file["attribution"], file["trials"]
    ends = np.cumsum(group["removal_rows"][:])
    for h, hazard in enumerate(texts(group["hazard"])):
        again = run(folder, f"without_{hazard}", without([hazard]))
        for policy, end in enumerate(ends):
            rows = slice(end - group["removal_rows"][policy], end)
            at = group["removal_trial"][rows].astype(int) - FIRST
            check("trials ascend", np.all(np.diff(at) > 0))
            for k, metric in enumerate(METRICS):
                level = again["trials"][metric][policy, at]
                check(f"{metric} without {hazard}", np.array_equal(group["removal_level"][rows, k, h], level))
                x, q = trials[metric][policy], group["removal_threshold"][policy, k]
                tail = np.flatnonzero(x <= q if metric == "fill_rate" else x >= q)
                check("the tail was simulated again", set(tail) <= set(at))
                check("trials of the tail", group["removal_trials"][policy, k] == len(tail))
                wanted = np.mean(x[tail] - again["trials"][metric][policy, tail])
                check(f"removal of {hazard} from {metric}: {group['removal'][policy, k, h]!r}, {wanted!r}",
                      abs(group["removal"][policy, k, h] - wanted) <= 1e-12 * np.abs(x[tail]).max())


def check_stages(folder, file):
    """The tail of `cost` is a few trials, run alone."""
    group, x = file["attribution"], file["trials/cost"][0]
    tail = np.flatnonzero(x >= group["removal_threshold"][0, 0])
    check("a tail of one in a hundred", len(tail) == 11)
    alone = [run(folder, f"trial{t}", SCENARIO, trials=1, first_trial=FIRST + int(t), policies=["baseline"])["stages"]
             for t in tail]
    lost = np.mean([stages["lost_output"][0] for stages in alone], axis=0)
    weeks = np.mean([stages["bottleneck_weeks"][0].sum(axis=-1) for stages in alone], axis=0)
    check("lost output in the tail", np.allclose(group["tail_lost_output"][0, 0], lost, rtol=1e-12, atol=1e-10))
    check("bottlenecks in the tail", np.allclose(group["tail_bottleneck_weeks"][0, 0], weeks, rtol=1e-12))


def check_refusals(folder):
    many = copy.deepcopy(SCENARIO)
    for i in range(5):
        many["hazards"][f"MORE{i}"] = {**many["hazards"]["PORT"], "family": f"kind{i}"}
    said = run(folder, "many", many, expect=2, attribution={"metrics": METRICS})
    check(f"too many drivers: {said}", all(f"kind{i}" in said for i in range(5)) and "attribution" in said)
    still = without(SCENARIO["hazards"], True, True)
    check("nothing to attribute", "attribution" in run(folder, "still", still, expect=2,
                                                       attribution={"metrics": METRICS}))
    few = run(folder, "few", SCENARIO, trials=630, attribution={"metrics": ["cost"]})["attribution"]
    check("no intervals of short ranges", np.isnan(few["share_lower"][:]).all() and few["no_interval"][:].all()
          and np.isnan(few["removal_upper"][:]).all() and not np.isnan(few["share"][:]).any())


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    files = [run(folder, "asked", SCENARIO, ranks, attribution={"metrics": METRICS},
                 options=["--block", "64"] if ranks == 2 else []) for ranks in (0, 1, 2, 3)]
    check("the same with any number of ranks", len(set(digests.values())) == 1 and len(digests) == 4)
    check_sums(files[0])
    check_jackknife(files[0])
    check_coalitions(folder, files[0])
    check_removals(folder, files[0])
    check_stages(folder, files[0])
    check_refusals(folder)
print("\n".join(failures) or "attribution holds")
sys.exit(1 if failures else 0)
