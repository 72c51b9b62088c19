#!/usr/bin/python3
"""Worlds that fail a run or tell it to stop: disks, folders, signals, stop files, time, other runs. What was saved is
never lost, what is said is clear, and what is resumed ends in the same result.

usage: test_worlds.py HOLDFAST SOURCE_DIR MPIEXEC
"""
import errno
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

import generation
from program import digest, wait_until
from standing import OFTEN, Standing


class Stops(Standing):
    TRIALS = 150000
    ASKED = {"exact_trials": 0, "policies": ["baseline", "closer"]}
    STOPPED = re.compile(r"checkpoint r\.h5\.checkpoint: (\d+) of 150000 trials, since (.*); go on with --resume\n")

    def stops(self, why, *arguments, **keywords):
        """Trials that are done after a stop, which its stdout and the folder tell."""
        code, out, err = self.stop(*arguments, **keywords)
        self.assertEqual(code, 75, out + err)
        done, reason = self.STOPPED.search(out).groups()
        self.assertEqual(reason, why)
        self.assertEqual(int(done), generation.newest(self.checkpoints))
        self.assertEqual(self.names(), ["r.h5.checkpoint"])
        return int(done)

    def test_each_signal_once_and_twice(self):
        done = []
        for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGXCPU):
            done.append(self.stops("a signal came", number, times=1 + len(done) % 2))
        self.assertEqual(done, sorted(done))
        self.finish(f"goes on after {done[-1]} of 150000 trials")

    def test_usr2_saves_and_goes_on(self):
        run = self.start("--checkpoint-minutes", 0)
        self.assertTrue(wait_until(lambda: (self.folder / "r.h5.lock").exists()))
        for _ in range(2):
            run.tell(signal.SIGUSR2)
            self.assertTrue(self.await_saves(run, 1))
        out, _ = self.expect(0, run)
        self.assertEqual((digest(out), self.names()), (self.digest, ["r.h5"]))

    def test_signals_to_one_rank_and_to_the_launcher(self):
        """What any rank gets counts; mpirun hands USR1 on, and gives ranks a moment after TERM."""
        self.stops("a signal came", signal.SIGUSR1, ranks=3, rank=2)
        self.stops("a signal came", signal.SIGUSR1, ranks=2)
        code, out, err = self.stop(signal.SIGTERM, ranks=2)
        self.assertNotEqual(code, 0, out + err)
        if (self.folder / "r.h5").exists():  # the moment was long enough for all of it
            self.run_to(0, "result r.h5 is complete already", options=("--resume",))
        else:
            self.finish(f"goes on after {generation.newest(self.checkpoints)} of", ranks=3)

    def test_a_stop_file(self):
        run, file = self.start(*OFTEN), self.folder / "r.h5.stop"
        self.assertTrue(self.await_saves(run, 1))
        file.touch()
        out, _ = self.expect(75, run, "since there is a stop file")
        before = self.bytes_left()
        for option in ("--resume", "--force"):
            self.run_to(2, "found 'r.h5.stop', which tells runs to stop; remove it to start one", options=(option,))
        self.assertEqual(self.bytes_left(), before)
        file.unlink()
        self.finish("goes on after")

    def test_its_time(self):
        start = time.monotonic()
        self.run_to(75, "since its time is nearly up", options=("--trials", 10**8, "--max-walltime", "0:02"))
        seconds = time.monotonic() - start
        print(f"({seconds:.1f} s)", end=" ", file=sys.stderr)
        self.assertLess(seconds, 10.0)  # of a busy machine
        self.run_to(75, "goes on after", options=("--trials", 10**8, "--max-walltime", "0:01", "--resume"))

    def test_interrupted_before_it_has_begun(self):
        chance = random.Random(1)
        for _ in range(4):
            run = self.start("--resume")
            time.sleep(chance.uniform(0.0, 0.3))
            run.tell(signal.SIGINT)
            code, out, err = run.end()
            self.assertIn(code, (-signal.SIGINT, 75), out + err)
        self.finish()


