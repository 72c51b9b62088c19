#!/usr/bin/python3
"""Instructions per stage-week of a whole trial and of its hottest functions, counted by callgrind: they do not
jitter, so they are what a change is held to.

usage: instructions.py [--record] [--flags=FLAGS] HOLDFAST

FLAGS are those that HOLDFAST was compiled with [CMake's of a release]. Fails if a count is more than 2 % above the one
in instructions.json for this compiler and these flags; exit code 77 if nothing is recorded for them, or if nothing can
be counted here. --record writes what is counted now into that table.

Valgrind's CPU has AVX2 and no AVX-512: whatever the kernel, shocks and tallies run as x86-64-v3.
"""
import argparse
import collections
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KERNELS = ["baseline", "x86-64-v3"]
LANES = 32
FIRST_PART, N_PARTS = 3, 2  # 1: what comes before the first batch; 2: that batch, which finds its memory new
ABOVE, BELOW = 1.02, 0.95
N_SHOWN, N_HELD = 6, 2
WHOLE = "whole trial"
TABLE = Path(__file__).resolve().with_suffix(".json")
JOB = TABLE.parents[2] / "jobs/baseline.json"


def compiler_of(holdfast):
    """Name and major version, of which the counts are."""
    version = subprocess.run([holdfast, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r", (\w+ \d+)[^,]*\)$", version).group(1)


def why_not():
    """Why nothing can be counted here, or None."""
    if not shutil.which("valgrind"):
        return "no valgrind here"
    if platform.machine() != "x86_64":
        return f"the counts are of x86-64, this is {platform.machine()}"
    flags = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.M).group(1).split()
    missing = {"avx2", "fma", "bmi1", "bmi2"} - set(flags)
    return f"this CPU lacks {', '.join(sorted(missing))}" if missing else None


def run_counted(command, folder):
    """Callgrind's parts, one a batch. The result's file, which takes longer than the batches, is not waited for."""
    parts = [folder / f"counts.{part}" for part in range(FIRST_PART, FIRST_PART + N_PARTS + 1)]
    counted = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counts", "--compress-strings=no",
               "--compress-pos=no", "--dump-before=hf_trials_run", *map(str, command)]
    # What a killed process leaves goes with the folder; Open MPI is told to start no daemon, which would outlive it.
    around = {**os.environ, "TMPDIR": str(folder), "OMPI_MCA_ess_singleton_isolated": "1"}
    with open(folder / "words", "w") as words:
        run = subprocess.Popen(counted, stdout=words, stderr=words, env=around)
        while run.poll() is None and not parts[-1].exists():
            time.sleep(0.1)
        run.kill()
        run.wait()
    if not parts[-1].exists():
        sys.exit(f"{(folder / 'words').read_text()}\nhf_trials_run was not entered {FIRST_PART + N_PARTS} times")
    return parts[:-1]


def functions_of(part):
    """{function: instructions of its own}; the compiler's pieces of a function are counted together."""
    counts, is_call = collections.Counter(), False
    for line in part.read_text().splitlines():
        if line.startswith("fn="):
            function = re.sub(r"(\.(constprop|isra|part|cold)(\.\d+)?)+$", "", line[3:])
        elif line.startswith("calls="):
            is_call = True  # the next line has what was called, which counts itself
        elif line[:1].isdigit():
            counts[function] += 0 if is_call else int(line.split()[1])
            is_call = False
    return counts


def count(holdfast, kernel):
    """{function: instructions per stage-week}, hottest first, after the whole trial."""
    world = json.loads((JOB.parent / json.loads(JOB.read_text())["scenario"]).read_text())
    with tempfile.TemporaryDirectory() as name:
        trials = (FIRST_PART + N_PARTS) * LANES
        command = [holdfast, "run", JOB, "--kernel", kernel, "--lanes", LANES, "--trials", trials, "--block", trials,
                   "--record", "none", "--quiet", "--output", f"{name}/result.h5"]
        counts = sum(map(functions_of, run_counted(command, Path(name))), collections.Counter())
    stage_weeks = N_PARTS * LANES * len(world["stages"]) * world["horizon_weeks"]
    each = {WHOLE: sum(counts.values()), **dict(counts.most_common())}
    return {function: n / stage_weeks for function, n in each.items()}


def judge(kernel, counted, recorded):
    """Prints a kernel's table; returns what is wrong with it."""
    problems = []
    print(f"\n{kernel:30}  instructions  of the trial  recorded")
    for function in dict.fromkeys([*list(counted)[:1 + N_SHOWN], *recorded]):
        now, then = counted.get(function, 0.0), recorded.get(function)
        print(f"{function:30}  {now:12.2f}  {now / counted[WHOLE]:12.1%}" + (f"  {then:8.2f}" if then else ""))
        if then and now > ABOVE * then:
            problems.append(f"{kernel}, {function}: {now:.2f} instructions per stage-week, {now / then - 1:.1%} above "
                            f"the recorded {then:.2f}")
        elif then and now < BELOW * then:
            print(f"  {1 - now / then:.1%} below the record, which should be lowered: instructions.py --record")
    return problems


def record(table, key, counted):
    table[key] = {kernel: {f: round(counts[f], 2) for f in list(counts)[:1 + N_HELD]}
                  for kernel, counts in counted.items()}
    TABLE.write_text(json.dumps(dict(sorted(table.items())), indent=2) + "\n")
    print(f"\nrecorded for {key}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--flags", default="-O3 -DNDEBUG")
    parser.add_argument("holdfast", type=Path)
    args = parser.parse_args()
    table = json.loads(TABLE.read_text())
    key = f"{compiler_of(args.holdfast)}, {' '.join(args.flags.split())}"
    reason = why_not()
    if not reason and key not in table and not args.record:
        reason = f"no instructions are recorded for {key}, only for {'; '.join(table)}"
    if reason:
        print(f"SKIPPED: {reason}")
        return 77
    counted = {kernel: count(args.holdfast, kernel) for kernel in KERNELS}
    print(f"instructions per stage-week, {key}, {LANES} lanes")
    problems = [problem for kernel in KERNELS
                for problem in judge(kernel, counted[kernel], table.get(key, {}).get(kernel, {}))]
    if args.record:
        record(table, key, counted)
        return 0
    print("\n" + "\n".join(problems or [f"none is more than {ABOVE - 1:.0%} above its record"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
