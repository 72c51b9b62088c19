#!/usr/bin/python3
"""Checkpoints that were damaged, that are of another run, and parts: what is refused, with which words, and that
nothing is lost by it.

usage: test_damaged.py HOLDFAST SOURCE_DIR MPIEXEC
"""
import json
import os
import shutil
import struct
import sys
import unittest

import generation
from generation import FOOTER, HEAD, ROW
from program import digest, holdfast
from standing import Standing


def positions(content):
    """{what: offset} of a byte of every kind that a file has."""
    _, sections, table = generation.layout(content)
    found = {"magic": 0, "word order": 11, "version": 16, "kind": 24, "kind's end": HEAD.size - 1}
    for i, (name, offset, length) in enumerate(sections):
        row = table + i * ROW.size
        inside = {"first": offset, "middle": offset + length // 2, "last": offset + length - 1} if length else {}
        fields = {"name": row, "name's end": row + 15, "offset": row + 16, "length": row + 24, "digest": row + 32,
                  "digest's end": row + ROW.size - 1}
        found |= {f"{name}.{what}": at for what, at in (inside | fields).items()}
    footer = len(content) - FOOTER.size
    return found | {"number": footer, "whole digest": footer + 8, "length": footer + 72, "end": len(content) - 1}


def flipped(content, at, bit=1):
    return content[:at] + bytes([content[at] ^ bit]) + content[at + 1:]


def hurts(content):
    """{what: bytes} of damaged versions of a file."""
    found = {what: flipped(content, at) for what, at in positions(content).items()}
    _, sections, table = generation.layout(content)
    cuts = {0, 1, HEAD.size - 1, HEAD.size, HEAD.size + FOOTER.size, sections[-1][1], table, len(content) // 2,
            len(content) - FOOTER.size, len(content) - 1}
    found |= {f"cut at {at}": content[:at] for at in cuts}
    hole = len(content) // 3
    return found | {"longer": content + b"\0", "twice": content + content, "zeros": bytes(len(content)),
                    "a page of zeros": content[:hole] + bytes(4096) + content[hole + 4096:],
                    "huge number": content[:-FOOTER.size] + b"\xff" * 8 + content[8 - FOOTER.size:]}


class Damage(Standing):
    """Of a job whose checkpoints have sections of every kind."""

    TRIALS = 6000
    ASKED = {"sampling": {"strata": {"hazards": ["STORM"], "table": [4, 2, 2]}}, "attribution": {"metrics": ["cost"]}}
    KINDS = {"version", "scenario", "job", "stand", "tally", "weekly", "crude", "segments", "trials", "causes",
             "crude trials"}

    def test_the_format_is_what_it_is_said_to_be(self):
        """A second reading and writing gives the same bytes; and what is then resumed."""
        newest, older = self.stand()
        self.assertLess(generation.trials_done(older), generation.trials_done(newest))
        for path, kind in [(path, kind) for kind in ("generation", "segment")
                           for path in generation.named(self.checkpoints, kind)]:
            before = path.read_bytes()
            generation.write(path, kind, generation.read(path, kind))
            self.assertEqual(before, path.read_bytes(), path.name)
        self.finish(f"goes on after {generation.trials_done(newest)} of {self.TRIALS} trials")

    def copy_with(self, name, damaged, content):
        """A folder whose files are the stopped run's (the same, not copies), but for one, and no older generation."""
        folder = self.folder / name
        folder.mkdir()
        newest = generation.named(self.checkpoints, "generation")[0]
        for path in (newest, *generation.segments(newest)):
            if path != damaged:
                os.link(path, folder / path.name)
        (folder / damaged.name).write_bytes(content)
        return name

    def test_a_byte_of_every_kind(self):
        """All of them before one program, each in a folder of its own."""
        newest, _ = self.stand()
        segment = generation.segments(newest)[0]
        kinds = {name for name, _ in generation.read(newest, "generation") + generation.read(segment, "segment")}
        self.assertEqual(kinds, self.KINDS)
        folders = {}
        for path in (newest, segment):
            for what, content in hurts(path.read_bytes()).items():
                folders[self.copy_with(f"hurt-{len(folders):03d}", path, content)] = (path.name, what)
        code, out, err = holdfast(self.folder, "merge", "job.json", "--output", "r.h5", *folders)
        self.assertEqual((code, out), (2, ""), err)
        lines = err.splitlines()
        for folder, (name, what) in folders.items():
            said = [line for line in lines if line.startswith(f"{folder}: {newest.name}: '{folder}/{name}' ")]
            self.assertEqual(len(said), 1, f"{name}: {what}: {said}")
            self.assertIn(f"job.json: {folder}: none of the 1 generations in '{folder}' is whole", lines, what)
        print(f"({len(folders)} damages)", end=" ", file=sys.stderr)
        self.assertGreater(len(folders), 140)

    def resumed_from(self, older, hurt):
        """After the newest generation has been hurt, the older one is where the run goes on."""
        done = generation.trials_done(older)
        err = self.finish(f"goes on after {done} of {self.TRIALS} trials")
        self.assertIn(f"r.h5.checkpoint: {hurt.name}: ", err)

    def test_the_newest_generation_is_damaged(self):
        newest, older = self.stand()
        newest.write_bytes(flipped(newest.read_bytes(), 5000))
        self.resumed_from(older, newest)

    def test_the_newest_generation_is_cut_off(self):
        newest, older = self.stand()
        os.truncate(newest, newest.stat().st_size // 2)
        self.resumed_from(older, newest)

    def test_the_newest_segment_is_missing(self):
        newest, older = self.stand()
        generation.segments(newest)[-1].unlink()
        self.resumed_from(older, newest)

    def test_the_newest_segment_is_another(self):
        """A whole one, but not that which was written."""
        newest, older = self.stand()
        first, *_, last = generation.segments(newest)
        shutil.copy(first, last)
        self.resumed_from(older, newest)

    def test_what_is_no_file(self):
        newest, older = self.stand()
        done = generation.trials_done(newest)
        number = int(newest.name[-6:])
        strange = [self.checkpoints / f"generation-{number + i:06d}" for i in (1, 2, 3)]
        strange[0].mkdir()
        os.mkfifo(strange[1])
        strange[2].symlink_to(newest)
        out, err = self.run_to(0, f"goes on after {done} of", options=("--resume",))
        self.assertEqual(digest(out), self.digest)
        for path in strange:
            self.assertIn(f"{path.name}: 'r.h5.checkpoint/{path.name}' is no plain file", err)
        self.assertEqual(self.names(), ["r.h5", "r.h5.checkpoint"])  # what is not its own is not removed
        self.assertEqual(list(self.checkpoints.iterdir()), [strange[0]])

    def test_none_is_whole(self):
        """Nothing is touched; --force begins anew."""
        newest, older = self.stand()
        for path in (newest, older):
            path.write_bytes(flipped(path.read_bytes(), -1 % path.stat().st_size))
        before = self.bytes_left()
        self.run_to(3, "none of the 2 generations in 'r.h5.checkpoint' is whole", newest.name, older.name,
                    options=("--resume",))
        self.assertEqual(self.bytes_left(), before)
        self.finish(options=("--force",))

    def test_the_first_segment_is_missing(self):
        newest, older = self.stand()
        generation.segments(older)[0].unlink()
        self.run_to(3, "is whole", options=("--resume",))
        self.assertTrue(newest.exists() and older.exists())


class Other(Standing):
    """Checkpoints that are whole, and of something else."""

    def refused(self, code, *texts, options=("--resume",)):
        before = self.bytes_left()
        _, err = self.run_to(code, *texts, options=options)
        self.assertEqual(self.bytes_left(), before)
        return err

    def test_another_job(self):
        self.stand()
        err = self.refused(2, f"trials: found {self.TRIALS} in the checkpoint; allowed 777 as in the job",
                           'seed: found "1" in the checkpoint; allowed "2" as in the job',
                           options=("--resume", "--trials", 777, "--seed", 2))
        self.assertEqual(len(err.splitlines()), 2)
        self.finish(options=("--resume", "--lanes", 8, "--block", 1000, "--checkpoint-minutes", 0))

    def test_another_scenario_and_none(self):
        self.stand()
        path = self.folder / "world.json"
        text = path.read_text()
        path.unlink()
        self.refused(3, "world.json")
        path.write_text("{}")
        self.refused(2, "world.json")
        world = json.loads(text)
        world["hazards"]["PORT"]["family"] = "other"
        world["title"] = "Another"
        path.write_text(json.dumps(world))
        err = self.refused(2, "title: found ", "family: found ", 'allowed "other" as in the scenario')
        self.assertEqual(len(err.splitlines()), 2, err)
        path.write_text(text)
        self.finish("goes on after")

    def test_another_version(self):
        newest, older = self.stand()
        for path in (newest, older):
            generation.replace(path, "generation", version=b"0.0.9")
        self.refused(2, "found a checkpoint of holdfast 0.0.9; allowed one of 0.1.0")

    def test_another_machine_and_another_format(self):
        newest, older = self.stand()
        sections = generation.read(newest, "generation")
        generation.write(newest, "generation", sections, order=0x0807060504030201)
        generation.write(older, "generation", generation.read(older, "generation"), version=2)
        self.refused(3, "another order of bytes", "found version 2; allowed 1")

    def test_nonsense_that_is_whole(self):
        """Every digest holds, and what is said cannot be: an error, never a crash, never a result."""
        newest, older = self.stand()
        older.unlink()
        state = dict(generation.read(newest, "generation"))
        stand = struct.unpack(f"={len(state['stand']) // 8}Q", state["stand"])
        content, words = newest.read_bytes(), lambda *numbers: struct.pack(f"={len(numbers)}Q", *numbers)
        first, trials, done, starts, *rest = stand
        hurt = {
            "more done than there is": {"stand": words(first, trials, trials + 1, starts, *rest)},
            "fewer done than rows": {"stand": words(first, trials, done - 256, starts, *rest)},
            "nothing done": {"stand": words(first, trials, 0, starts, *rest)},
            "looks that are none": {"stand": words(first, trials, done, starts, *rest[:-1], 2**60)},
            "a stand cut off": {"stand": state["stand"][:-8]},
            "no stand": {"stand": None},
            "no tally": {"tally": None},
            "a tally cut off": {"tally": state["tally"][:-8]},
            "a tally of words": {"tally": b"\xff" * len(state["tally"])},
            "no weeks": {"weekly": b""},
            "no segments": {"segments": b""},
            "half a segment": {"segments": state["segments"][:-1]},
        }
        for what, changed in hurt.items():
            newest.write_bytes(content)
            generation.replace(newest, "generation", **changed)
            with self.subTest(what):
                self.refused(3)
        newest.write_bytes(content)
        segment = generation.segments(newest)[-1]
        whole = segment.read_bytes()
        rows = dict(generation.read(segment, "segment"))["trials"]
        listed = dict(generation.read(newest, "generation"))["segments"][:-generation.SEGMENT.size]
        for what, payload in (("rows cut off", rows[:-8]), ("no rows", b""), ("rows of words", b"\xff" * len(rows))):
            newest.write_bytes(content)
            segment.write_bytes(whole)
            generation.replace(segment, "segment", trials=payload)
            entry = generation.SEGMENT.pack(*generation.entry(segment))
            generation.replace(newest, "generation", segments=listed + entry)
            with self.subTest(what):
                self.refused(3)
        segment.write_bytes(whole)
        for name in ("scenario", "job", "version"):
            newest.write_bytes(content)
            generation.replace(newest, "generation", **{name: None})
            with self.subTest(name):
                self.refused(2, "found ")


class Parts(Standing):
    TRIALS = 20000

    def part(self, which, *options, code=0):
        got, out, err = holdfast(self.folder, "run", "job.json", *map(str, ("--quiet", "--output", "r.h5")), "--part",
                                 which, *options)
        self.assertEqual(got, code, out + err)
        return "r.h5.part-" + which.replace("/", "-of-")

    def merge(self, code, *arguments, ranks=0):
        got, out, err = holdfast(self.folder, "merge", "job.json", "--output", "r.h5", *arguments, ranks=ranks)
        self.assertEqual(got, code, out + err)
        if code:
            self.assertNotIn("r.h5", self.names())
        return out + err

    def test_parts_and_what_is_no_whole(self):
        a, b, c = (self.part(f"{i}/3") for i in (1, 2, 3))
        self.assertEqual(self.names(), [a, b, c])
        half, other = self.part("1/2"), self.part("2/3", "--output", "o.h5", "--seed", 2).replace("r.h5", "o.h5")
        before = self.bytes_left()
        self.assertIn("trials 6664 to 13327 are in no part", self.merge(2, a, c))
        self.assertIn("trials 13328 to 19999 are in no part", self.merge(2, a, b))
        self.assertIn("found trials from 6664 that another part has too; allowed from 10000",
                      self.merge(2, half, b, c))
        self.assertIn("that another part has too", self.merge(2, a, a, b, c))
        self.assertIn('seed: found "2" in the checkpoint', self.merge(2, a, other, c))
        self.assertIn("nowhere: found no part there", self.merge(2, a, "nowhere", c))
        self.assertEqual(self.bytes_left(), before)
        self.assertEqual(digest(self.merge(0, c, a, b, ranks=2)), self.digest)
        self.merge_after_damage(a, b, c)

    def merge_after_damage(self, a, b, c):
        (self.folder / "r.h5").unlink()
        path = generation.named(self.folder / b, "generation")[0]
        path.write_bytes(flipped(path.read_bytes(), 3000))
        self.assertIn(f"{b}: none of the 1 generations in '{b}' is whole", self.merge(2, a, b, c))
        self.part("2/3", code=2)
        self.part("2/3", "--resume", code=3)
        self.part("2/3", "--force")
        self.assertEqual(digest(self.merge(0, a, b, c)), self.digest)
        self.assertIn("r.h5' already exists", holdfast(self.folder, "merge", "job.json", "--output", "r.h5", a, b, c)[2])


if __name__ == "__main__":
    unittest.main(argv=["test_damaged.py", "-v"])
