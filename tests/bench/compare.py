"""Holdfast's state update against its peers': the same scenario with the same factors given, on one core, turn by turn.

usage: compare.py FOLDER [--scenario FILE] [--seed N] [--trials N] [--rounds N] [--core N] [--output FILE]

FOLDER has state_rate, peer_scalar and export_trials. Before anything is timed, the values of all trials are
compared with Holdfast's (judge, below), and every timed repetition has to end with the same values. A round asks
each program in turn for SECONDS of work, so that all see the machine in the same state; a rate is million
stage-weeks a processor second, and the last column is the median over rounds of Holdfast's rate over the peer's.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-9
SECONDS = 0.3  # of work a turn
LANES = 16384  # of the NumPy peer: the fastest of 256 to 16384
PYTHON_TRIALS = 8  # of the pure Python peer, whose trials take long


class Program:
    """A child that answers requests (given_trials.h)."""

    def __init__(self, name, command):
        self.name, self.rates = name, []
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended: {self.process.wait()}")
        return answer.split()

    def values(self, folder, n_values):
        """[n_values][trials]."""
        path = Path(folder) / "values"
        self.ask(f"values {path}")
        values = np.fromfile(path).reshape(n_values, -1)
        self.checksum = np.log1p(abs(values)).sum() / values.shape[1]
        return values

    def turn(self, least_seconds):
        """Million stage-weeks a second."""
        seconds = stage_weeks = 0.0
        while not seconds or seconds < least_seconds:
            more, done, checksum = map(float, self.ask("run"))
            if abs(checksum - self.checksum) > 1e-12 * self.checksum:
                raise SystemExit(f"{self.name} ended with other values than before")
            seconds, stage_weeks = seconds + more, stage_weeks + done
        return stage_weeks / seconds / 1e6

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def start(folder, scenario, seed, trials, lanes, python_trials, work):
    """Holdfast, then its peers, which read what is exported to `work`."""
    given = [scenario, seed, trials]
    subprocess.run([str(word) for word in [folder / "export_trials", *given, work]], check=True)
    return [Program("Holdfast", [folder / "state_rate", *given]),
            Program("scalar C", [folder / "peer_scalar", *given]),
            Program("NumPy", [sys.executable, HERE / "peer_numpy.py", work, lanes]),
            Program("Python", [sys.executable, HERE / "peer_python.py", work, python_trials])]


def judge(expected, values, n_stages, n_causes):
    """The largest difference of any value, relative to the largest of its kind over trials (or to 1).

    Inputs that run out together are told apart by rounding alone, so the weeks in which inputs bind a stage
    are compared in sum."""
    def known(rows):
        bound = rows[-n_stages * n_causes:].reshape(n_stages, n_causes, -1)
        return np.concatenate([rows[:-n_stages * n_causes], bound[:, 0], bound[:, 1:].sum(axis=1)])
    expected, values = known(expected), known(values)
    columns = np.arange(values.shape[1]) % expected.shape[1]
    scale = np.maximum(abs(expected).max(axis=1, keepdims=True), 1.0)
    return float(np.max(abs(values - expected[:, columns]) / scale))


def check(programs, work):
    """How far the peers' values are from Holdfast's."""
    n_stages, n_causes = len(np.load(f"{work}/order.npy")), int(np.load(f"{work}/n_causes.npy")[0])
    n_values = int(np.load(f"{work}/n_values.npy")[0])
    expected = programs[0].values(work, n_values)
    return [judge(expected, program.values(work, n_values), n_stages, n_causes) for program in programs[1:]]


def table(programs):
    holdfast = programs[0]
    rows = []
    for program in programs:
        low, median, high = statistics.quantiles(program.rates, n=4)
        rows.append({"name": program.name, "median": median, "quartiles": [low, high], "rates": program.rates,
                     "ratio_of_medians": statistics.median(holdfast.rates) / median,
                     "median_ratio": statistics.median(a / b for a, b in zip(holdfast.rates, program.rates))})
    return rows


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scenario", type=Path, default=HERE.parents[1] / "inputs/us_ai_supercomputers.json")
    parser.add_argument("--seed", type=int, default=20250414)
    parser.add_argument("--trials", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def main():
    args = arguments()
    os.sched_setaffinity(0, {args.core})  # and so all children
    with tempfile.TemporaryDirectory() as work:
        programs = start(args.folder, args.scenario, args.seed, args.trials, LANES, PYTHON_TRIALS, work)
        for program, difference in zip(programs[1:], check(programs, work)):
            print(f"{program.name}: values within {difference:.1e} of Holdfast's")
            if difference > TOLERANCE:
                raise SystemExit(f"{program.name} does not compute the same")
        for program in programs:  # warm up
            program.turn(SECONDS)
        for _ in range(args.rounds):
            for program in programs:
                program.rates.append(program.turn(SECONDS))
        for program in programs:
            program.end()
    rows = table(programs)
    print(f"\n{args.scenario.stem}, state update, {args.rounds} rounds on core {args.core}, million stage-weeks/s\n")
    print(f"{'':10} {'median':>9} {'quartiles':>19} {'Holdfast/it':>13} {'by round':>10}")
    for row in rows:
        low, high = row["quartiles"]
        print(f"{row['name']:10} {row['median']:9.3f} {low:9.3f} {high:9.3f} {row['ratio_of_medians']:13.1f} "
              f"{row['median_ratio']:10.1f}")
    if args.output:
        args.output.write_text(json.dumps({"scenario": args.scenario.stem, "seed": args.seed, "trials": args.trials,
                                           "core": args.core, "unit": "million stage-weeks/s",
                                           "programs": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
