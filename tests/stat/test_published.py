#!/usr/bin/python3
"""Published answers, met by simulation: within 3 standard errors that are at most 0.5 % of the value.

usage: test_published.py HOLDFAST [NAME...]     NAME of published/NAME_job.json; none: all

Each scenario of published/ says in its notes where its answer comes from and how the source's words
became the program's; here stands how the answer is read from a result. Then the scenarios are told
slightly wrong (a stock, a transit, a chance), which must show. About 50 seconds of one core in all.

A right program fails a given row with 0.27 % of all seeds, and some row with 5 % to 7 % (28 rows, of
which 18 are about independent). The seeds are fixed, so that a right program stays right; after a
change of the random streams alone a new failure of 3 to 4 standard errors, gone with another seed, is
that chance, and anything else is not.
"""
import concurrent.futures
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

PUBLISHED = pathlib.Path(__file__).resolve().parent / "published"
MOST_ERROR = 0.005   # standard error over value
MOST_Z = 3.0


# How an answer is read: (result, row of the policy) -> value, standard error.

def summary(result, policy, metric, statistic):
    group = result["summary"]
    metrics = [name.decode() for name in group["metric"]]
    statistics = [name.decode() for name in group["statistic"]]
    return group["estimate"][policy, metrics.index(metric), statistics.index(statistic)]


def mean(result, policy, metric):
    error = summary(result, policy, metric, "sd") / math.sqrt(result.attrs["trials"])
    return summary(result, policy, metric, "mean"), error


def a_week(metric):
    def read(result, policy):
        scenario = json.loads(result["inputs/scenario_resolved"].asstr()[()])
        weeks = scenario["horizon_weeks"] - scenario["warmup_weeks"]
        value, error = mean(result, policy, metric)
        return value / weeks, error / weeks
    return read


def type_1_service(result, policy):
    value, error = a_week("weeks_below")(result, policy)
    return 1 - value, error


def weeks_down(result, policy):
    return mean(result, policy, "weeks_below")


def sd_of_weeks_down(result, policy):
    """Error of a standard deviation s, of moments: sqrt((m4 - s^4)/n) / 2s."""
    away = result["trials/weeks_below"][policy] - summary(result, policy, "weeks_below", "mean")
    sd = summary(result, policy, "weeks_below", "sd")
    return sd, math.sqrt((np.mean(away**4) - sd**4) / len(away)) / (2 * sd)


def of_hazard(variable, plus=0.0):
    def read(result, policy):
        lower, upper = (result[f"hazards/{variable}_{end}"][policy, 0] for end in ("lower", "upper"))
        return result[f"hazards/{variable}"][policy, 0] + plus, (upper - lower) / (2 * 1.959963984540054)
    return read


def never_struck(result, policy):
    trials = int(result.attrs["trials"])
    chance = 1 - int(result["hazards/trials_struck"][policy, 0]) / trials
    return chance, math.sqrt(chance * (1 - chance) / trials)


def all_late(result, policy):
    value, error = mean(result, policy, "units_lost")
    return value / 8, error / 8


