#!/usr/bin/python3
"""`holdfast bench`: what it prints, what it writes, and that what is made of measurements follows from them. How fast
this machine is does not matter here.

usage: test_bench.py HOLDFAST SOURCE_DIR MPIEXEC
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import numpy

HOLDFAST, SOURCE, MPIEXEC = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
TUTORIAL = SOURCE / "inputs" / "tutorial.json"
REPEATS = 5
TABLES = ["core", "state_update", "port_bound", "trial", "blocks"]
RATES = {"load from L1": True, "store to L1": True, "multiply": False, "add": False, "multiply and add": False,
         "divide": False, "read from L2": True, "update in L2": True}  # and whether they move bytes


def bench(*arguments, before=()):
    """(exit code, stdout, stderr)"""
    done = subprocess.run([*before, HOLDFAST, "bench", *map(str, arguments)], capture_output=True, text=True,
                          cwd=FOLDER)
    return done.returncode, done.stdout, done.stderr


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        code, cls.out, err = bench(TUTORIAL, "--repeats", REPEATS, "--output", "b.json")
        assert code == 0, cls.out + err
        cls.json = json.loads((FOLDER / "b.json").read_text())
        cls.about = cls.json["/bench"]["attrs"]
        cls.figures = {}  # {table: {(name, unit): samples}}
        for table in TABLES:
            data = {key: value["data"] for key, value in cls.json[f"/bench/{table}"]["data_vars"].items()}
            keys = list(zip(data["name"], data["unit"]))
            assert len(set(keys)) == len(keys), keys
            cls.figures[table] = dict(zip(keys, numpy.array(data["samples"])))

    def same(self, found, expected):
        numpy.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)

    def test_statistics_are_those_of_the_samples(self):
        for table in TABLES:
            group = self.json[f"/bench/{table}"]
            samples = numpy.array(group["data_vars"]["samples"]["data"])
            self.assertEqual(samples.shape, (group["dims"]["figure"], REPEATS))
            for name, part in (("lower_quartile", 25), ("median", 50), ("upper_quartile", 75)):
                self.same(group["data_vars"][name]["data"], numpy.percentile(samples, part, axis=1))
        self.assertEqual(self.about["repetitions"], REPEATS)

    def test_rates(self):
        core = self.figures["core"]
        clock = core["clock", "cycle/ns"]
        self.assertTrue((clock > 0.2).all() and (clock < 20).all(), clock)
        for name, moves_bytes in RATES.items():
            per_ns = core[name, "vector/ns"]
            self.assertTrue((per_ns > 0).all(), name)
            self.same(core[name, "vector/cycle"], per_ns / clock)
            if moves_bytes:
                self.same(core[name, "byte/ns"], per_ns * self.about["vector_bytes"])
        self.assertEqual(len(core), 1 + 2 * len(RATES) + sum(RATES.values()))

    def test_state_update(self):
        update = self.figures["state_update"]
        names = {name for name, _ in update}
        for lanes in (8, 16, 32, 64, 128, self.about["lanes"]):
            self.assertIn(f"{self.about['kernel']}, {lanes} lanes", names)
        self.assertIn(f"baseline, {self.about['lanes']} lanes", names)
        self.assertFalse([name for name in names if "reference" in name])
        for name in names:
            self.same(update[name, "million stage-weeks/s"] * update[name, "ns/stage-week"], 1e3)

    def test_port_bound(self):
        bound, core = self.figures["port_bound"], self.figures["core"]
        lanes = self.about["vector_bytes"] / 8
        busy = {}
        for work, rate in (("loads", "load from L1"), ("stores", "store to L1"), ("multiplies", "multiply"),
                           ("divides", "divide"), ("adds", "add")):
            amounts = bound[work, "vector/week"]
            self.assertTrue((amounts == amounts[0]).all() and amounts[0] > 0, work)
            busy[work] = bound[work, "ns/week"]
            self.same(busy[work], amounts / core[rate, "vector/ns"])
        both = bound["multiplies and divides", "ns/week"]
        self.same(both, busy["multiplies"] + busy["divides"])
        most = numpy.max([busy["loads"], busy["stores"], both, busy["adds"]], axis=0)
        self.same(bound["bound", "ns/week"], most)
        self.same(bound["bound", "million stage-weeks/s"], 1e3 * lanes * self.about["stages"] / most)
        each = self.figures["state_update"][f"{self.about['kernel']}, {self.about['lanes']} lanes", "ns/stage-week"]
        self.same(bound["state update", "ns/week"], each * lanes * self.about["stages"])
        self.same(bound["bound over state update", "1"], most / bound["state update", "ns/week"])
        units = {"loads": busy["loads"], "stores": busy["stores"], "multiplies and divides": both, "adds": busy["adds"]}
        binding = max(units, key=lambda unit: numpy.median(units[unit]))
        self.assertIn(f"{binding} bind", self.out)

    def test_trial(self):
        trial, update = self.figures["trial"], self.figures["state_update"]
        whole = trial["trial", "us/trial"]
        stage_weeks = self.about["stages"] * self.about["weeks"]
        parts = ["shocks", "state update", "weekly series", "outcome", "tally", "not accounted for"]
        self.same(sum(trial[part, "us/trial"] for part in parts), whole)
        for part in ("shocks", "state update", "outcome", "tally"):
            self.assertTrue((trial[part, "us/trial"] > 0).all(), part)
        for part in parts:
            self.same(trial[part, "of the trial"], trial[part, "us/trial"] / whole)
        self.same(trial["trial", "million stage-weeks/s"], stage_weeks / whole)
        each = update[f"{self.about['kernel']}, {self.about['lanes']} lanes", "ns/stage-week"]
        self.same(trial["state update", "us/trial"], 1e-3 * each * stage_weeks)
        self.same(trial["state update over trial", "1"], trial["state update", "us/trial"] / whole)

    def test_blocks(self):
        blocks, trial = self.figures["blocks"], self.figures["trial"]
        tally, whole = blocks["tally", "ns/trial"], trial["trial", "us/trial"]
        self.same(tally, 1e3 * trial["tally", "us/trial"])
        per_block = blocks["claim a block", "ns/block"] + blocks["ask for progress", "ns/block"]
        self.same(blocks["all three over trial", "1"],
                  (tally + per_block / self.about["block_trials"]) / (1e3 * whole))

    def test_the_table_is_the_json(self):
        """Every figure is printed, in its order, with three digits."""
        numbers = re.compile(r"(?<![\w.])(-?\d[\d.]*(?:e[-+]\d+)?)(?: \[(\S+), (\S+)\])?(?=  )")
        printed = [line + "  " for line in self.out.splitlines()]
        for table in TABLES:
            data = {key: value["data"] for key, value in self.json[f"/bench/{table}"]["data_vars"].items()}
            at = printed.index(self.json[f"/bench/{table}"]["attrs"]["title"] + "  ") + 1
            found, names = [], list(dict.fromkeys(data["name"]))
            for line in printed[at + 1:at + 1 + len(names)]:
                name = names.pop(0)
                self.assertTrue(line.startswith(name + "  "), line)
                found += numbers.findall(line[len(name):])
            self.assertEqual(len(found), len(data["median"]), found)
            for i, (median, lower, upper) in enumerate(found):
                rounded = [float(median), float(lower or median), float(upper or median)]
                expected = [data["median"][i], data["lower_quartile"][i], data["upper_quartile"][i]]
                numpy.testing.assert_allclose(rounded, expected, rtol=6e-3, atol=6e-3 * abs(expected[0]))

    def test_it_says_on_what(self):
        for key, value in {"title": "Tutorial: electric bicycles, two battery makers", "policy": "baseline",
                           "stages": 3, "links": 3, "weeks": 104, "block_trials": 4096}.items():
            self.assertEqual(self.about[key], value)
            self.assertIn(str(value), self.out)
        self.assertIn(f"kernel {self.about['kernel']}, {self.about['lanes']} lanes", self.out)
        origin = self.json["/provenance"]["attrs"]
        self.assertIn("--repeats", origin["command_line"])
        self.assertIn("compiler", origin)

    def test_xarray_takes_every_group(self):
        try:
            import xarray
        except ImportError:
            self.skipTest("no xarray")
        for name, group in self.json.items():
            xarray.Dataset.from_dict(group)
        figures = xarray.Dataset.from_dict(self.json["/bench/trial"])
        self.assertEqual(figures.samples.dims, ("figure", "repetition"))

    def test_a_job_and_the_reference(self):
        code, out, err = bench(SOURCE / "jobs" / "smoke.json", "--kernel", "reference", "--lanes", 24, "--repeats", 1)
        self.assertEqual(code, 0, err)
        self.assertIn("kernel reference, 24 lanes", out)
        self.assertIn("vectors of 2 doubles", out)

    def test_bad_usage(self):
        def refused(code, words, *arguments, before=()):
            got, out, err = bench(*arguments, before=before)
            self.assertEqual(got, code, out + err)
            for word in words:
                self.assertIn(word, err)
            self.assertEqual(out, "")
        refused(2, ["--repeats: found 0", "--lanes: found 12"], TUTORIAL, "--repeats", 0, "--lanes", 12)
        refused(2, ["no kernel 'x87'", "baseline"], TUTORIAL, "--kernel", "x87")
        refused(2, ["b.json", "--force"], TUTORIAL, "--output", "b.json")
        refused(3, ["nofolder"], TUTORIAL, "--output", "nofolder/b.json")
        refused(3, ["nowhere.json"], "nowhere.json")
        refused(2, ["found 0 files"])
        bad = SOURCE / "tests" / "data" / "bad" / "account_unit_control.json"
        refused(2, ["accounts.jobs.unit"], bad)
        refused(2, ["started on 2 ranks", "without mpirun"], TUTORIAL, before=(MPIEXEC, "-n", "2"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        FOLDER = pathlib.Path(name)
        unittest.main(argv=["test_bench.py", "-v"])