class Others(Standing):
    """Other runs, and earlier ones."""

    TRIALS = 100000

    def test_a_second_run_while_the_first_runs(self):
        first = self.start(*OFTEN)
        self.assertTrue(self.await_saves(first, 1))
        first.tell(signal.SIGSTOP)
        for option in ("--quiet", "--resume", "--force"):
            self.run_to(3, f"'r.h5' is being written by process {first.process.pid} on ", "wait for it",
                        options=(option,))
        first.tell(signal.SIGCONT)
        out, _ = self.expect(0, first)
        self.assertEqual((digest(out), self.names()), (self.digest, ["r.h5"]))

    def test_killed_and_started_again_at_once(self):
        """Before anybody has waited for what is dead."""
        run = self.start(*OFTEN)
        self.assertTrue(self.await_saves(run, 1))
        os.kill(run.process.pid, signal.SIGKILL)
        wait_until(lambda: "Z" in pathlib.Path(f"/proc/{run.process.pid}/stat").read_text().rsplit(")")[1])
        self.finish(f"took over 'r.h5.lock' from process {run.process.pid} on ", "it has ended", "goes on after")
        self.assertEqual(run.end()[0], -signal.SIGKILL)

    def test_what_is_to_be_resumed_replaced_or_kept(self):
        self.finish()  # --resume where there is nothing
        before = self.bytes_left()
        self.run_to(0, "result r.h5 is complete already", options=("--resume",))
        self.run_to(2, "'r.h5' already exists; name another file or add --force")
        self.run_to(2, "r.h5", options=("--resume", "--trials", 64))
        self.assertEqual(self.bytes_left(), before)
        (self.folder / "r.h5").unlink()
        self.stand()
        before = self.bytes_left()
        self.run_to(2, "'r.h5.checkpoint' is where an earlier run stands; add --resume to go on from it, or --force")
        self.assertEqual(self.bytes_left(), before)
        err = self.finish(options=("--force",))
        self.assertNotIn("goes on", err)

    def test_killed_between_the_result_and_the_end(self):
        """The result has its name, its checkpoints are still there: the next start clears them away."""
        self.stand()
        shutil.copy(self.first.parent / "whole.h5", self.folder / "r.h5")
        self.run_to(0, "result r.h5 is complete already", options=("--resume",))
        self.assertEqual(self.names(), ["r.h5"])
        self.stand()  # ... half of them are still there, and the lock
        for generation in (self.folder / "r.h5.checkpoint").glob("generation-*"):
            generation.unlink()
        self.run_to(0, "result r.h5 is complete already", options=("--resume",))
        self.assertEqual(self.names(), ["r.h5"])
        self.run_to(0, options=("--force", "--seed", 2))
        self.stand()
        before = self.bytes_left()
        self.run_to(0, "result r.h5 is complete already", options=("--resume", "--seed", 2))
        self.assertEqual(self.bytes_left(), before)  # they are of another job


def mount(test, place, *options):
    done = subprocess.run(["mount", *options, place], capture_output=True, text=True)
    if done.returncode:
        test.skipTest(f"cannot mount a small disk: {done.stderr.strip()}")
    test.addCleanup(subprocess.run, ["umount", "--lazy", place], capture_output=True)


class SmallDisk(Standing):
    """Checkpoints have a disk of their own, too small for all trials; for the result there is room."""

    TRIALS = 100000

    def setUp(self):
        super().setUp()
        self.checkpoints.mkdir()
        mount(self, self.checkpoints, "-t", "tmpfs", "-o", "size=3m", "tmpfs")

    def run_on(self, code):
        """A run that has checkpoints, and then can have no more."""
        run = self.start(*OFTEN)
        self.assertTrue(wait_until(lambda: "no checkpoint this time" in run.texts()[1] or run.is_over()))
        if code:
            run.tell(signal.SIGUSR1)
        out, err = self.expect(code, run, "cannot write 'r.h5.checkpoint/", "No space left on device")
        self.assertEqual(list(self.checkpoints.glob("*.tmp")), [])
        return out

    def test_full_while_it_runs(self):
        """A warning, and the run goes on to its end."""
        self.assertEqual(digest(self.run_on(0)), self.digest)
        self.assertEqual((self.names(), os.listdir(self.checkpoints)), (["r.h5", "r.h5.checkpoint"], []))

    def test_full_when_it_stops(self):
        """Exit 3, as what is done since the last checkpoint is not saved; that one is as it was."""
        self.run_on(3)
        done = generation.newest(self.checkpoints)
        mount(self, self.checkpoints, "-o", "remount,size=64m")
        out, _ = self.run_to(0, f"goes on after {done} of", options=("--resume",))
        self.assertEqual(digest(out), self.digest)


