#!/usr/bin/python3
"""Killed anywhere: whatever of a run is killed -9 whenever, what is resumed on other ranks ends in the same result.

usage: test_killed.py HOLDFAST SOURCE_DIR MPIEXEC [KILLS]
"""
import collections
import os
import pathlib
import random
import re
import signal
import sys
import tempfile
import time
import unittest

import generation
from program import SOURCE, Run, digest, holdfast, wait_until

N_KILLS = int(sys.argv[4]) if len(sys.argv) > 4 else 24
SEED = 20250722
JOBS = {
    "kept": ("--trials", 120000),
    "histograms": ("--trials", 120000, "--exact-trials", 1000),
    "weighted": ("--trials", 60000, "--strata", "STORM:4,2,2", "--tilts", "STORM=2"),
    "causes": ("--trials", 12000, "--attribution", "cost"),
    "precision": ("--trials", 120000, "--precision", "cost:mean:1e-6"),
}
os.environ["OMPI_MCA_odls_base_sigkill_timeout"] = "0"  # mpirun lets nobody live on beside a dead rank
ALWAYS = ("--quiet", "--block", 256, "--checkpoint-minutes", 0.0004)


class Story:
    """One run that is killed again and again until it is through."""

    def __init__(self, name, chance, expected, counts):
        self.name, self.chance, self.expected, self.counts = name, chance, expected, counts
        self.folder = FOLDER / f"story {chance.random()}"
        self.folder.mkdir()
        self.checkpoints = self.folder / "r.h5.checkpoint"
        self.log = []

    def start(self):
        """On any number of ranks; and how many trials it should find done."""
        done = generation.newest(self.checkpoints)
        ranks = self.chance.choice([0, 2, 3, 4])
        self.log.append(f"{ranks or 1} ranks after {done}")
        return done, Run(self.folder, "run", SOURCE / "jobs/smoke.json", *JOBS[self.name], *ALWAYS, "--output", "r.h5",
                         "--resume", ranks=ranks)

    def drafts(self, moment):
        """Files that are being written, or were when a run was killed."""
        return set(self.checkpoints.glob("*.tmp") if moment == "saving" else self.folder.glob("r.h5.*.tmp"))

    def wait_for(self, run, moment, before):
        """Until a chosen instant: any, or one at which there are new drafts."""
        end, n_saves, seen = time.monotonic() + self.chance.uniform(0.0, 1.5), self.chance.randrange(1, 12), set()

        def has_come():
            if moment == "any time":
                return run.is_over() or time.monotonic() > end
            seen.update(self.drafts(moment) - before[moment])
            return run.is_over() or len(seen) >= (n_saves if moment == "saving" else 1)

        wait_until(has_come, every=0.0005 if moment == "any time" else 0.0)
        time.sleep(self.chance.choice([0.0, 0.0, 0.0, 0.002]))

    def strike(self, run, whom):
        """Kills -9: all, the launcher, the root or another rank."""
        living = run.processes()
        ranks = [rank for rank in living if rank is not None]
        victims = {"all": living, "launcher": [None], "root": [0], "another": [max(ranks, default=0)]}[whom]
        for rank in victims:
            try:
                os.kill(living[rank] if rank in living else run.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def kill_once(self):
        """False: it was through before."""
        before = {moment: self.drafts(moment) for moment in ("saving", "result")}
        done, run = self.start()
        moment = self.chance.choice(["any time", "any time", "saving", "saving", "saving", "result"])
        whom = self.chance.choice(["all", "all", "launcher", "root", "another"])
        self.wait_for(run, moment, before)
        was_over = run.is_over()
        if not was_over:
            self.strike(run, whom)
        code, out, err = run.end()
        self.check_start(done, err)
        if code == 0:
            self.check_result(out)
            return False
        assert not was_over, f"{code}: {out}{err}"
        assert code in (-9, 137) or whom == "launcher", f"{code}: {out}{err}"
        self.log[-1] += f", {whom}: {moment}"
        self.counts["kills"] += 1
        self.counts[f"of {whom}"] += 1
        self.counts["inside a save"] += bool(self.drafts("saving") - before["saving"])
        self.counts["inside the writing of a result"] += bool(self.drafts("result") - before["result"])
        return True

    def check_start(self, done, err):
        """It goes on exactly from the newest generation, which nothing is wrong with."""
        assert "damaged" not in err and "whole" not in err, err
        resumed = re.search(r"goes on after (\d+) of", err)
        if resumed:
            assert int(resumed.group(1)) == done, f"{done}: {err}"
            self.counts["resumed"] += 1
        elif done is None:
            self.counts["began from nothing"] += 1

    def check_result(self, out):
        if "complete already" in out:
            self.counts["found complete"] += 1
            code, out, err = holdfast(self.folder, "summary", "--digest", "r.h5")
            assert code == 0, err
        assert digest(out) == self.expected, f"another result: {out}"
        left = [path.name for path in self.folder.iterdir() if not re.fullmatch(r"r\.h5\.\d+-\d+\.tmp", path.name)]
        assert left == ["r.h5"], left
        self.counts["results"] += 1

    def tell(self, n_kills):
        for _ in range(n_kills):
            if not self.kill_once():
                return
        done, run = self.start()
        code, out, err = run.end()
        assert code == 0, f"{code}: {out}{err}"
        self.check_start(done, err)
        self.check_result(out)


class Killed(unittest.TestCase):
    def test_killed_anywhere(self):
        """The same bytes in the end, and nothing lost that had been saved."""
        expected = {}
        for name, options in JOBS.items():
            code, out, err = holdfast(FOLDER, "run", SOURCE / "jobs/smoke.json", *options, "--quiet", "--output",
                                      f"{name}.h5", ranks=2)
            self.assertEqual(code, 0, err)
            expected[name] = digest(out)
        counts, number = collections.Counter(), 0
        while counts["kills"] < N_KILLS:
            chance = random.Random(SEED + number)
            story = Story(list(JOBS)[number % len(JOBS)], chance, expected[list(JOBS)[number % len(JOBS)]], counts)
            try:
                story.tell(min(chance.randrange(1, 5), N_KILLS - counts["kills"]))
            finally:
                print(f"\n  {story.name}: {'; '.join(story.log)}", end="", file=sys.stderr, flush=True)
            number += 1
        print("\n  " + ", ".join(f"{n} {what}" for what, n in counts.items()), end=" ... ", file=sys.stderr)
        for what in ("inside a save", "resumed", "began from nothing", "of root", "of all"):
            self.assertGreater(counts[what], 0, what)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as top:
        FOLDER = pathlib.Path(top) / "runs"
        FOLDER.mkdir()
        unittest.main(argv=["test_killed.py", "-v"])
