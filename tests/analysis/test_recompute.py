#!/usr/bin/python3
"""The second opinion, analysis/recompute, agrees with every kind of result and notices when a number changes.

usage: test_recompute.py HOLDFAST SOURCE_DIR

Histograms, of which no trials are kept, are compared with the exact result of the same trials.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy as np

HOLDFAST, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
PROGRAM = SOURCE / "analysis" / "recompute"
sys.path.insert(0, str(PROGRAM))
sys.dont_write_bytecode = True
import opinion
from comparison import NAMES

STRATA, UNSEEN = ["--strata", "STORM:1,2,2,3"], ["--policies", "closer,baseline", "--precision", "units_lost:mean:0.1"]
RUNS = {  # name: job, options, groups that it must have
    "plain": ("smoke", ["--trials", "2000"], {"differences"}),
    "few": ("smoke", ["--trials", "59"], {"differences"}),  # just bounds the 0.95 quantile
    "one": ("smoke", ["--trials", "1"], {"differences"}),
    "real": ("baseline", ["--trials", "500"], set()),
    "wild": ("wild", ["--trials", "1500", "--precision", "peak_backlog:mean:1"], {"differences", "convergence"}),
    "precise": ("smoke", ["--trials", "5000", "--precision", "cost:mean:0.002"], {"convergence"}),
    "unseen": ("smoke", ["--trials", "1200", *UNSEEN], {"convergence"}),
    "strata": ("smoke", ["--trials", "1600", *STRATA, *UNSEEN], {"sampling", "convergence"}),
    "caused": ("smoke", ["--trials", "1000", "--attribution", "revenue_delayed,fill_rate"], {"attribution"}),
    "short": ("smoke", ["--trials", "200", "--attribution", "cost"], {"attribution"}),
    "rough": ("rough", ["--trials", "2000", "--inner-trials", "100"], {"uncertainty"}),
    "draws": ("rough", ["--trials", "4000", "--inner-trials", "20"], {"uncertainty"}),
    "all": ("rough", ["--trials", "2352", "--first-trial", "1120", *STRATA, "--tilts", "STORM=1.5", "--inner-trials",
                      "112", "--attribution", "revenue_delayed"],
            {"differences", "sampling", "attribution", "uncertainty"}),
}
NOT_OF_TRIALS = {  # what needs more than the trials in the file
    "/tail/n_events", "/tail/event_hazard", "/tail/event_triggered", "/tail/event_onset", "/tail/event_duration",
    "/tail/event_end", "/tail/event_severity", "/tail/event", "/sampling/forecast_trials", "/sampling/crude",
    "/sampling/crude_lower", "/sampling/crude_upper", "/attribution/removal_rows", "/attribution/removal_trial",
    "/attribution/removal_level", "/attribution/tail_lost_output", "/attribution/tail_bottleneck_weeks",
    "/attribution/removal_row"}
failures = []


def make_rough(world):
    """Only three typhoons are known."""
    world["hazards"]["STORM"]["arrival"]["poisson"]["per_year"] = {"gamma": {"shape": 3, "scale": 0.27}}


def make_wild(world):
    """Demand whose variance is hardly finite."""
    world["markets"]["RIDERS"]["noise"] = {"kind": "lognormal", "sigma": 3, "persistence": 0.9}


WORLDS = {"rough": make_rough, "wild": make_wild}  # the smoke job with another scenario


def write_job(folder, name):
    job = json.loads((SOURCE / "jobs" / f"{'smoke' if name in WORLDS else name}.json").read_text())
    scenario = SOURCE / "jobs" / job["scenario"]
    if name in WORLDS:
        world = json.loads(scenario.read_text())
        WORLDS[name](world)
        scenario = folder / f"{name}_world.json"
        scenario.write_text(json.dumps(world))
    job["scenario"] = str(scenario.resolve())
    path = folder / f"{name}_job.json"
    path.write_text(json.dumps(job))
    return path


def run(folder, name, job, options):
    path = folder / f"{name}.h5"
    subprocess.run([HOLDFAST, "run", write_job(folder, job), "--quiet", "--force", "--output", path, *options],
                   check=True, stdout=subprocess.DEVNULL)
    return path


def check(path, wanted):
    """All that the trials decide agrees, and nothing was passed over. Returns how many numbers there were."""
    comparison = opinion.compare(path)
    if comparison.n_wrong:
        comparison.print()
        failures.append(f"{path.name}: {comparison.n_wrong} numbers differ")
    failures.extend(f"{path.name}: {name} is not recomputed" for name in set(comparison.left) - NOT_OF_TRIALS)
    groups = {line[0].split("/")[1] for line in comparison.lines}
    failures.extend(f"{path.name}: no group {name}" for name in wanted - groups)
    return sum(line[1] for line in comparison.lines)


# --- what it notices ---

def changed(value, relative):
    if isinstance(value, bytes):
        return value + b"x"
    if isinstance(value, (np.floating, float)):
        return relative if np.isnan(value) or value == 0 else value * (1 + relative)
    return not value if isinstance(value, np.bool_) else value + 1


def change_one_each(path, names, relative):
    """One number of each variable."""
    with h5py.File(path, "r+") as file:
        for name in names:
            values = file[name][()]
            at = np.unravel_index(values.size // 2, values.shape)
            values[at] = changed(values[at], relative)
            file[name][...] = values


def check_notices(path):
    """Of a copy in which one number of every variable is another, every variable differs. Numbers that come out of a
    search, and ends with Student's t, may differ by more than the others."""
    names = [line[0] for line in opinion.compare(path).lines if not line[0].startswith("/trials/")]
    names = [name for name in names if name.split("/")[-1] not in NAMES]
    is_loose = lambda name: name.endswith(("_lower", "_upper")) or name.startswith(("/uncertainty", "/attribution/re"))
    for relative, some in [(1e-3, names), (3e-12, [name for name in names if not is_loose(name)])]:
        copy = path.with_suffix(".changed.h5")
        shutil.copy(path, copy)
        change_one_each(copy, some, relative)
        noticed = {line[0] for line in opinion.compare(copy).lines if line[2]}
        failures.extend(f"{path.name}: {name} changed by {relative:g}, unnoticed" for name in set(some) - noticed)
    print(f"{path.name}: {len(names)} variables changed")


