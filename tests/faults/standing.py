"""A small job of its own in a folder, and runs of it that stand half-way: for test_worlds.py and test_damaged.py."""
import json
import shutil
import signal
import sys
import tempfile
import pathlib
import unittest

import generation
from program import SOURCE, Run, digest, holdfast, wait_until

ALWAYS = ("--quiet", "--block", 256, "--output", "r.h5")
OFTEN = ("--checkpoint-minutes", 0.0004)


class Standing(unittest.TestCase):
    """Each test has a folder with job.json and world.json; a copy of one that was stopped if it asks for it."""

    TRIALS = 60000
    ASKED = {}  # more of the job

    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.TemporaryDirectory()
        cls.first = pathlib.Path(cls.top.name) / "first"
        cls.first.mkdir()
        shutil.copy(SOURCE / "inputs/tutorial.json", cls.first / "world.json")
        job = {"schema": "holdfast-job/1", "scenario": "world.json", "seed": "1", "trials": cls.TRIALS}
        job |= cls.ASKED
        (cls.first / "job.json").write_text(json.dumps(job))
        code, out, err = holdfast(cls.first, "run", "job.json", *ALWAYS)
        assert code == 0, err
        cls.digest = digest(out)
        (cls.first / "r.h5").rename(cls.first.parent / "whole.h5")
        cls.stopped = None

    @classmethod
    def tearDownClass(cls):
        cls.top.cleanup()

    def setUp(self):
        self.folder = self.first.parent / self._testMethodName
        shutil.copytree(self.first, self.folder)
        self.checkpoints = self.folder / "r.h5.checkpoint"

    def start(self, *arguments, ranks=0):
        run = Run(self.folder, "run", "job.json", *ALWAYS, *arguments, ranks=ranks)
        self.addCleanup(run.clear)
        return run

    def expect(self, code, run, *texts):
        got, out, err = run.end()
        self.assertEqual(got, code, out + err)
        for text in texts:
            self.assertIn(text, out + err)
        return out, err

    def run_to(self, code, *texts, options=(), ranks=0):
        return self.expect(code, self.start(*options, ranks=ranks), *texts)

    def finish(self, *texts, options=("--resume",), ranks=0):
        """To the end, which is that of a run that nothing befell."""
        out, err = self.run_to(0, *texts, options=options, ranks=ranks)
        self.assertEqual(digest(out), self.digest)
        self.assertEqual(self.names(), ["r.h5"])
        return err

    def names(self):
        """What is in the folder beside the job."""
        return sorted({path.name for path in self.folder.iterdir()} - {"job.json", "world.json"})

    def last_number(self):
        """Of the generations, which go on from run to run; 0 if there is none."""
        return max((int(path.name[-6:]) for path in generation.named(self.checkpoints, "generation")), default=0)

    def await_saves(self, run, n):
        """Until it has saved so often, so that it listens to signals too, or is over."""
        enough = self.last_number() + n
        self.assertTrue(wait_until(lambda: self.last_number() >= enough or run.is_over()))
        return not run.is_over()

    def stop(self, number=signal.SIGUSR1, ranks=0, rank=None, times=1):
        """A run that is told to stop once it has saved twice; one that was faster is begun again."""
        for _ in range(5):
            run = self.start(*OFTEN, "--resume", ranks=ranks)
            for _ in range(times if self.await_saves(run, 2) else 0):
                run.tell(number, rank)
            code, out, err = run.end()
            if code != 0:
                break
            (self.folder / "r.h5").unlink()
        return code, out, err

    def stand(self):
        """A run that stands, with two generations."""
        cls = type(self)
        if not cls.stopped:
            code, out, err = self.stop()
            self.assertEqual(code, 75, out + err)
            cls.stopped = self.first.parent / "stopped"
            self.checkpoints.rename(cls.stopped)
            print(f"({out.strip()})", end=" ", file=sys.stderr)
        shutil.copytree(cls.stopped, self.checkpoints)
        newest, older = generation.named(self.checkpoints, "generation")
        return newest, older

    def bytes_left(self):
        return {path.relative_to(self.folder): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
