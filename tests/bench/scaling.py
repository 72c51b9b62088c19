"""What a trial costs as networks, horizons and runs grow: flat in trials, linear in stages, links and weeks?

usage: scaling.py HOLDFAST [--kernel NAME] [--rounds N] [--repeats N] [--core N] [--output FILE]

Networks are made here (world, below), each like the shipped chain in what a stage has: 2.3 inputs and 3.4 links,
noise on every third, hazards in proportion. A round asks `holdfast bench` for each of them in turn, and
`holdfast run` for each number of trials, all on one core; figures are medians of what all rounds found. Slopes are
those of the cost of a trial, logarithm against logarithm: 1 is linear, below 1 is linear from a share that does not
grow, as links have at a fixed number of stages; over trials, of what each costs: 0 is flat. All is processor time.
"""

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import tempfile
from pathlib import Path

STAGES, WEEKS, MAKERS = 45, 260, (1, 2)  # of what is varied in one respect
MANY_STAGES, MANY_WEEKS, MANY_MAKERS = (5, 15, 45, 150, 500), (50, 120, 260, 500), ((1,), (2,), (4,))
MANY_TRIALS, FEW_TRIALS = (1000, 10_000, 100_000, 1_000_000), 64  # few: to know what starting takes
RUN_STAGES = 15
INPUTS_PER_STAGE, HAZARDS_PER_STAGE, FIXED_HAZARDS = 2.3, 0.84, 38
CYCLES = (3, 5, 6, 8, 4, 20)  # weeks, in turn; the shipped chain's mean


# ---- networks ----

def recipes_of(sizes, rng):
    """{product: the products it takes} for products of sizes[] makers each. The first third takes nothing. Every
    other product but the last is taken by the one whose turn it is, further ones by whom they cannot come from."""
    n_products = len(sizes)
    n_raw = math.ceil(n_products / 3)
    n_made = n_products - n_raw
    recipes, n_makers, n_inputs = {}, 0, 0
    wanted = (INPUTS_PER_STAGE * sum(sizes) - 1) / sum(sizes[n_raw:])  # the market has one input
    for j in range(n_made):
        first, end = (n_products - 1) * j // n_made, (n_products - 1) * (j + 1) // n_made
        needed, others = list(range(first, end)), [*range(first), *range(end, n_raw)]
        n_makers += sizes[n_raw + j]
        n = round((wanted * n_makers - n_inputs) / sizes[n_raw + j])
        further = rng.sample(others, max(0, min(n - len(needed), len(others))))
        recipes[n_raw + j] = needed + further
        n_inputs += sizes[n_raw + j] * len(recipes[n_raw + j])
    return recipes


def links_to(makers, **terms):
    return {maker: {"share": 1 / len(makers), **terms} for maker in makers}


def hazard(struck):
    return {"family": "natural", "arrival": {"poisson": {"per_year": 0.3}},
            "duration": {"lognormal": {"median": 6, "sigma": 0.6}}, "recovery": {"shape": "linear", "weeks": 4},
            "severity": {"beta": {"mean": 0.5, "concentration": 8}},
            "effects": [{"channel": "capacity", "select": {"stages": struck}}]}


def hazards_of(n_stages):
    return round(HAZARDS_PER_STAGE * n_stages)


