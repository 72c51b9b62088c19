#!/usr/bin/python3
"""The law holds for runs that are stopped, resumed, cut into parts and merged: one content digest, in every mode, for
any number of ranks, blocks and lanes of each start.

usage: test_resume.py HOLDFAST MPIEXEC SOURCE_DIR [ROUNDS [SEED]]

ROUNDS: so many random chains of starts and cuts into parts instead. No clock decides where a run stops: the signal
waits, blocked, when holdfast starts, so every rank that gets a block gets one, and a single rank does one exactly.
"""
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import h5py

HOLDFAST, MPIEXEC, SOURCE = os.path.abspath(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 0
SEED = int(sys.argv[5]) if len(sys.argv) > 5 else 1
ENVIRONMENT = dict(os.environ, OMPI_MCA_btl_vader_single_copy_mechanism="none")
AT_ONCE = 2
SMOKE, CHAIN = str(SOURCE / "jobs" / "smoke.json"), str(SOURCE / "jobs" / "baseline.json")
FLUIDS = "fluids.json"  # written beside the results
FINISHED, REFUSED, CHECKPOINTED = 0, 2, 75

# name: (job, options, unit of its parts). The law knows most of them from test_law.sh.
MODES = {
    "all trials kept": ([SMOKE, "--trials", 777, "--record", "all"], 8),
    "histograms": ([SMOKE, "--trials", 500, "--exact-trials", 0], 8),
    "four policies": ([CHAIN, "--trials", 96, "--first-trial", 1000, "--policies",
                       "baseline,domestic_first,offshore_first,hedged"], 8),
    "looks": ([SMOKE, "--trials", 5000, "--precision", "cost:mean:0.0018"], None),
    "looks, not met": ([SMOKE, "--trials", 1500, "--precision", "cost:mean:0.000001", "--exact-trials", 0], None),
    "looks, tilts": ([SMOKE, "--trials", 3000, "--precision", "cost:mean:0.001", "--tilts", "STORM=0.7"], None),
    "strata and tilts": ([SMOKE, "--trials", 776, "--first-trial", 64, "--strata", "STORM:2,3,3", "--tilts",
                          "STORM=0.7", "--record", "all"], 8),
    "causes": ([SMOKE, "--trials", 1300, "--attribution", "revenue_lost,fill_rate", "--record", "all"], 8),
    "causes by weights": ([SMOKE, "--trials", 1296, "--strata", "STORM:2,3,3", "--attribution", "cost"], 8),
    "unknown rates": ([FLUIDS, "--inner-trials", 12, "--first-trial", 24], 24),
    "unknown rates, strata and tilts": ([FLUIDS, "--strata", "HURR_PR,FLOOD_NC:5,3", "--tilts",
                                         "FLOOD_NC=2,FIRE=0.8"], 40),
}
# Starts of a run: (ranks, block, lanes), 0: as it likes. All but the last are stopped after a block.
CHAINS = {
    "all trials kept": [(1, 300, 0), (3, 40, 8), (7, 3, 16), (2, 0, 0)],
    "histograms": [(3, 37, 16), (1, 5, 0), (2, 0, 0)],
    "four policies": [(2, 8, 8), (3, 0, 0)],
    "looks, tilts": [(1, 512, 64), (3, 64, 8), (2, 0, 0)],
    "strata and tilts": [(1, 200, 128), (3, 8, 8), (2, 0, 0)],
    "causes": [(1, 500, 0), (3, 24, 8), (2, 0, 0)],
    "causes by weights": [(2, 40, 16), (1, 0, 0)],
    "unknown rates": [(1, 396, 0), (7, 12, 8), (2, 0, 0)],
    "unknown rates, strata and tilts": [(2, 80, 8), (3, 0, 0)],
}
# Parts: (how many, the starts of each in turn, ranks of the merge).
CUTS = {
    "all trials kept": (7, [[(1, 0, 0)], [(1, 24, 8), (1, 0, 0)]], 3),
    "histograms": (5, [[(1, 0, 0)]], 1),
    "four policies": (2, [[(1, 0, 0)], [(2, 8, 8), (1, 0, 0)]], 1),
    "strata and tilts": (5, [[(1, 0, 128)], [(1, 0, 8)]], 3),
    "causes": (2, [[(1, 0, 0)], [(1, 200, 0), (2, 0, 8)]], 3),
    "causes by weights": (1, [[(1, 0, 0)]], 2),
    "unknown rates, strata and tilts": (7, [[(1, 0, 0)]], 3),
}


def holdfast(command, *arguments, ranks=1, pending=None):
    """(exit code, stdout, stderr); `pending`: a signal that every rank finds as it starts."""
    line = [HOLDFAST, command, *map(str, arguments)]
    if pending:
        line = ["env", f"--block-signal={pending}", "sh", "-c", f'kill -{pending} $$; exec "$0" "$@"', *line]
    if ranks > 1:
        line = [MPIEXEC, "-n", str(ranks), *line]
    done = subprocess.run(line, capture_output=True, env=ENVIRONMENT, cwd=FOLDER)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


failures = []


def check(holds, what, *told):
    print("        " if holds else "FAILED  ", what, flush=True)
    if not holds:
        failures.append(what)
        print(*told, sep="\n", flush=True)


def digest_of(out):
    found = re.search(r"(?m)^content digest (\w{64})$", out)
    return found and found[1]


def start(options, output, how, *more, pending=None):
    ranks, block, lanes = how
    for option, value in (("--block", block), ("--lanes", lanes)):
        more += (option, value) if value else ()
    return holdfast("run", *options, "--quiet", "--resume", "--output", output, *more, ranks=ranks, pending=pending)


def run_chain(name, options, output, chain, *more):
    """Stopped at every start but the last; trials done at each stop, and what the last start says."""
    stops = []
    for how in chain[:-1]:
        code, out, err = start(options, output, how, *more, pending="USR1")
        if code == FINISHED:  # nothing was left to stop for
            return stops, out
        found = re.search(r"(?m)^checkpoint \S+: (\d+) of \d+ trials, since a signal came; go on with --resume$", out)
        check(code == CHECKPOINTED and found, f"{name}: stops with {CHECKPOINTED}", code, out, err)
        stops.append(int(found[1]) if found else -1)
    code, out, err = start(options, output, chain[-1], *more)
    check(code == FINISHED, f"{name}: ends", code, out, err)
    return stops, out


def provenance(output, name):
    with h5py.File(pathlib.Path(FOLDER) / output) as file:
        return file["provenance"].attrs[name]


def leftovers(output):
    return [path.name for path in pathlib.Path(FOLDER).glob(output + ".*") if ".part-" not in path.name]


def check_chain(name, wanted, options, chain, output):
    stops, out = run_chain(name, options, output, chain)
    shape = " ".join(f"{ranks}x{block or '-'}/{lanes or '-'}" for ranks, block, lanes in chain)
    check(digest_of(out) == wanted, f"{name}: the same, stopped after {stops} trials, {shape}", out)
    check(all(a < b for a, b in zip(stops, stops[1:])), f"{name}: every start gets further", stops)
    check(provenance(output, "starts") == len(stops) + 1, f"{name}: knows of its {len(stops) + 1} starts")
    check(leftovers(output) == [], f"{name}: leaves nothing but its result", leftovers(output))


def make_parts(name, options, output, n_parts, ways):
    """The folders of all parts, and how many starts they took."""
    folders, n_starts = [], 0
    for part in range(1, n_parts + 1):
        chain = ways[part % len(ways)]
        stops, out = run_chain(f"{name}, part {part} of {n_parts}", options, output, chain, "--part",
                               f"{part}/{n_parts}")
        folders.append(f"{output}.part-{part}-of-{n_parts}")
        n_starts += len(stops) + 1
        check(out == f"part {folders[-1]}\n", f"{name}: part {part} of {n_parts} is where it says", out)
    return folders, n_starts


def check_parts(name, wanted, options, cut, output, shuffled):
    n_parts, ways, ranks = cut
    folders, n_starts = make_parts(name, options, output, n_parts, ways)
    shuffled.shuffle(folders)
    code, out, err = holdfast("merge", options[0], *folders, *options[1:], "--quiet", "--output", output, ranks=ranks)
    check(code == FINISHED and digest_of(out) == wanted, f"{name}: the same, {n_parts} parts merged by {ranks}",
          code, out, err)
    if code == FINISHED:
        check(provenance(output, "starts") == n_starts, f"{name}: knows of its parts' {n_starts} starts")


def reference(name, options, output):
    code, out, err = holdfast("run", *options, "--quiet", "--output", output)
    check(code == FINISHED, f"{name}: uninterrupted: {digest_of(out)}", code, out, err)
    return digest_of(out)


def check_mode(name):
    options, output = MODES[name][0], name.replace(" ", "_").replace(",", "")
    wanted = reference(name, options, output + ".h5")
    if name in CHAINS:
        check_chain(name, wanted, options, CHAINS[name], output + "_again.h5")
    if name in CUTS:
        check_parts(name, wanted, options, CUTS[name], output + "_merged.h5", random.Random(name))


def check_looks(name):
    """Before, between and at looks, the last one too: there a run ends, whoever wants it to stop."""
    options, output = MODES[name][0], name.replace(" ", "_").replace(",", "")
    wanted = reference(name, options, output + ".h5")
    with h5py.File(pathlib.Path(FOLDER) / (output + ".h5")) as file:
        looks = [int(n) for n in file["convergence/trials"]]
    chain = [(1, 500, 0), (1, 10000, 0), (1, 70, 8)] + [(1, 10000, 0)] * len(looks)
    stops, out = run_chain(name, options, output + "_again.h5", chain)
    check(digest_of(out) == wanted, f"{name}: the same, stopped after {stops} trials, looks at {looks}", out)
    check(stops == [500, looks[0], looks[0] + 70, *looks[1:-1]], f"{name}: stops before, at and between looks", stops)
    check(leftovers(output + "_again.h5") == [], f"{name}: leaves nothing but its result")


def check_saved(_):
    """Saved on the way; saved whole, without a result; nothing left to do."""
    options = MODES["causes"][0]
    wanted = reference("saved", options, "saved.h5")
    code, out, err = holdfast("run", *options, "--quiet", "--output", "on.h5", "--block", 300, pending="USR2")
    check(code == FINISHED and digest_of(out) == wanted, "saved and gone on: the same", code, out, err)
    check(leftovers("on.h5") == [], "saved and gone on: leaves nothing but its result", leftovers("on.h5"))
    holdfast("run", *options, "--quiet", "--output", "all.h5", "--part", "1/1")
    shutil.move(pathlib.Path(FOLDER) / "all.h5.part-1-of-1", pathlib.Path(FOLDER) / "all.h5.checkpoint")
    code, out, err = start(options, "all.h5", (2, 0, 0))
    check(code == FINISHED and digest_of(out) == wanted, "saved whole: the same", code, out, err)
    with h5py.File(pathlib.Path(FOLDER) / "all.h5") as file:
        idle = [list(file["performance"][name]) for name in ("trials", "stage_weeks_per_second")]
    check(idle == [[0, 0], [0.0, 0.0]], "saved whole: simulates nothing", idle)
    code, out, err = start(options, "all.h5", (1, 0, 0))
    check(code == FINISHED and out == "result all.h5 is complete already\n", "has its result: says so", out, err)


def refused(what, code, err, *texts):
    check(code == REFUSED and all(text in err for text in texts), f"refused: {what}", code, err)


def check_refusals(_):
    def part(which, *options, output="p.h5"):
        return holdfast("run", SMOKE, "--trials", 96, "--quiet", "--output", output, "--part", which, *options)

    def merge(*folders, options=()):
        code, _, err = holdfast("merge", SMOKE, *folders, "--trials", 96, "--output", "m.h5", *options)
        return code, err

    code, _, err = part("1/2", "--precision", "cost:mean:0.1")
    refused("part of a job with precision", code, err, "--part: found a job with precision", "allowed one without")
    code, _, err = part("1/13")
    refused("more parts than units", code, err, "--part: found 13 parts; allowed 1 to 12 of this job's trials")
    whole, first, second = "p.h5.part-1-of-1", "p.h5.part-1-of-2", "p.h5.part-2-of-2"
    for which in ("1/1", "1/2", "2/2"):
        part(which)
    part("2/3", "--block", 8, output="q.h5")
    code, _, err = holdfast("run", SMOKE, "--trials", 96, "--quiet", "--output", "s.h5", "--part", "1/2", "--block", 8,
                            pending="USR1")
    refused("a part alone", *merge(second), "p.h5.part-2-of-2: trials 0 to 47 are in no part")
    refused("the last part missing", *merge(first), "parts: trials 48 to 95 are in no part")
    refused("a part twice", *merge(first, first, second), "found trials from 0 that another part has too; allowed "
            "from 48")
    code, err = merge(whole, "q.h5.part-2-of-3")
    refused("parts that overlap", code, err, "found trials from 32 that another part has too; allowed from 96")
    check("are in no part" not in err, "refused: parts that overlap, and only that", err)
    refused("a part that is not over", *merge("s.h5.part-1-of-2", second), "found 8 of its 48 trials; allowed all")
    refused("parts of another job", *merge(first, second, options=("--seed", 2)), 'seed: found "1" in the checkpoint; '
            'allowed "2" as in the job')
    refused("nothing there", *merge(first, "nowhere"), "nowhere: found no part there")
    check(not (pathlib.Path(FOLDER) / "m.h5").exists(), "refused: no result")
    code, err = merge(second, first)
    check(code == FINISHED, "what was refused is whole still", code, err)


def check_round(number):
    """Any mode, any chain, any cut."""
    chance = random.Random(f"{SEED} {number}")
    name = chance.choice(sorted(MODES))
    options, unit = MODES[name]

    def how():
        ranks = chance.choice([1, 1, 2, 3, 7])
        return ranks, chance.choice([0, 1, 8, 37, 120, 400]), chance.choice([0, 8, 16, 128])

    def chain(most):
        return [how() for _ in range(chance.randint(0, most))] + [how()]

    label = f"round {number}, {name}"
    wanted = reference(label, options, f"r{number}.h5")
    check_chain(label, wanted, options, chain(4), f"again{number}.h5")
    if unit:
        cut = chance.choice([1, 2, 3, 4]), [chain(2) for _ in range(3)], chance.choice([1, 2, 3])
        check_parts(label, wanted, options, cut, f"merged{number}.h5", chance)
    for path in pathlib.Path(FOLDER).glob(f"*{number}.h5*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def main():
    job = {"schema": "holdfast-job/1", "scenario": str(SOURCE / "inputs" / "us_iv_fluids.json"), "trials": 1200,
           "seed": 3, "inner_trials": 40}
    (pathlib.Path(FOLDER) / FLUIDS).write_text(json.dumps(job))
    looks = ["looks", "looks, not met"]
    if ROUNDS:
        tasks = [(check_round, i) for i in range(ROUNDS)]
    else:
        tasks = [(check_mode, name) for name in MODES if name not in looks] + [(check_looks, name) for name in looks]
        tasks += [(check_saved, None), (check_refusals, None)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(*task) for task in tasks]:
            done.result()
    print(f"{len(failures)} failures")
    return 1 if failures else 0


with tempfile.TemporaryDirectory() as FOLDER:
    code = main()
sys.exit(code)