class Disk(Standing):
    """A disk of its own, on which the result lies too."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        self.checkpoints = self.disk / "r.h5.checkpoint"
        mount(self, self.disk, "-t", "tmpfs", "-o", "size=64m", "tmpfs")

    def start(self, *arguments, ranks=0):
        return super().start("--output", "disk/r.h5", *arguments, ranks=ranks)

    def fill(self):
        """To the last page."""
        with open(self.disk / "filling", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 12))
            except OSError as error:
                self.assertEqual(error.errno, errno.ENOSPC)

    def room(self):
        (self.disk / "filling").unlink(missing_ok=True)

    def finish(self, *texts, options=("--resume",), ranks=0):
        self.room()
        out, _ = self.run_to(0, *texts, options=options, ranks=ranks)
        self.assertEqual((digest(out), [path.name for path in self.disk.iterdir()]), (self.digest, ["r.h5"]))

    def saved_twice(self):
        """A run that has, and waits."""
        run = self.start(*OFTEN)
        self.assertTrue(self.await_saves(run, 2))
        run.tell(signal.SIGSTOP)
        return run

    def test_full(self):
        """So that neither checkpoints nor the result fit."""
        run = self.saved_twice()
        self.fill()
        run.tell(signal.SIGCONT)
        self.expect(3, run, "cannot ", "No space left on device")
        self.assertIsNotNone(generation.newest(self.checkpoints))
        self.assertEqual([path for path in self.disk.rglob("*.tmp")], [])
        self.fill()
        before = self.bytes_left()
        self.run_to(3, "cannot write 'disk/r.h5.lock': No space left on device", options=("--resume",))
        self.assertEqual(self.bytes_left(), before)
        self.finish(f"goes on after {generation.newest(self.checkpoints)} of")

    def test_read_only(self):
        mount(self, self.disk, "-o", "remount,ro")
        self.run_to(3, "cannot write into the folder 'disk': Read-only file system")
        mount(self, self.disk, "-o", "remount,rw")
        run = self.saved_twice()
        done = subprocess.run(["mount", "-o", "remount,ro", self.disk], capture_output=True)
        if done.returncode == 0:  # else it was just writing
            run.tell(signal.SIGCONT)
            self.expect(3, run, "Read-only file system")
            mount(self, self.disk, "-o", "remount,rw")
        else:
            run.clear()
        self.finish(f"goes on after {generation.newest(self.checkpoints)} of")


class Folders(Standing):
    TRIALS = 20000

    def test_a_file_where_checkpoints_are_to_be(self):
        """Said at the start, not when the first checkpoint is due."""
        self.checkpoints.write_text("mine")
        for options in ((), ("--resume",), ("--force",)):
            self.run_to(3, "cannot read the folder 'r.h5.checkpoint': Not a directory", options=options)
        self.assertEqual(self.checkpoints.read_text(), "mine")
        self.assertEqual(self.names(), ["r.h5.checkpoint"])

    def test_a_link_to_a_folder_elsewhere(self):
        elsewhere = self.folder.parent / "elsewhere"
        elsewhere.mkdir()
        self.checkpoints.symlink_to(elsewhere)
        code, out, err = self.stop()
        self.assertEqual(code, 75, out + err)
        self.assertGreater(len(list(elsewhere.iterdir())), 2)
        out, _ = self.run_to(0, "goes on after", options=("--resume",))
        self.assertEqual((digest(out), self.names()), (self.digest, ["r.h5", "r.h5.checkpoint"]))
        self.assertEqual(list(elsewhere.iterdir()), [])

    def test_a_link_to_nowhere(self):
        self.checkpoints.symlink_to("nowhere")
        out, _ = self.run_to(0, "no checkpoint this time: ", options=OFTEN)
        self.assertEqual((digest(out), self.names()), (self.digest, ["r.h5", "r.h5.checkpoint"]))

    def test_what_lies_there_is_left_alone(self):
        """Files of other names, in the folder and in that of checkpoints."""
        (self.folder / "r.h5.notes").write_text("mine")
        self.stand()
        (self.checkpoints / "notes").write_text("mine")
        out, _ = self.run_to(0, "goes on after", options=("--resume",))
        self.assertEqual((digest(out), self.names()), (self.digest, ["r.h5", "r.h5.checkpoint", "r.h5.notes"]))
        self.assertEqual([path.name for path in self.checkpoints.iterdir()], ["notes"])


if __name__ == "__main__":
    unittest.main(argv=["test_worlds.py", "-v"])
