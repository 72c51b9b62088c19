#!/usr/bin/python3
"""The program as its user meets it: exit codes, messages, and what is (not) written.

usage: test_cli.py HOLDFAST SOURCE_DIR
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HOLDFAST, SOURCE = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
SMOKE = SOURCE / "jobs" / "smoke.json"
ENVIRONMENT = dict(os.environ, OMPI_MCA_btl_vader_single_copy_mechanism="none")


def holdfast(*arguments):
    """(exit code, stdout, stderr)"""
    done = subprocess.run([HOLDFAST, *map(str, arguments)], capture_output=True, text=True,
                          env=ENVIRONMENT, cwd=FOLDER)
    return done.returncode, done.stdout, done.stderr


def peak_kib(*arguments):
    """Largest resident memory of one run."""
    child = subprocess.Popen([HOLDFAST, *map(str, arguments)], stdout=subprocess.DEVNULL,
                             env=ENVIRONMENT, cwd=FOLDER)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert status == 0, status
    return usage.ru_maxrss


class Cli(unittest.TestCase):
    def setUp(self):
        for path in FOLDER.iterdir():
            path.unlink()

    def expect(self, code, text, *arguments, written=()):
        got, out, err = holdfast(*arguments)
        self.assertEqual(got, code, out + err)
        self.assertIn(text, out + err)
        self.assertEqual(sorted(p.name for p in FOLDER.iterdir()), sorted(written))
        return out, err

    def test_help_and_version(self):
        self.expect(0, "usage: holdfast COMMAND", "--help")
        self.expect(0, "holdfast 0.1.0", "--version")
        for command in ("run", "check", "replay", "summary"):
            self.expect(0, f"usage: holdfast {command}", command, "--help")

    def test_bad_usage(self):
        self.expect(2, "usage: holdfast COMMAND")
        self.expect(2, "unknown command 'simulate'", "simulate")
        self.expect(2, "unknown option '--tirals", "run", "--tirals=3", SMOKE)
        self.expect(2, "option '--trials' needs an argument", "run", SMOKE, "--trials")
        self.expect(2, "found 0 files", "run")
        self.expect(2, "found 2 files", "summary", "a", "b")
        self.expect(2, "give --trial N and --output", "replay", "r.h5")

    def test_all_bad_options_at_once(self):
        _, err = self.expect(2, "--trials: found 0", "run", SMOKE, "--trials", "0", "--seed", "x",
                             "--confidence", "2", "--lanes", "12", "--record", "some",
                             "--tail-count", "-1", "--block", "1e3", "--policies", "closer,closer")
        for option in ("--seed", "--confidence", "--lanes", "--record", "--tail-count", "--block",
                       "--policies"):
            self.assertIn(f"{option}: found", err)

    def test_all_that_is_wrong_with_what_is_asked(self):
        _, err = self.expect(2, "precision.metric: found \"los\"", "run", SMOKE, "--precision", "los:sd:2",
                             "--strata", "A,A:4,3", "--tilts", "A=0", "--attribution", "los",
                             "--record", "none", "--inner-trials", "3")
        for line in ("precision.statistic: found \"sd\"", "precision.relative: found 2",
                     "sampling.strata.hazards: found A a second", "sampling.strata.table: found a sum of 7",
                     "sampling.tilts.A: found 0", "attribution.metrics.0: found \"los\"",
                     "trials: found 2000; allowed a multiple of inner_trials, 3", "record: found \"none\""):
            self.assertIn(f"holdfast: {line}", err)

    def test_check_tells_what_a_question_takes(self):
        job = {"schema": "holdfast-job/1", "scenario": str(SOURCE / "inputs/tutorial.json"), "seed": 1,
               "trials": 4000, "attribution": {"metrics": ["cost"]},
               "precision": {"metric": "cost", "statistic": "mean", "relative": 0.1},
               "sampling": {"strata": {"hazards": ["STORM"], "table": [4, 4]}}}
        (FOLDER / "job.json").write_text(json.dumps(job))
        out, _ = self.expect(0, "valid", "check", "job.json", written=["job.json"])
        for line in ("precision: looks after 1024, 2048, twice as many and so on and 4000 trials, 3 at "
                     "most; intervals at 0.983333 each",
                     "sampling: expected effective sample of policy baseline ",
                     "attribution: 16 sets of 4 families (demand, geopolitical, natural, yield)"):
            self.assertIn(line, out)
        (FOLDER / "draws.json").write_text(json.dumps(
            {key: job[key] for key in ("schema", "scenario", "seed", "trials")} | {"inner_trials": 8}))
        self.expect(0, "outer draws of random rates: 500, of 8 trials each", "check", "draws.json",
                    written=["job.json", "draws.json"])
        (FOLDER / "draws.json").unlink()
        job["sampling"]["strata"]["hazards"] = ["STROM"]
        (FOLDER / "job.json").write_text(json.dumps(job))
        self.expect(2, "job.json: sampling", "check", "job.json", written=["job.json"])

    def test_six_families_at_most(self):
        world = json.loads((SOURCE / "inputs/tutorial.json").read_text())
        port = world["hazards"]["PORT"]
        world["hazards"] |= {f"H{i}": port | {"family": f"family_{i}"} for i in range(3)} | {"AGAIN": port}
        job = {"schema": "holdfast-job/1", "scenario": "world.json", "seed": 1, "trials": 8,
               "attribution": {"metrics": ["cost"]}}
        (FOLDER / "world.json").write_text(json.dumps(world))
        (FOLDER / "job.json").write_text(json.dumps(job))
        files = ["job.json", "world.json"]
        self.expect(2, "job.json: attribution: found 7 ", "check",
                    "job.json", written=files)
        del world["hazards"]["H2"]
        (FOLDER / "world.json").write_text(json.dumps(world))
        self.expect(0, "64 sets of 6 families", "check", "job.json", written=files)

    def test_bad_files(self):
        self.expect(3, "nowhere.json", "run", "nowhere.json")
        self.expect(3, "nowhere.h5", "summary", "nowhere.h5")
        (FOLDER / "x.h5").write_bytes(b"not an HDF5 file" * 100)
        self.expect(2, "x.h5", "summary", "x.h5", written=["x.h5"])
        self.expect(2, "x.h5", "summary", "--digest", "x.h5", written=["x.h5"])

    def test_unknown_names(self):
        self.expect(2, "closer", "run", SMOKE, "--policies", "closr", "--output", "r.h5")
        self.expect(2, "tail.metric: found \"loss\"", "run", SMOKE, "--tail-metric", "loss",
                    "--output", "r.h5")
        self.expect(2, "no kernel 'x87'", "run", SMOKE, "--kernel", "x87", "--output", "r.h5")

    def test_bad_inputs_write_nothing(self):
        """Every 12th bad file, run to the end that it deserves."""
        bad = sorted((SOURCE / "tests" / "data" / "bad").glob("*.json"))
        self.assertGreaterEqual(len(bad), 80)
        for path in bad[::12]:
            job = path
            if not path.name.startswith("job_"):
                job = FOLDER / "job.json"
                job.write_text(json.dumps({"schema": "holdfast-job/1", "scenario": str(path),
                                           "trials": 10, "seed": "1", "output": "r.h5"}))
            code, out, err = holdfast("run", job, "--output", "r.h5")
            self.assertEqual(code, 2, f"{path.name}: {out}{err}")
            first = path.with_suffix(".expected").read_text().splitlines()[0]
            self.assertIn(first, err, path.name)
            self.assertFalse((FOLDER / "r.h5").exists(), path.name)

    def test_output_is_not_overwritten(self):
        arguments = ("run", SMOKE, "--quiet", "--trials", "16", "--output", "r.h5")
        self.expect(0, "content digest ", *arguments, written=["r.h5"])
        before = (FOLDER / "r.h5").read_bytes()
        self.expect(2, "r.h5", *arguments, written=["r.h5"])
        self.assertEqual(before, (FOLDER / "r.h5").read_bytes())
        self.expect(0, "content digest ", *arguments, "--force", written=["r.h5"])
        self.expect(3, "nofolder", "run", SMOKE, "--output", "nofolder/r.h5", written=["r.h5"])

    def test_full_disk_leaves_nothing(self):
        disk = FOLDER / "disk"
        disk.mkdir()
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk],
                               capture_output=True, text=True)
        try:
            if mount.returncode:
                self.skipTest(f"cannot mount a small disk: {mount.stderr.strip()}")
            for record in ("tail", "all"):
                code, out, err = holdfast("run", SMOKE, "--quiet", "--record", record,
                                          "--output", "disk/r.h5")
                self.assertEqual(code, 3, out + err)
                self.assertIn("r.h5", err)
                self.assertEqual(list(disk.iterdir()), [])
        finally:
            subprocess.run(["umount", disk], capture_output=True)
            disk.rmdir()

    def test_record_all_needs_memory(self):
        self.expect(2, "exact_trials", "run", SMOKE, "--record", "all", "--exact-trials", "100",
                    "--output", "r.h5")

    def test_summary_marks_what_may_not_hold(self):
        self.expect(0, "content digest ", "run", SMOKE, "--quiet", "--output", "r.h5", written=["r.h5"])
        text, _ = self.expect(0, "* may not hold what it says", "summary", "r.h5", "--policy", "baseline",
                              written=["r.h5"])
        self.assertRegex(text, r"fill_rate .*\]\*")  # hardly one trial loses anything
        self.assertNotRegex(text, r"domestic_share .*\*")

    def test_summary_and_digest(self):
        out, _ = self.expect(0, "content digest ", "run", SMOKE, "--quiet", "--trials", "64",
                             "--output", "r.h5", written=["r.h5"])
        again, _ = self.expect(0, "content digest ", "summary", "--digest", "r.h5",
                               written=["r.h5"])
        self.assertEqual(out.splitlines()[-1], again.strip())
        text, _ = self.expect(0, "policy closer", "summary", "r.h5", written=["r.h5"])
        self.assertNotIn("*", text)
        only, _ = self.expect(0, "policy closer", "summary", "--policy", "closer", "r.h5",
                              written=["r.h5"])
        self.assertNotIn("policy baseline", only)
        self.expect(2, "found 'far'", "summary", "--policy", "far", "r.h5", written=["r.h5"])

    def test_white_space_and_order_change_nothing(self):
        scenario = json.loads((SOURCE / "inputs" / "tutorial.json").read_text())

        def backwards(thing):
            if isinstance(thing, dict):
                return {key: backwards(thing[key]) for key in reversed(list(thing))}
            return thing
        digests = set()
        for name, text in [("a", json.dumps(scenario)),
                           ("b", json.dumps(backwards(scenario), indent=7))]:
            (FOLDER / "world.json").write_text(text)
            (FOLDER / "job.json").write_text(
                '{"schema":"holdfast-job/1","scenario":"world.json","trials":40,"seed":"5"}')
            code, out, err = holdfast("run", "job.json", "--quiet", "--output", f"{name}.h5")
            self.assertEqual(code, 0, err)
            digests.add(out.splitlines()[-1])
        self.assertEqual(len(digests), 1)

    def test_check(self):
        out, _ = self.expect(0, "valid", "check", SOURCE / "inputs" / "tutorial.json")
        for part in ("planned starts over capacity", "expected events", "stages 3"):
            self.assertIn(part, out)
        self.expect(0, "memory", "check", SMOKE)
        (FOLDER / "bad.json").write_text('{"schema": "holdfast-scenario/1"')
        self.expect(2, "bad.json", "check", "bad.json", written=["bad.json"])

    def test_replay(self):
        self.expect(0, "", "run", SMOKE, "--quiet", "--trials", "8", "--first-trial", "100",
                    "--output", "r.h5", written=["r.h5"])
        self.expect(2, "--trial: found 5; allowed 100 to 107", "replay", "r.h5", "--trial", "5",
                    "--output", "p.h5", written=["r.h5"])
        self.expect(2, "found 'far'", "replay", "r.h5", "--trial", "101", "--policy", "far",
                    "--output", "p.h5", written=["r.h5"])
        self.expect(0, "replay p.csv", "replay", "r.h5", "--trial", "101", "--output", "p.csv",
                    written=["r.h5", "p.csv"])
        lines = (FOLDER / "p.csv").read_text().splitlines()
        self.assertEqual(lines[0], "line,kind,id,week,quantity,value")
        self.assertTrue(any(",stages,BIKE,103,started," in line for line in lines))

    def test_memory_is_flat_beyond_exact_trials(self):
        """Peaks of the same run differ by 15 MiB; kept, the trials would take more than 40."""
        few, many = (peak_kib("run", SMOKE, "--quiet", "--force", "--exact-trials", "0", "--trials",
                              trials, "--output", "r.h5") for trials in (32000, 256000))
        print(f"peak {few} KiB at 32000 trials, {many} KiB at 256000 ... ", end="", file=sys.stderr)
        self.assertLess(many - few, 24576)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        FOLDER = pathlib.Path(name)
        unittest.main(argv=["test_cli.py", "-v"])