def check_notices_trial(path):
    """A trial's value decides numbers in many groups."""
    copy = path.with_suffix(".changed.h5")
    shutil.copy(path, copy)
    change_one_each(copy, ["/trials/revenue_lost"], 1e-6)
    noticed = {line[0].split("/")[1] for line in opinion.compare(copy).lines if line[2]}
    if not noticed >= {"summary", "differences"}:
        failures.append(f"a trial changed, noticed in {sorted(noticed)} only")
    done = subprocess.run([sys.executable, PROGRAM, copy], stdout=subprocess.DEVNULL)
    if done.returncode != 1:
        failures.append(f"exit code {done.returncode} of a result that differs")


# --- histograms ---

def check_histogram(exact_path, path):
    """The same trials from histograms: means to the bit, order statistics within 2^-12."""
    worst = 0.0
    with h5py.File(exact_path) as exact, h5py.File(path) as binned:
        one, two = exact["summary"], binned["summary"]
        names = [name.decode() for name in one["statistic"][:]]
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
    checked = 0
    with tempfile.TemporaryDirectory() as name:
        folder, paths = pathlib.Path(name), {}
        for what, (job, options, wanted) in RUNS.items():
            paths[what] = run(folder, what, job, ["--record", "all", *options])
            checked += check(paths[what], wanted)
        check_notices(paths["all"])
        check_notices(paths["plain"])
        check_notices_trial(paths["plain"])
        check_histogram(paths["real"], run(folder, "binned", "baseline", ["--exact-trials", "0", "--trials", "500"]))
    print("\n".join(failures[:40]))
    print(f"{checked} numbers recomputed, {len(failures)} failures")
    return bool(failures) or checked == 0


if __name__ == "__main__":
    sys.exit(main())