def world(n_stages, n_weeks, makers, n_hazards):
    """A scenario: products of makers[] stages in turn, one market at the end, 100 units a week of everything."""
    rng, sizes = random.Random(1), []
    while sum(sizes) < n_stages:
        sizes.append(min(makers[len(sizes) % len(makers)], n_stages - sum(sizes)))
    recipes = recipes_of(sizes, rng)
    takers = [sum(product in recipe for recipe in recipes.values()) for product in range(len(sizes))]
    made_by, stages = [], {}
    for product, size in enumerate(sizes):
        made_by.append([f"S{len(stages) + maker}" for maker in range(size)])
        inputs = {f"P{taken}": {"per_unit": 1 / takers[taken], "cover_weeks": 1,
                                "sources": links_to(made_by[taken], flex=0.5, transit_weeks=1, switch_weeks=4)}
                  for taken in recipes.get(product, [])}
        for stage in made_by[product]:
            i = len(stages)
            stages[stage] = {"product": f"P{product}", "region": "HOME", "capacity": 120 / size,
                             "cycle_weeks": CYCLES[i % len(CYCLES)], "stock": {"weeks": 1}, "value_added": 10,
                             "holding_cost": 1, "wip_holding_cost": 0.5, "inputs": inputs}
            if i % 3 == 0:
                stages[stage]["yield"] = {"mean": 0.97, "sigma": 0.15, "persistence": 0.7}
    return {"schema": "holdfast-scenario/1", "title": f"{n_stages} stages, {n_weeks} weeks", "start": "2026-01-05",
            "horizon_weeks": n_weeks, "regions": {"HOME": {"country": "HM", "domestic": True}}, "stages": stages,
            "markets": {"MARKET": {"product": f"P{len(sizes) - 1}", "region": "HOME", "demand": 100, "price": 2500,
                                   "noise": {"kind": "lognormal", "sigma": 0.08, "persistence": 0.6},
                                   "sources": links_to(made_by[-1])}},
            "hazards": {f"H{h}": hazard(rng.sample(list(stages), min(4, n_stages))) for h in range(n_hazards)}}


# ---- measuring ----

class Case:
    """A scenario and what all benches of it found."""

    def __init__(self, path, made):
        self.path, self.about, self.samples = path, None, {}  # {(table, name, unit): [...]}
        self.inputs = 1 + sum(len(stage["inputs"]) for stage in made["stages"].values())
        self.hazards = len(made["hazards"])
        path.write_text(json.dumps(made))

    def bench(self, holdfast, kernel, repeats):
        out = self.path.with_suffix(".bench")
        command = [holdfast, "bench", self.path, "--repeats", repeats, "--output", out, "--force"]
        subprocess.run([*map(str, command + (["--kernel", kernel] if kernel else []))], check=True,
                       stdout=subprocess.DEVNULL)
        groups = json.loads(out.read_text())
        self.about = groups["/bench"]["attrs"]
        for table in ("state_update", "trial"):
            data = {key: value["data"] for key, value in groups[f"/bench/{table}"]["data_vars"].items()}
            for name, unit, samples in zip(data["name"], data["unit"], data["samples"]):
                self.samples.setdefault((table, name, unit), []).extend(samples)

    def trial(self, part="trial"):
        """Nanoseconds a trial, or what part of it takes."""
        return [1e3 * us for us in self.samples["trial", part, "us/trial"]]

    def state(self, lanes):
        """Nanoseconds a stage-week of the state update."""
        return self.samples["state_update", f"{self.about['kernel']}, {lanes} lanes", "ns/stage-week"]

    def widths(self):
        """All widths that were measured."""
        names = [name for table, name, _ in self.samples if table == "state_update"]
        kernel = self.about["kernel"] + ", "
        return sorted({int(name[len(kernel):].split()[0]) for name in names if name.startswith(kernel)})