# job, policy, what, how it is read, the answer as the scenario's note gives it
CASES = [
    ("newsvendor_normal", "baseline", "cost", a_week("cost"), "1.997605"),
    ("base_stock_transit", "baseline", "cost", a_week("cost"), "4.466781"),
    ("newsvendor_poisson", "baseline", "cost", a_week("cost"), "3.570107"),
    ("newsvendor_poisson_18", "baseline", "cost", a_week("cost"), "786.0884"),
    ("serial", "baseline", "cost", a_week("cost"), "47.665"),
    ("supply_outages", "baseline", "cost", a_week("cost"), "3310.3448"),
    ("supply_outages", "s4000", "cost", a_week("cost"), "2913.7931"),
    ("supply_outages", "s6000", "cost", a_week("cost"), "2741.3793"),
    ("supply_outages", "s8000", "cost", a_week("cost"), "2737.0690"),
    ("supply_outages", "s10000", "cost", a_week("cost"), "2858.8362"),
    ("supply_outages", "baseline", "type-1 service", type_1_service, "0.862069"),
    ("supply_outages", "s4000", "type-1 service", type_1_service, "0.896552"),
    ("supply_outages", "s6000", "type-1 service", type_1_service, "0.922414"),
    ("supply_outages", "s8000", "type-1 service", type_1_service, "0.941810"),
    ("capacitated", "baseline", "cost", a_week("cost"), "6.200242"),
    ("capacitated", "baseline", "backlog", a_week("revenue_delayed"), "0.269273"),
    ("capacitated", "baseline", "P(stock-out)", a_week("weeks_below"), "0.1"),
    ("shortfall", "none_in_stock", "E V", a_week("revenue_delayed"), "1.692731"),
    ("shortfall", "none_in_stock", "P(V > 0)", a_week("weeks_below"), "0.6286298"),
    ("shortfall", "five_in_stock", "P(V > 5)", a_week("weeks_below"), "0.0981691"),
    ("availability", "baseline", "weeks down", weeks_down, "18.5868"),
    ("availability", "baseline", "active weeks", of_hazard("active_weeks"), "18.5868"),
    ("availability", "baseline", "P(no outage)", never_struck, "0.0149632"),
    ("availability", "baseline", "outages", of_hazard("events"), "3.790083"),
    ("availability_stationary", "baseline", "weeks down", weeks_down, "18.9091"),
    ("availability_stationary", "baseline", "their sd", sd_of_weeks_down, "11.6799"),
    ("availability_stationary", "baseline", "outages met", of_hazard("events", 0.8 / 11), "3.85455"),
    ("outage_length", "baseline", "P(8 weeks or more)", all_late, "0.2097152"),
]

# job, what is told wrong (path in the scenario, value), what must show it, with fewer trials: how many
WRONG = [
    ("newsvendor_normal", "stages.STAND.stock.units", 58, "cost", 512),
    ("newsvendor_normal", "stages.STAND.cycle_weeks", 2, "cost", 512),
    ("base_stock_transit", "stages.STAND.stock.units", 270, "cost", 512),
    ("base_stock_transit", "stages.STAND.inputs.PAPER_UNDER_WAY.sources.PRESS.transit_weeks", 4, "cost", 512),
    ("newsvendor_poisson", "stages.STAND.stock.units", 9, "cost", 512),
    ("newsvendor_poisson_18", "stages.STAND.stock.units", 20, "cost", 512),
    ("serial", "stages.STAGE2.stock.units", 6, "cost", 512),
    ("serial", "stages.STAGE2.inputs.PART3.sources.STAGE3.transit_weeks", 2, "cost", 512),
    ("serial", "stages.STAGE3.cycle_weeks", 1, "cost", 512),
    ("serial", "stages.STAGE3.holding_cost", 2.02, "cost", 512),
    ("supply_outages", "stages.STORE.stock.units", 2500, "cost", 4096),
    ("supply_outages", "stages.STORE.inputs.CRATE.sources.SUPPLIER.transit_weeks", 0, "cost", 512),
    ("supply_outages", "hazards.OUTAGE.arrival.bernoulli.probability", 0.042, "cost", 4096),
    ("supply_outages", "hazards.OUTAGE.duration.plus", -1, "type-1 service", 512),
    ("capacitated", "stages.LINE.cycle_weeks", 2, "cost", 512),
    ("capacitated", "stages.LINE.capacity", 1.24, "cost", 8192),
    ("shortfall", "measures.FIVE.patch.stages.LINE.stock.units", 5.2, "P(V > 5)", 6144),
    ("availability", "hazards.OUTAGE.duration.geometric.probability", 0.19, "weeks down", 8192),
    ("outage_length", "hazards.OUTAGE.duration.geometric.probability", 0.21, "P(8 weeks or more)", 65536),
]


def run(holdfast, job, result, trials=None):
    command = [holdfast, "run", str(job), "--quiet", "--force", "--output", str(result)]
    command += ["--trials", str(trials)] if trials else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{job}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return result


