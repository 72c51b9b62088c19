#!/usr/bin/python3
"""Weighted runs agree with crude ones: strata and tilts leave every estimate where it was.

usage: test_unbiased.py HOLDFAST MPIEXEC SOURCE_DIR [CRUDE_TRIALS WEIGHTED_TRIALS]

Three scenarios of three stages, each with another reason for a weight to be wrong: seasons and
frailty with triggers; a random yearly rate; several rare hazards side by side, some tilted. Means,
CVaR, hazard counts, outputs and the shipments of a week of the weighted run lie within 4.5 standard
errors of a crude run of other trials; the weights' mean within 4 of 1. What is much the same in all
trials costs a weighted run no precision, and the account of savings says so, too. The table goes to
the log.
"""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

HOLDFAST, MPIEXEC, SOURCE = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
CRUDE, WEIGHTED = (int(float(n)) for n in (sys.argv[4:6] or ("2e5", "65536")))
Z = 1.959963984540054
EXACT, HISTOGRAM_ERROR = 4194304, 2**-12  # beyond so many trials CVaR comes from histograms, within that
STATISTICS = ["mean", "cvar90", "cvar95", "cvar99"]
WEEK = 60
WELL_KNOWN = ["domestic_share", "account_jobs", "cost"]  # whose variance a crude run knows well


def base():
    scenario = json.loads((SOURCE / "inputs/tutorial.json").read_text())
    scenario["horizon_weeks"] = 78
    for unused in ("measures", "policies"):
        del scenario[unused]
    return scenario


def seasonal():
    """A rare storm in season, frail, that closes the port."""
    scenario = base()
    scenario["hazards"]["STORM"]["arrival"] = {"poisson": {"per_year": 0.1}}
    return scenario, {"strata": {"hazards": ["STORM"], "table": [3, 4, 1]}}


def uncertain():
    """A rate known from few events, and a frailty on top; rate tilted within the strata."""
    scenario = base()
    storm = scenario["hazards"]["STORM"]
    storm["arrival"] = {"poisson": {"per_year": {"gamma": {"shape": 1.5, "scale": 0.05}}}}
    storm["severity"] = 1
    return scenario, {"strata": {"hazards": ["STORM"], "table": [4, 4]}, "tilts": {"STORM": 1.6}}


def several():
    """Three rare hazards: two chosen, of which the rarer is drawn more often, one tilted by itself."""
    scenario = base()
    hazards = scenario["hazards"]
    hazards["STORM"]["arrival"] = {"poisson": {"per_year": 0.08}}
    del hazards["STORM"]["season"]
    hazards["FIRE"] = copy.deepcopy(hazards["STORM"])
    hazards["FIRE"] |= {"arrival": {"poisson": {"per_year": 0.01}}, "family": "natural",
                        "duration": 20, "triggers": {}}
    hazards["QUAKE"] = copy.deepcopy(hazards["FIRE"])
    hazards["QUAKE"] |= {"arrival": {"poisson": {"per_year": 0.02}}, "duration": 12,
                         "triggers": {"FIRE": {"probability": 0.5, "lag_weeks": 2}}}
    return scenario, {"strata": {"hazards": ["STORM", "FIRE"], "table": [4, 3, 1]},
                      "tilts": {"FIRE": 5, "QUAKE": 4}}


def run(folder, scenario, name, **job):
    (folder / "scenario.json").write_text(json.dumps(scenario))
    output = folder / f"{name}.h5"
    (folder / "job.json").write_text(json.dumps(
        {"schema": "holdfast-job/1", "scenario": "scenario.json", "record": "none",
         "output": str(output)} | job))
    subprocess.run([MPIEXEC, "-n", "2", HOLDFAST, "run", folder / "job.json", "--quiet", "--force"],
                   check=True, stdout=subprocess.DEVNULL, env=os.environ)
    return output


def words(values):
    return [value.decode() for value in values]


def with_error(group, name, at):
    return group[name][at], 0.5 * (group[name + "_upper"][at] - group[name + "_lower"][at]) / Z


def estimates(path):
    """(metric, hazard or stage, statistic) -> (value, standard error)."""
    found = {}
    with h5py.File(path) as file:
        summary, hazards = file["summary"], file["hazards"]
        statistics = words(summary["statistic"][:])
        for m, metric in enumerate(words(summary["metric"][:])):
            for statistic in STATISTICS:
                at = (0, m, statistics.index(statistic))
                found[metric, statistic] = with_error(summary, "estimate", at)
        for h, hazard in enumerate(words(hazards["hazard"][:])):
            found[hazard, "events"] = with_error(hazards, "events", (0, h))
        for i, stage in enumerate(words(file["stages/stage"][:])):
            found[stage, "output"] = with_error(file["stages"], "output", (0, i))
            found[stage, "weekly"] = with_error(file["stages"], "weekly_output", (0, i, WEEK))
        found["shipments", "weekly"] = with_error(file["weekly"], "shipments_mean", (0, WEEK))
        if "sampling" in file:
            s = file["sampling"]
            mean, error = with_error(s, "mean_weight", 0)
            weight = (mean - 1) / error
            print(f"    effective trials {s['effective_trials'][0]:.0f}, forecast "
                  f"{s['forecast_trials'][0]:.0f}; mean weight off by {weight:+.2f} s.e.")
            found["weight"] = weight
            found["saving"] = dict(zip(words(s["metric"][:]), s["saving"][0, :, 0]))
            ratio = s["effective_trials"][0] / s["forecast_trials"][0]
            assert 0.9 < ratio < 1.1, f"the forecast of effective trials is off: {ratio}"
    return found


failures = 0
with tempfile.TemporaryDirectory() as temporary:
    for make in (seasonal, uncertain, several):
        scenario, sampling = make()
        print(f"{make.__name__}: {make.__doc__}")
        folder = pathlib.Path(temporary)
        crude = estimates(run(folder, scenario, "crude", trials=CRUDE, seed="11"))
        weighted = estimates(run(folder, scenario, "weighted", trials=WEIGHTED, seed="12",
                                 sampling=sampling))
        failures += abs(weighted.pop("weight")) > 4
        account = weighted.pop("saving")
        worst = 0.0
        for key, (value, error) in weighted.items():
            other, other_error = crude[key]
            total = np.hypot(error, other_error)
            if not np.isfinite(total) or total == 0.0:
                continue
            bins = HISTOGRAM_ERROR * abs(other) if CRUDE > EXACT and key[1].startswith("cvar") else 0.0
            z = np.sign(value - other) * max(0.0, abs(value - other) - bins) / total
            worst = max(worst, abs(z))
            saving = other_error**2 * CRUDE / (error**2 * WEIGHTED)
            said = f", said {account[key[0]]:.2f}" if key[1] == "mean" else ""
            print(f"    {key[0]:22s} {key[1]:7s} {value:14.6g} {other:14.6g} {z:+6.2f}"
                  f"   saving {saving:8.2f}{said}")
            failures += abs(z) > 4.5
            failures += key[1] in ("mean", "output", "weekly") and saving < 0.2
            if key[1] == "mean" and key[0] in WELL_KNOWN:
                failures += not 0.9 < account[key[0]] / saving < 1.1
        print(f"    largest |z| {worst:.2f}")
print("FAILED" if failures else "agrees", failures)
sys.exit(int(failures > 0))
