"""Two ranks against one: interleaved pairs of the same job, each rank on a core of its own.

usage: ranks.py HOLDFAST MPIEXEC [--scenario FILE] [--trials N] [--pairs N] [--cores A B] [--output FILE]

Of each pair, one rank simulates so many trials, on either core in turn; two ranks simulate twice as many (weak) and
as many (strong). Throughput is stage-weeks a second of the loop over blocks, until the last rank is through it. A
ratio is formed within its pair, and 2 is the most there could be. Beside it stands the ratio by processor time, which
neighbours on the machine disturb less: twice what a trial takes one rank, start and end of the program included,
over what it takes two. How busy neighbours are shows in the share that a run had of its cores, which waiting for the
start lowers a little. Equal trials must leave equal digests.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import h5py

INPUTS = Path(__file__).resolve().parents[2] / "inputs"
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_btl_vader_single_copy_mechanism="none")


def command_of(holdfast, mpiexec, cores, arguments):
    """One rank a core. The cores are given by `taskset`, so that they are these, whatever binding is the default."""
    command = [mpiexec, "--bind-to", "none"]
    for i, core in enumerate(cores):
        command += [*([":"] if i else []), "-n", 1, "taskset", "-c", core, holdfast, *arguments]
    return [str(word) for word in command]


class Launcher:
    """Runs one job on some cores."""

    def __init__(self, holdfast, mpiexec, scenario, folder):
        self.holdfast, self.mpiexec = holdfast, mpiexec
        self.job, self.result = Path(folder) / "job.json", Path(folder) / "result.h5"
        self.job.write_text(json.dumps({"schema": "holdfast-job/1", "scenario": os.path.relpath(scenario, folder),
                                        "trials": 1, "seed": "1"}))

    def run(self, cores, trials):
        """What a run took, and its digest."""
        arguments = ["run", self.job, "--trials", trials, "--output", self.result, "--force", "--quiet"]
        start = time.monotonic()
        with subprocess.Popen(command_of(self.holdfast, self.mpiexec, cores, arguments), env=ENVIRONMENT,
                              stdout=subprocess.PIPE, text=True) as child:
            lines = child.stdout.read().splitlines()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        if child.returncode:
            raise SystemExit(f"holdfast run ended with {child.returncode}")
        with h5py.File(self.result) as result:
            performance = {name: result["performance"][name][:] for name in ("trials", "seconds",
                                                                             "stage_weeks_per_second")}
        stage_weeks = sum(performance["stage_weeks_per_second"] * performance["seconds"])
        cpu = usage.ru_utime + usage.ru_stime
        return {"ranks": len(cores), "trials": int(sum(performance["trials"])), "digest": lines[-1],
                "stage_weeks_per_second": stage_weeks / max(performance["seconds"]),
                "cpu_seconds": cpu, "share": cpu / (wall * len(cores))}


def measure_pair(launcher, cores, trials, pair):
    return {"one": launcher.run([cores[pair % 2]], trials), "weak": launcher.run(cores, 2 * trials),
            "strong": launcher.run(cores, trials)}


def measure(launcher, cores, trials, pairs):
    """All pairs, after a run that warms up and says what the digest of twice as many trials is."""
    twice = launcher.run(cores[:1], 2 * trials)["digest"]
    found = [measure_pair(launcher, cores, trials, pair) for pair in range(pairs)]
    for pair in found:
        if pair["weak"]["digest"] != twice or pair["strong"]["digest"] != pair["one"]["digest"]:
            raise SystemExit("two ranks found something else than one")
    return found


def spread(samples):
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return {"median": median, "quartiles": [low, high], "samples": samples}


def table(pairs):
    """By kind of run: throughput of all its ranks, and what two ranks are worth against one, by either clock."""
    rows = []
    for kind in ("one", "weak", "strong"):
        runs = [pair[kind] for pair in pairs]
        row = {"kind": kind, "ranks": runs[0]["ranks"], "trials": runs[0]["trials"],
               "stage_weeks_per_second": spread([run["stage_weeks_per_second"] for run in runs]),
               "share": spread([run["share"] for run in runs])}
        if kind != "one":
            row["ratio"] = spread([run["stage_weeks_per_second"] / pair["one"]["stage_weeks_per_second"]
                                   for run, pair in zip(runs, pairs)])
            row["cpu_ratio"] = spread([2 * (pair["one"]["cpu_seconds"] / pair["one"]["trials"])
                                       / (run["cpu_seconds"] / run["trials"]) for run, pair in zip(runs, pairs)])
        rows.append(row)
    return rows


def text(figure, factor=1.0):
    low, high = figure["quartiles"]
    return f"{factor * figure['median']:.4g} [{factor * low:.4g}, {factor * high:.4g}]"


def print_table(rows):
    print(f"{'':8} {'ranks':>5} {'trials':>9}   {'million stage-weeks/s':24} {'by rank':24} {'share of its cores':24} "
          f"{'against one rank':24} by processor time")
    for row in rows:
        rate = row["stage_weeks_per_second"]
        cells = [text(rate, 1e-6), text(rate, 1e-6 / row["ranks"]),
                 *(text(row[key]) for key in ("share", "ratio", "cpu_ratio") if key in row)]
        print(f"{row['kind']:8} {row['ranks']:5} {row['trials']:9}   " + " ".join(f"{cell:24}" for cell in cells))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("holdfast", type=Path)
    parser.add_argument("mpiexec")
    parser.add_argument("--scenario", type=Path, default=INPUTS / "us_ai_supercomputers.json")
    parser.add_argument("--trials", type=int, default=20000)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--cores", type=int, nargs=2, default=sorted(os.sched_getaffinity(0))[:2])
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def main():
    args = arguments()
    if len(args.cores) < 2:
        raise SystemExit("two ranks need two cores")
    with tempfile.TemporaryDirectory() as folder:
        launcher = Launcher(args.holdfast.resolve(), args.mpiexec, args.scenario.resolve(), folder)
        rows = table(measure(launcher, args.cores, args.trials, args.pairs))
    print(f"{args.scenario.stem}, {args.pairs} pairs on cores {args.cores}; median [quartiles]\n")
    print_table(rows)
    if args.output:
        args.output.write_text(json.dumps({"scenario": args.scenario.stem, "cores": args.cores, "pairs": args.pairs,
                                           "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
