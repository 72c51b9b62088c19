#!/usr/bin/python3
"""A reader of inputs/README.md recomputes every state of a replayed trial.

usage: test_replay.py HOLDFAST SOURCE_DIR

Three scenarios under two policies each, several trials: from the factors c, y, a, d, k of the replay
alone, plan_again.py and trial_again.py (which share no line with the program) give every state of
every week: |a - b| <= 1e-9 max(|a|, |b|, Z). The metrics of /trials equal the replay's bit for bit.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

import plan_again
import trial_again

HOLDFAST, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])

# group and name in the replay; kind and name in the recomputation; what scales the tolerance
STATES = [
    ("stages", "stock", "stage", "F", "Z"), ("stages", "queue", "stage", "Q", "starts"),
    ("stages", "learned", "stage", "l", 1),
    ("stages", "ratio", "stage", "r", 1), ("stages", "filled", "stage", "f", 1),
    ("stages", "wanted", "stage", "P", "starts"), ("stages", "started", "stage", "X", "starts"),
    ("stages", "finished", "stage", "O", "starts"), ("stages", "output", "stage", "output", "Z"),
    ("stages", "scrapped", "stage", "scrapped", "starts"),
    ("inputs", "on_hand", "input", "R", "input"), ("inputs", "position", "input", "N", "input"),
    ("links", "owed", "link", "U", "input"), ("links", "asked", "link", "asked", "input"),
    ("links", "shipped", "link", "shipped", "input"),
    ("markets", "market_ratio", "market", "r", 1), ("markets", "backlog", "market", "U", "Z"),
    ("markets", "late", "market", "late", "Z"), ("markets", "lost", "market", "lost", "Z"),
    ("markets", "due", "market", "due", "Z"), ("markets", "market_shipped", "market", "shipped", "Z"),
]
CASES = [("tutorial", ["baseline", "closer"], [0, 7, 41]),
         ("us_iv_fluids", ["baseline", "buffered"], [3, 12]),
         ("us_ai_supercomputers", ["baseline", "hedged"], [5])]


def holdfast(*arguments):
    subprocess.run([HOLDFAST, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def labels(group, name):
    return [label.decode() for label in group[name][:]]


def keys_of(kind, group, plan):
    """The replay's rows in the recomputation's keys."""
    if kind in ("stage", "market"):
        return labels(group, kind)
    if kind == "input":
        return [tuple(label.split(".")) for label in labels(group, "input")]
    by_ends = {(link[0], link[1]): link for link in plan.links}
    return [by_ends[tuple(label.split(">"))] for label in labels(group, "link")]


def factors_of(replay, plan):
    factors = trial_again.calm(plan)
    for letter, kind, name in [("c", "stage", "capacity_factor"), ("y", "stage", "yield_factor"),
                               ("k", "stage", "scrap_factor"), ("a", "link", "shipping_factor"),
                               ("d", "market", "demand")]:
        group = replay[kind + "s"]
        for at, key in enumerate(keys_of(kind, group, plan)):
            if key in factors[letter]:
                factors[letter][key] = group[name][:, at]
    return factors


def scale(plan, kind, key, what):
    """Z of the node; of its starts; of what flows through an input."""
    if what == 1:
        return 1.0
    if kind in ("stage", "market"):
        z = plan.Z[key]
        return z / min(plan.eta[key][:plan.T]) if what == "starts" else z
    node = key[0] if kind == "input" else key[1]
    product = key[-1]
    if node in plan.markets:
        return plan.Z[node]
    return plan.per_unit[(node, product)] * plan.Z[node] / min(plan.eta[node][:plan.T])


def compare(replay, plan, states, tally):
    worst = 0.0
    for group_name, name, kind, other, what in STATES:
        group = replay[group_name]
        for at, key in enumerate(keys_of(kind, group, plan)):
            if kind == "input" and key[0] in plan.markets:
                continue
            if key not in states[kind]:  # a stage that only another policy has
                continue
            mine, theirs = states[kind][key][other], group[name][:, at]
            allowed = np.maximum(np.maximum(np.abs(mine), np.abs(theirs)), scale(plan, kind, key, what))
            error = float(np.max(np.abs(mine - theirs) / allowed))
            tally["compared"] += len(mine)
            if not error <= 1e-9:
                tally["failed"] += 1
                week = int(np.argmax(np.abs(mine - theirs) / allowed))
                print(f"  {kind} {key} {name}: week {week}: {theirs[week]!r}, recomputed {mine[week]!r}")
            worst = max(worst, error)
    return worst


def compare_metrics(replay, result, policy, trial, plan, factors, states, tally):
    again = trial_again.outcome(plan, factors, states)
    row = labels(result["trials"], "policy").index(policy)
    column = list(result["trials/trial"][:]).index(trial)
    for name, value in replay["metrics"].items():
        stored, replayed = result["trials"][name][row, column], value[()]
        if stored.tobytes() != replayed.tobytes():
            tally["failed"] += 1
            print(f"  {name}: /trials has {stored!r}, the replay {replayed!r}")
        money = max(abs(replayed), 1.0)
        if name in again and not abs(again[name] - replayed) <= 1e-9 * money:
            tally["failed"] += 1
            print(f"  {name}: {replayed!r}, recomputed {again[name]!r}")


def compare_tail(replay, result, policy, tally):
    """The events on record of the second worst trial are those of its replay."""
    row = labels(result["tail"], "policy").index(policy)
    counts = result["tail/n_events"][:]
    first = int(counts[:row].sum() + counts[row, 0])
    mine = slice(first, first + int(counts[row, 1]))
    for name in ("hazard", "onset", "duration", "end", "severity"):
        if not np.array_equal(result[f"tail/event_{name}"][mine], replay[f"events/{name}"][:]):
            tally["failed"] += 1
            print(f"  {name} of the second worst trial's events: another in /tail than in its replay")


def compare_sampled(tally):
    """Trials of strata, tilts and shared rates come out of a replay as they went in, weight and all."""
    with tempfile.TemporaryDirectory() as folder:
        job = {"schema": "holdfast-job/1", "scenario": str(SOURCE / "inputs/us_iv_fluids.json"), "trials": 96,
               "policies": ["baseline", "spread"], "first_trial": 48, "inner_trials": 24, "seed": 5,
               "record": "all", "sampling": {"strata": {"hazards": ["FLOOD_NC", "HURR_PR"], "table": [3, 4, 1]},
                                             "tilts": {"HURR_PR": 3, "FIRE": 2}}}
        pathlib.Path(folder, "job.json").write_text(json.dumps(job))
        holdfast("run", f"{folder}/job.json", "--quiet", "--output", f"{folder}/r.h5")
        with h5py.File(f"{folder}/r.h5") as result:
            for trial in (48, 79, 143):
                holdfast("replay", f"{folder}/r.h5", "--trial", trial, "--policy", "spread", "--force",
                         "--output", f"{folder}/replay.h5")
                with h5py.File(f"{folder}/replay.h5") as replay:
                    same = [replay["metrics"][name][()] == result["trials"][name][1, trial - 48]
                            for name in replay["metrics"]]
                    same.append(replay.attrs["weight"] == result["trials/weight"][1, trial - 48])
                    tally["compared"] += len(same)
                    tally["failed"] += same.count(False)


def main():
    tally = {"compared": 0, "failed": 0}
    with tempfile.TemporaryDirectory() as folder:
        for scenario, policies, trials in CASES:
            path = SOURCE / "inputs" / f"{scenario}.json"
            job = pathlib.Path(folder) / "job.json"
            job.write_text('{"schema": "holdfast-job/1", "scenario": "%s", "policies": ["%s"], '
                           '"trials": 50, "seed": 11, "record": "all"}' % (path, '", "'.join(policies)))
            holdfast("run", job, "--quiet", "--force", "--output", f"{folder}/r.h5")
            for policy in policies:
                plan = plan_again.plan(plan_again.apply_policy(plan_again.load(path), policy))
                with h5py.File(f"{folder}/r.h5") as result:
                    row = labels(result["tail"], "policy").index(policy)
                    bad_trial = int(result["tail/trial"][row, 1])
                for trial in [bad_trial, *trials]:
                    holdfast("replay", f"{folder}/r.h5", "--trial", trial, "--policy", policy,
                             "--force", "--output", f"{folder}/replay.h5")
                    with h5py.File(f"{folder}/replay.h5") as replay, h5py.File(f"{folder}/r.h5") as result:
                        factors = factors_of(replay, plan)
                        states = trial_again.simulate(plan, factors)
                        worst = compare(replay, plan, states, tally)
                        compare_metrics(replay, result, policy, trial, plan, factors, states, tally)
                        if trial == bad_trial:
                            compare_tail(replay, result, policy, tally)
                        print(f"{scenario} {policy} trial {trial}: {len(replay['events/hazard'])} events, "
                              f"largest error {worst:.1e}")
    compare_sampled(tally)
    print(f"{tally['compared']} states compared, {tally['failed']} failures")
    return tally["failed"] > 0 or tally["compared"] == 0


if __name__ == "__main__":
    sys.exit(main())