def run_wrong(holdfast, folder, job, path, value, trials):
    """The job on a scenario in which one value is another."""
    folder.mkdir()
    question = json.loads((PUBLISHED / f"{job}_job.json").read_text())
    scenario = json.loads((PUBLISHED / question["scenario"]).read_text())
    *way, last = path.split(".")
    at = scenario
    for key in way:
        at = at[key]
    at[last] = value
    (folder / question["scenario"]).write_text(json.dumps(scenario))
    (folder / "job.json").write_text(json.dumps(question))
    return run(holdfast, folder / "job.json", folder / "result.h5", trials)


def measure(path, policy, read):
    with h5py.File(path) as result:
        policies = [name.decode() for name in result["summary/policy"]]
        return read(result, policies.index(policy))


def is_told(job, answer):
    """Whether the note of the job's scenario names the answer."""
    question = json.loads((PUBLISHED / f"{job}_job.json").read_text())
    return answer in json.loads((PUBLISHED / question["scenario"]).read_text())["note"]


def judge_answers(results, problems):
    print(f"{'job':24}{'policy':15}{'what':20}{'expected':>11}{'measured':>12}{'s.e.':>10}{'s.e./value':>12}{'z':>7}")
    for job, policy, what, read, answer in CASES:
        if job not in results:
            continue
        expected = float(answer)
        value, error = measure(results[job], policy, read)
        z = (value - expected) / error
        wrong = [] if abs(z) <= MOST_Z else ["too far"]
        wrong += [] if error <= MOST_ERROR * expected else ["too coarse"]
        wrong += [] if is_told(job, answer) else ["not in the scenario's note"]
        print(f"{job:24}{policy:15}{what:20}{answer:>11}{value:12.7g}{error:10.3g}{error / expected:12.3%}{z:7.2f}"
              f"  {', '.join(wrong)}")
        problems += [f"{job}, {policy}, {what}: {text}" for text in wrong]
    if "supply_outages" in results:   # the road or the line: the same weeks, to the bit
        for read in (a_week("cost"), type_1_service):
            road, line = (measure(results["supply_outages"], name, read) for name in ("s8000", "s8000_line"))
            if road != line:
                problems.append(f"supply_outages: the road's outage gives {road}, the line's {line}")


def judge_wrong(results, problems):
    print(f"\n{'told wrong':24}{'':68}{'what':20}{'expected':>11}{'measured':>12}{'z':>8}")
    for (job, path, value, what, _), result in results:
        policy, read, answer = next(case[1:2] + case[3:] for case in CASES if case[0] == job and case[2] == what)
        measured, error = measure(result, policy, read)
        z = (measured - float(answer)) / error
        seen = abs(z) > MOST_Z
        print(f"{job:24}{f'{path} = {value}':68}{what:20}{answer:>11}{measured:12.7g}{z:8.1f}"
              f"{'' if seen else '  not noticed'}")
        problems += [] if seen else [f"{job}: {path} = {value} goes unnoticed"]


def main():
    holdfast, names = sys.argv[1], sys.argv[2:]
    jobs = [job for job in dict.fromkeys(case[0] for case in CASES) if not names or job in names]
    wrong = [row for row in WRONG if row[0] in jobs]
    jobs.sort(key=lambda job: job != "availability")   # the longest first
    problems = []
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(2) as pool:
        folder = pathlib.Path(name)
        right = {job: pool.submit(run, holdfast, PUBLISHED / f"{job}_job.json", folder / f"{job}.h5") for job in jobs}
        told = [pool.submit(run_wrong, holdfast, folder / str(n), row[0], row[1], row[2], row[4])
                for n, row in enumerate(wrong)]
        judge_answers({job: future.result() for job, future in right.items()}, problems)
        judge_wrong([(row, future.result()) for row, future in zip(wrong, told)], problems)
    print("", *problems, sep="\n")
    return 1 if problems or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
