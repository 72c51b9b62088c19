"""What ranks cost: a union of what all of them found, an agreement, an answer to a claim, on this machine and modelled.

usage: reduction.py REDUCTION MPIEXEC [--job FILE] [--ranks N ...] [--trials N] [--repeats N] [--output FILE]

Times are medians over repeats, in ms, as the root sees them (reduction.c); to hear nobody, in processor time. A step
of a union is to pack what a rank has, to send it and to merge it there, each measured alone. A binomial tree over P
ranks has ceil(log2 P) rounds, in each of which every second rank that is left sends what it has: with a core a rank
all at once, here as many as there are cores. What a union takes beyond that model here is due to ranks that share
cores: they wake up to see whether something has come, and wait for a turn when it has.
"""

import argparse
import json
import os
import statistics
import subprocess
from pathlib import Path

JOBS = Path(__file__).resolve().parents[2] / "jobs"
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_hwloc_base_binding_policy="none",
                   OMPI_MCA_mpi_yield_when_idle="1", OMPI_MCA_btl_vader_single_copy_mechanism="none")

# A cluster, for the model: what one core of a node gets of its network, the time to another node, and the pause
# between two looks whether a message has come (comm_mpi.c).
BYTES_PER_SECOND, LATENCY_S, NAP_S = 1e9, 5e-6, 2e-4
CLUSTER_RANKS = (64, 1000, 10_000, 100_000)


def rounds(ranks, cores):
    """Steps one after the other in a union: with a core a rank, ceil(log2 ranks)."""
    n = 0
    while ranks > 1:
        n += -(-(ranks // 2) // cores)
        ranks -= ranks // 2
    return n


def measure(reduction, mpiexec, job, ranks, trials, repeats):
    command = [mpiexec, "-n", ranks, reduction, job, trials, repeats]
    done = subprocess.run([str(word) for word in command], env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"reduction on {ranks} ranks ended with {done.returncode}\n{done.stderr}")
    found = json.loads(done.stdout)
    return {key: statistics.median(value) if isinstance(value, list) else value for key, value in found.items()}


def bytes_of(row):
    return row["tally_bytes"] + row["weekly_bytes"]


def model_here(rows, cores):
    """Seconds of each row's union, had its ranks nothing to do but their steps."""
    one = rows[0]
    move = min((row["move_s"] for row in rows if row["ranks"] == 2), default=0.0)
    return [rounds(row["ranks"], cores) * (one["pack_s"] + move + one["merge_s"]) for row in rows]


def model_cluster(row, ranks):
    """A union of so many ranks, a core each, and an agreement: seconds."""
    wait = LATENCY_S + NAP_S
    step = row["pack_s"] + bytes_of(row) / BYTES_PER_SECOND + row["merge_s"] + wait
    return rounds(ranks, ranks) * step, 2 * rounds(ranks, ranks) * wait


def print_rows(rows, cores):
    print(f"{'ranks':>6} {'kB a rank':>10} {'pack':>8} {'merge':>8} {'moves':>8} {'union':>8} {'model':>8} {'agree':>8} "
          f"{'us to hear none':>16} {'us an answer':>13} {'of processor':>13}")
    for row, model in zip(rows, model_here(rows, cores)):
        cells = [1e3 * row[key] for key in ("pack_s", "merge_s", "move_s", "union_s")] + [1e3 * model,
                                                                                     1e3 * row["agree_s"]]
        print(f"{row['ranks']:6} {bytes_of(row) / 1e3:10.0f} " + " ".join(f"{cell:8.2f}" for cell in cells)
              + f" {1e6 * row['hear_cpu_s']:16.2f} {1e6 * row['answer_s']:13.2f} {1e6 * row['answer_cpu_s']:13.2f}")


def print_cluster(row):
    print(f"\na core a rank, {BYTES_PER_SECOND / 1e9:g} GB/s, {1e6 * LATENCY_S:g} us and {1e3 * NAP_S:g} ms a message; "
          f"pack and merge as on {row['ranks']} rank(s) here")
    for ranks in CLUSTER_RANKS:
        union, agree = model_cluster(row, ranks)
        print(f"{ranks:6} ranks: union {1e3 * union:6.1f} ms, agreement {1e3 * agree:5.1f} ms")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reduction", type=Path)
    parser.add_argument("mpiexec")
    parser.add_argument("--job", type=Path, default=JOBS / "baseline.json")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32, 64])
    parser.add_argument("--trials", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def main():
    args = arguments()
    cores = len(os.sched_getaffinity(0))
    rows = [measure(args.reduction.resolve(), args.mpiexec, args.job.resolve(), ranks, args.trials, args.repeats)
            for ranks in args.ranks]
    print(f"{args.job.stem} on {cores} cores, {args.trials} trials a rank, medians of {args.repeats}, ms\n")
    print_rows(rows, cores)
    print_cluster(rows[0])
    if args.output:
        args.output.write_text(json.dumps({"job": args.job.stem, "cores": cores, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
