"""The bit law across builds: one table of digests over compilers, optimisation, instruction sets and
lane widths, all of which must be equal.

usage: digests.py --program TARGET [--source DIR] [--work DIR] [BUILD...]

BUILD is `compiler:flags`, e.g. `gcc:-O0` or `clang:-O3 -march=native` [gcc and clang at -O0 and -O3].
Each is configured in a folder of its own below --work; the flags are all the optimisation there is. The
program prints lines `KERNEL LANES DIGEST...`, one for each kernel and width. Fails if any digest
differs, if builds print different rows, or if an instruction set that this CPU has is missing."""

import argparse
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


def expected_kernels():
    """Kernels that this CPU runs, and the judge."""
    names = {"reference", "baseline"}
    if platform.machine() in {"x86_64", "AMD64"}:
        flags = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.M)
        has = set(flags.group(1).split()) if flags else set()
        names |= {level for level, needed in X86_LEVELS.items() if needed <= has}
    return names


def quietly(command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stdout[max(done.stdout.find("FAILED:"), 0) :][:4000] + done.stderr[-4000:]
        sys.exit(f"{shlex.join(map(str, command))}: exit code {done.returncode}\n{words}")
    return done.stdout


def rows_of(args, compiler, flags):
    """{(kernel, lanes): digests} printed by the program in that build."""
    name = re.sub(r"[^\w.-]+", "_", f"{compiler}{flags}".replace("/", "_"))
    build = args.work / name
    configure = ["cmake", "-S", args.source, "-B", build, f"-DCMAKE_C_COMPILER={compiler}"]
    configure += ["-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_C_FLAGS_DEBUG={flags}", "-DBUILD_TESTING=ON", "-DHF_WERROR=ON"]
    if shutil.which("ninja") and not (build / "CMakeCache.txt").exists():
        configure += ["-G", "Ninja"]
    quietly(configure)
    quietly(["cmake", "--build", build, "--target", args.program, "--parallel", str(args.jobs)])
    found = [p for p in build.rglob(args.program) if p.is_file()]
    if len(found) != 1:
        sys.exit(f"{build}: {len(found)} files are named {args.program}; there should be one")
    rows = {}
    for line in quietly([found[0], *args.argument]).splitlines():
        if line.startswith("SKIPPED"):  # no instruction set of this CPU: `judge` knows those
            continue
        kernel, lanes, *digests = line.split()
        if (kernel, lanes) in rows or not digests:
            sys.exit(f"{compiler} {flags}: bad line: {line}")
        rows[kernel, lanes] = tuple(digests)
    return rows


def judge(table):
    """What is wrong with {build: rows}, as sentences."""
    problems = []
    first_build, first_rows = next(iter(table.items()))
    majority = max(d := [x for rows in table.values() for x in rows.values()], key=d.count, default=())
    for build, rows in table.items():
        if set(rows) != set(first_rows):
            problems.append(f"{build}: other rows than {first_build}: {sorted(set(rows) ^ set(first_rows))}")
        for kernel in sorted(expected_kernels() - {k for k, _ in rows}):
            problems.append(f"{build}: no row of {kernel}, which this CPU can run")
        if len({lanes for _, lanes in rows} - {"1"}) < 2:
            problems.append(f"{build}: fewer than two lane widths")
        for row, digests in rows.items():
            if digests != majority:
                problems.append(f"{build}, {row[0]} of {row[1]} lanes: another digest than most")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve()
    parser.add_argument("--program", default="digest_table", help="CMake target that prints the digests")
    parser.add_argument("--source", type=Path, default=here.parents[2])
    parser.add_argument("--work", type=Path, default=here.parents[2] / "build/bits")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--argument", action="append", default=[], help="for the program")
    parser.add_argument("builds", nargs="*", metavar="BUILD")
    args = parser.parse_args()
    table = {}
    for build in args.builds or [f"{c}:{o}" for c in ("gcc", "clang") for o in ("-O0", "-O3")]:
        compiler, _, flags = build.partition(":")
        if not shutil.which(compiler):
            print(f"SKIPPED: {build}: no {compiler} here")
            continue
        table[build] = rows_of(args, compiler, flags)
        for (kernel, lanes), digests in table[build].items():
            print(f"{build:14} {kernel:10} {lanes:>4}  {' '.join(digests)}", flush=True)
    if not table:
        return 1
    problems = judge(table)
    n_rows = sum(len(rows) for rows in table.values())
    print("\n".join(problems) if problems else f"{n_rows} rows, {len(table)} builds: all equal")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