def run_seconds(holdfast, kernel, job, trials):
    """Processor seconds of a whole run."""
    command = [holdfast, "run", job, "--trials", trials, "--force", "--quiet"]
    child = subprocess.Popen([*map(str, command + (["--kernel", kernel] if kernel else []))],
                             stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"holdfast run ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def write_job(folder, case):
    job = Path(folder) / "job.json"
    job.write_text(json.dumps({"schema": "holdfast-job/1", "scenario": case.path.name, "trials": FEW_TRIALS,
                               "seed": "1", "output": str(Path(folder) / "result.h5")}))
    return job


class Subject:
    """All that is measured."""

    def __init__(self, folder, many_stages, many_weeks, many_makers, many_trials):
        self.folder, self.cases = Path(folder), {}  # {arguments of world: Case}
        self.by_stages = [self.case(n_stages=n) for n in many_stages]
        self.by_stages_fixed = [self.case(n_stages=n, n_hazards=FIXED_HAZARDS) for n in many_stages]
        self.by_weeks = [self.case(n_weeks=n) for n in many_weeks]
        self.by_makers = [self.case(makers=makers) for makers in many_makers]
        self.job = write_job(folder, self.case(n_stages=RUN_STAGES))
        self.runs = {trials: [] for trials in (FEW_TRIALS, *many_trials)}  # processor seconds

    def case(self, n_stages=STAGES, n_weeks=WEEKS, makers=MAKERS, n_hazards=None):
        key = (n_stages, n_weeks, makers, hazards_of(n_stages) if n_hazards is None else n_hazards)
        if key not in self.cases:
            self.cases[key] = Case(self.folder / f"scenario_{len(self.cases)}.json", world(*key))
        return self.cases[key]

    def measure(self, holdfast, kernel, repeats):
        """One round."""
        for case in self.cases.values():
            case.bench(holdfast, kernel, repeats)
        for trials, seconds in self.runs.items():
            again = 10 if trials < 10_000 else 1  # where starting takes longest
            seconds.append(statistics.mean(run_seconds(holdfast, kernel, self.job, trials) for _ in range(again)))


# ---- tables ----

def spread(samples, factor=1.0):
    low, median, high = statistics.quantiles([factor * x for x in samples], n=4, method="inclusive")
    return {"median": median, "quartiles": [low, high]}


def slope(x, y):
    """Of the straight line through the logarithms, by least squares."""
    return statistics.linear_regression([math.log(v) for v in x], [math.log(v) for v in y]).slope


def case_row(case):
    about, weeks = case.about, case.about["weeks"]
    state = case.state(about["lanes"])
    return {"stages": about["stages"], "inputs": case.inputs, "links": about["links"], "hazards": case.hazards,
            "weeks": weeks, "lanes": about["lanes"], "state_kib": about["state_bytes"] / 1024,
            "state_ns_per_stage_week": spread(state),
            "state_ns_per_link_week": spread(state, about["stages"] / about["links"]),
            "trial_ns_per_stage_week": spread(case.trial(), 1 / (about["stages"] * weeks)),
            "trial_ns_per_link_week": spread(case.trial(), 1 / (about["links"] * weeks)),
            "shocks_ns_per_stage_week": spread(case.trial("shocks"), 1 / (about["stages"] * weeks)),
            "trial_us": spread(case.trial(), 1e-3)}


def case_table(cases, *against):
    """Rows, and how fast state update and trial grow with some of their columns."""
    rows = [case_row(case) for case in cases]
    state = [row["state_ns_per_stage_week"]["median"] * row["stages"] * row["weeks"] for row in rows]
    trial = [row["trial_us"]["median"] for row in rows]
    sizes = {column: [row[column] for row in rows] for column in against}
    return {"rows": rows, "state_slopes": {column: slope(size, state) for column, size in sizes.items()},
            "trial_slopes": {column: slope(size, trial) for column, size in sizes.items()}}


def lanes_table(cases):
    """For every network the state update's cost by lanes, and the chosen number's over the best one's."""
    rows = []
    for case in cases:
        costs = {lanes: spread(case.state(lanes)) for lanes in case.widths()}
        best, chosen = min(costs, key=lambda lanes: costs[lanes]["median"]), case.about["lanes"]
        rows.append({"stages": case.about["stages"], "state_kib_a_lane": case.about["state_bytes"] / 1024 / chosen,
                     "ns_per_stage_week": costs, "best": best, "chosen": chosen,
                     "chosen_over_best": costs[chosen]["median"] / costs[best]["median"]})
    return {"rows": rows}


def trials_table(runs):
    """What a trial beyond the few costs, starting not counted."""
    rows = [{"trials": trials, "trial_us": spread([1e6 * (whole - start) / (trials - FEW_TRIALS)
                                                   for whole, start in zip(seconds, runs[FEW_TRIALS])])}
            for trials, seconds in runs.items() if trials != FEW_TRIALS]
    total = [row["trial_us"]["median"] * (row["trials"] - FEW_TRIALS) for row in rows]
    return {"start_seconds": spread(runs[FEW_TRIALS]), "rows": rows,
            "trial_slope": slope([row["trials"] for row in rows], total) - 1}


def tables_of(subject):
    return {"stages": case_table(subject.by_stages, "stages", "links"),
            "stages, as many hazards": case_table(subject.by_stages_fixed, "stages", "links"),
            "weeks": case_table(subject.by_weeks, "weeks"), "links": case_table(subject.by_makers, "links"),
            "lanes": lanes_table(subject.by_stages), "trials": trials_table(subject.runs)}


# ---- what is printed ----

def text(figure):
    low, high = figure["quartiles"]
    return f"{figure['median']:.3g} [{low:.3g}, {high:.3g}]"


def print_cases(title, table):
    print(f"\n{title}\n\n{'':51}{'state update, ns per':42}trial, ns per")
    print(f"{'stages':>6} {'inputs':>6} {'links':>6} {'hazards':>7} {'weeks':>5} {'lanes':>5} {'state':>9} "
          + 2 * f"{'stage-week':21}{'link-week':21}")
    for row in table["rows"]:
        print(f"{row['stages']:6} {row['inputs']:6} {row['links']:6} {row['hazards']:7} {row['weeks']:5} "
              f"{row['lanes']:5} {row['state_kib']:5.0f} KiB "
              + "".join(f"{text(row[key]):21}" for key in ("state_ns_per_stage_week", "state_ns_per_link_week",
                                                           "trial_ns_per_stage_week", "trial_ns_per_link_week")))
    for column, state in table["state_slopes"].items():
        print(f"slope over {column}: state update {state:.2f}, trial {table['trial_slopes'][column]:.2f}")


def print_tables(tables):
    print_cases("stages, hazards in proportion", tables["stages"])
    print_cases("stages, hazards always as many", tables["stages, as many hazards"])
    print_cases("weeks", tables["weeks"])
    print_cases("links: 1, 2 and 4 makers of each product", tables["links"])
    print("\nlanes: state update, ns per stage-week\n")
    for row in tables["lanes"]["rows"]:
        costs = "   ".join(f"{lanes}: {text(cost)}" for lanes, cost in row["ns_per_stage_week"].items())
        print(f"{row['stages']:4} stages, {row['state_kib_a_lane']:5.1f} KiB a lane   {costs}")
        print(f"     best {row['best']}, chosen {row['chosen']}: {row['chosen_over_best']:.2f} of the best")
    trials = tables["trials"]
    print(f"\ntrials of {RUN_STAGES} stages; starting takes {text(trials['start_seconds'])} s\n")
    for row in trials["rows"]:
        print(f"{row['trials']:9} {text(row['trial_us'])} us/trial")
    print(f"slope over trials: {trials['trial_slope']:.3f}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("holdfast", type=Path)
    parser.add_argument("--kernel")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def main():
    args = arguments()
    os.sched_setaffinity(0, {args.core})  # and so all children
    with tempfile.TemporaryDirectory() as folder:
        subject = Subject(folder, MANY_STAGES, MANY_WEEKS, MANY_MAKERS, MANY_TRIALS)
        for _ in range(args.rounds):
            subject.measure(args.holdfast.resolve(), args.kernel, args.repeats)
        tables, kernel = tables_of(subject), subject.by_stages[0].about["kernel"]
    print(f"kernel {kernel}, core {args.core}; median [quartiles] of {args.rounds} rounds of {args.repeats}, "
          "processor time")
    print_tables(tables)
    if args.output:
        args.output.write_text(json.dumps({"kernel": kernel, "core": args.core, "rounds": args.rounds,
                                           "repeats": args.repeats, "tables": tables}, indent=1) + "\n")


if __name__ == "__main__":
    main()
