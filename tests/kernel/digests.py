"""The bit law across builds: one table of digests over machines, compilers, optimisation, instruction
sets and lane widths; in each column all must be equal.

usage: digests.py [--source DIR] [--work DIR] [--built PROGRAM] [BUILD...]

BUILD is `compiler:flags`, e.g. `gcc:-O0` or `clang:-O3 -march=native` [gcc and clang at -O0 and -O3].
Each is configured in a folder of its own below --work; the flags are all the optimisation there is.
A build for another machine (`aarch64-linux-gnu-gcc:-O3`, `clang:-O3 --target=aarch64-linux-gnu`) is
run by qemu-user. --built names a digest_random that is there already, to be compared with.

The programs print lines `KERNEL LANES DIGEST...`, one for each kernel and width: digest_random of
random networks, for every machine; digest_shipped, which needs the libraries that read scenarios, of
shipped ones, for this machine. Fails if a digest differs or if rows are missing or too many; exit
code 77 if not one BUILD can be made here."""

import argparse
import collections
import platform
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

X86_LEVELS = {  # a few telling flags of each
    "x86-64-v3": {"avx2", "fma", "bmi2"},
    "x86-64-v4": {"avx2", "fma", "bmi2", "avx512f", "avx512bw", "avx512dq", "avx512vl"},
}


THIS = "this build"


def foreign_machine(build):
    """The machine of a build for another one, else None."""
    triple = re.search(r"\b(\w+)-linux-gnu\b", build)
    return triple.group(1) if triple and triple.group(1) != platform.machine() else None


def why_not(build):
    """Why that build cannot be made and run here, or None."""
    compiler, _, flags = build.partition(":")
    machine = foreign_machine(build)
    if not shutil.which(compiler):
        return f"no {compiler} here"
    if machine and not shutil.which(f"qemu-{machine}"):
        return f"no qemu-{machine} here"
    command = [compiler, *shlex.split(flags), "-E", "-xc", "-"]
    if subprocess.run(command, input="#include <stdio.h>", capture_output=True, text=True, check=False).returncode:
        return "no C library for it here"
    return None


def expected_rows(build):
    """(program, kernel, lanes): all kernels that the CPU runs, and the judge, which has one lane."""
    kernels = {"baseline"}
    if not foreign_machine(build) and platform.machine() in {"x86_64", "AMD64"}:
        flags = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.M)
        has = set(flags.group(1).split()) if flags else set()
        kernels |= {level for level, needed in X86_LEVELS.items() if needed <= has}
    rows = [("reference", "W=8"), *((kernel, lanes) for kernel in kernels for lanes in ("W=8", "W=64"))]
    return {(program, *row) for program in programs_of(build) for row in rows}


def programs_of(build):
    return ["digest_random"] if build == THIS or foreign_machine(build) else ["digest_random", "digest_shipped"]


def quietly(command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stdout[max(done.stdout.find("FAILED:"), 0) :][:4000] + done.stderr[-4000:]
        sys.exit(f"{shlex.join(map(str, command))}: exit code {done.returncode}\n{words}")
    return done.stdout


def make(args, build):
    """The folder of that build's programs."""
    compiler, _, flags = build.partition(":")
    machine = foreign_machine(build)
    folder = args.work / re.sub(r"[^\w.-]+", "_", build.replace(":", ""))
    source = args.source / "tests/kernel/cross" if machine else args.source
    configure = ["cmake", "-S", source, "-B", folder, f"-DCMAKE_C_COMPILER={compiler}", "-DHF_WERROR=ON"]
    configure += ["-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_C_FLAGS_DEBUG={flags}", "-DBUILD_TESTING=ON"]
    if machine:  # static: its libraries need not be found when it runs
        configure += ["-DCMAKE_SYSTEM_NAME=Linux", f"-DCMAKE_SYSTEM_PROCESSOR={machine}"]
        configure += ["-DCMAKE_EXE_LINKER_FLAGS=-static"]
    if shutil.which("ninja") and not (folder / "CMakeCache.txt").exists():
        configure += ["-G", "Ninja"]
    quietly(configure)
    quietly(["cmake", "--build", folder, "--target", *programs_of(build), "--parallel", str(args.jobs)])
    return folder


def rows_of(build, folder):
    """{(program, kernel, lanes): digests} printed by the programs in that folder."""
    machine = foreign_machine(build)
    rows = {}
    for program in programs_of(build):
        found = [p for p in folder.rglob(program) if p.is_file()]
        if len(found) != 1:
            sys.exit(f"{folder}: {len(found)} files are named {program}; there should be one")
        for line in quietly([*([f"qemu-{machine}"] if machine else []), found[0]]).splitlines():
            if line.startswith("SKIPPED"):  # no instruction set of this CPU: `judge` knows those
                continue
            kernel, lanes, *digests = line.split()
            if (program, kernel, lanes) in rows or not digests:
                sys.exit(f"{build}: bad line: {line}")
            rows[program, kernel, lanes] = tuple(digests)
    return rows


def judge(table):
    """What is wrong with {build: rows}, as sentences."""
    problems = []
    votes = collections.defaultdict(collections.Counter)
    for rows in table.values():
        for (program, *_), digests in rows.items():
            votes[program][digests] += 1
    for build, rows in table.items():
        for row in sorted(expected_rows(build) - set(rows)):
            problems.append(f"{build}: no row {' '.join(row)}, which this CPU can run")
        for row in sorted(set(rows) - expected_rows(build)):
            problems.append(f"{build}: an unknown row {' '.join(row)}")
        for row, digests in rows.items():
            if digests != votes[row[0]].most_common(1)[0][0]:
                problems.append(f"{build}: {' '.join(row)} has another digest than most")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve()
    parser.add_argument("--source", type=Path, default=here.parents[2])
    parser.add_argument("--work", type=Path, default=here.parents[2] / "build/bits")
    parser.add_argument("--built", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("builds", nargs="*", metavar="BUILD")
    args = parser.parse_args()
    folders = {THIS: args.built.parent} if args.built else {}
    for build in args.builds or [f"{c}:{o}" for c in ("gcc", "clang") for o in ("-O0", "-O3")]:
        if reason := why_not(build):
            print(f"SKIPPED: {build}: {reason}")
        else:
            folders[build] = make(args, build)
    if not set(folders) - {THIS}:
        return 77
    table = {}
    for build, folder in folders.items():
        table[build] = rows_of(build, folder)
        for row, digests in table[build].items():
            print(f"{build:25} {row[0]:14} {row[1]:10} {row[2]:>4}  {' '.join(digests)}", flush=True)
    problems = judge(table)
    n_rows = sum(len(rows) for rows in table.values())
    print("\n".join(problems) if problems else f"{n_rows} rows, {len(table)} builds: all equal")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
