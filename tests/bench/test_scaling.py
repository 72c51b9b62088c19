"""The benchmarks of growth in small: `check` takes the networks they make, and what they print follows from what
they measure. How fast this machine is does not matter here.

usage: test_scaling.py HOLDFAST MPIEXEC
"""

import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import ranks
import scaling

HOLDFAST, MPIEXEC = None, None
TUTORIAL = Path(__file__).resolve().parents[2] / "inputs" / "tutorial.json"


def printed(function, *arguments):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        function(*arguments)
    return out.getvalue()


class Networks(unittest.TestCase):
    def test_check_takes_them(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scenario.json"
            for terms in ((2, 1, (1, 2), 1), (5, 50, (1, 2), 38), (45, 260, (1, 2), 0), (500, 50, (1, 2), 420),
                          *((45, 50, makers, 38) for makers in scaling.MANY_MAKERS)):
                path.write_text(json.dumps(scaling.world(*terms)))
                done = subprocess.run([HOLDFAST, "check", path], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, f"{terms}\n{done.stderr}")
                self.assertIn("valid", done.stdout)

    def test_they_are_like_the_shipped_one(self):
        for n in (15, 45, 150, 500):
            world = scaling.world(n, 260, scaling.MAKERS, scaling.hazards_of(n))
            stages = world["stages"]
            self.assertEqual(len(stages), n)
            inputs = [taken for stage in stages.values() for taken in stage["inputs"].values()]
            links = sum(len(taken["sources"]) for taken in inputs)
            self.assertAlmostEqual(len(inputs) / n, 2.3, delta=0.1)
            self.assertAlmostEqual(links / n, 3.4, delta=0.1)
            self.assertEqual(sum("yield" in stage for stage in stages.values()), -(-n // 3))
            bought = {source for taken in inputs for source in taken["sources"]}
            self.assertEqual(n - len(bought), len(world["markets"]["MARKET"]["sources"]))
            self.assertEqual(len(world["hazards"]), round(0.84 * n))

    def test_makers_change_nothing_else(self):
        for makers in scaling.MANY_MAKERS:
            inputs = [taken for stage in scaling.world(45, 260, makers, 38)["stages"].values()
                      for taken in stage["inputs"].values()]
            self.assertAlmostEqual(len(inputs) / 45, 2.3, delta=0.1)
            self.assertEqual({len(taken["sources"]) for taken in inputs}, {makers[0]})


class Arithmetic(unittest.TestCase):
    def test_slope(self):
        self.assertAlmostEqual(scaling.slope([1, 10, 100], [3, 30, 300]), 1.0)
        self.assertAlmostEqual(scaling.slope([50, 120, 500], [7, 7, 7]), 0.0)

    def test_spread(self):
        for module in (scaling, ranks):
            figure = module.spread([5.0, 1.0, 2.0, 4.0, 3.0])
            self.assertEqual((figure["median"], figure["quartiles"]), (3.0, [2.0, 4.0]))

    def test_starting_does_not_count(self):
        runs = {scaling.FEW_TRIALS: [1.0, 2.0, 3.0]}
        for trials in (1000, 10_000):
            runs[trials] = [start + 5e-6 * (trials - scaling.FEW_TRIALS) for start in runs[scaling.FEW_TRIALS]]
        table = scaling.trials_table(runs)
        self.assertEqual([row["trials"] for row in table["rows"]], [1000, 10_000])
        for row in table["rows"]:
            self.assertAlmostEqual(row["trial_us"]["median"], 5.0)
        self.assertAlmostEqual(table["trial_slope"], 0.0, delta=0.05)
        self.assertEqual(table["start_seconds"]["median"], 2.0)

    def test_ranks(self):
        def run(n_ranks, trials, rate, cpu):
            return {"ranks": n_ranks, "trials": trials, "stage_weeks_per_second": rate, "cpu_seconds": cpu,
                    "share": 1.0}
        pairs = [{"one": run(1, 10, 50.0, 2.0), "weak": run(2, 20, 90.0 + i, 4.0), "strong": run(2, 10, 75.0, 2.5)}
                 for i in range(3)]
        one, weak, strong = ranks.table(pairs)
        self.assertNotIn("ratio", one)
        self.assertAlmostEqual(weak["ratio"]["median"], 91 / 50)
        self.assertAlmostEqual(weak["cpu_ratio"]["median"], 2.0)
        self.assertAlmostEqual(strong["ratio"]["median"], 1.5)
        self.assertAlmostEqual(strong["cpu_ratio"]["median"], 1.6)


class Measured(unittest.TestCase):
    def test_scaling(self):
        with tempfile.TemporaryDirectory() as folder:
            subject = scaling.Subject(folder, (15, 45), (20, 260), ((1,), (1, 2)), (1000, 2000))
            self.assertEqual(len(subject.cases), 5)  # what stands in two tables is measured once
            for case in subject.cases.values():
                case.bench(HOLDFAST, None, 2)
            self.assertGreater(scaling.run_seconds(HOLDFAST, None, subject.job, 1000), 0.0)
            for trials, seconds in subject.runs.items():
                seconds += [trials, trials + 1.0]
            tables = scaling.tables_of(subject)
            path = subject.by_weeks[0].path
            reported = json.loads(path.with_suffix(".bench").read_text())
        self.assertEqual([row["stages"] for row in tables["stages"]["rows"]], [15, 45])
        self.assertEqual([row["weeks"] for row in tables["weeks"]["rows"]], [20, 260])
        self.check_row(tables["weeks"]["rows"][0], reported)
        for row in tables["lanes"]["rows"]:
            self.assertEqual(list(row["ns_per_stage_week"]), [8, 16, 32, 64, 128])
            self.assertGreaterEqual(row["chosen_over_best"], 1.0)
        for title in ("weeks", "lanes: ", "slope over stages", "slope over trials"):
            self.assertIn(title, printed(scaling.print_tables, tables))
        json.dumps(tables)

    def check_row(self, row, reported):
        """Against the file of the only bench there was."""
        def median(table, name, unit):
            data = {key: value["data"] for key, value in reported[f"/bench/{table}"]["data_vars"].items()}
            return data["median"][list(zip(data["name"], data["unit"])).index((name, unit))]
        about = reported["/bench"]["attrs"]
        trial = 1e3 * median("trial", "trial", "us/trial")
        state = median("state_update", f"{about['kernel']}, {about['lanes']} lanes", "ns/stage-week")
        each = {"state_ns_per_stage_week": state, "trial_us": trial / 1e3,
                "state_ns_per_link_week": state * about["stages"] / about["links"],
                "trial_ns_per_stage_week": trial / (about["stages"] * about["weeks"]),
                "trial_ns_per_link_week": trial / (about["links"] * about["weeks"]),
                "shocks_ns_per_stage_week": 1e3 * median("trial", "shocks", "us/trial")
                / (about["stages"] * about["weeks"])}
        for key, expected in each.items():
            self.assertAlmostEqual(row[key]["median"], expected, delta=1e-12 * expected, msg=key)

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "two ranks need two cores")
    def test_two_ranks(self):
        with tempfile.TemporaryDirectory() as folder:
            launcher = ranks.Launcher(HOLDFAST, MPIEXEC, TUTORIAL, folder)
            cores = sorted(os.sched_getaffinity(0))[:2]
            pairs = ranks.measure(launcher, cores, 200, 2)
            self.assertEqual([[pair[kind]["trials"] for kind in ("one", "weak", "strong")] for pair in pairs],
                             [[200, 400, 200]] * 2)
            text = printed(ranks.print_table, ranks.table(pairs))
            self.assertEqual(len(text.splitlines()), 4)

    def test_two_ranks_that_find_something_else(self):
        class Launcher:
            def __init__(self, wrong):
                self.wrong = wrong

            def run(self, cores, trials):
                return {"digest": (trials, len(cores) == 2 and trials == self.wrong)}
        for wrong in (200, 400):
            with self.assertRaisesRegex(SystemExit, "something else"):
                ranks.measure(Launcher(wrong), [0, 1], 200, 1)
        ranks.measure(Launcher(None), [0, 1], 200, 1)


if __name__ == "__main__":
    MPIEXEC = sys.argv.pop(2)
    HOLDFAST = Path(sys.argv.pop(1)).resolve()
    unittest.main()
