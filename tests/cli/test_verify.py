#!/usr/bin/python3
"""`holdfast verify` names what was damaged, `holdfast diff` says what differs, and neither crashes on anything.

usage: test_verify.py HOLDFAST SOURCE_DIR MPIEXEC
"""
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy

HOLDFAST, SOURCE, MPIEXEC = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
SMOKE = SOURCE / "jobs" / "smoke.json"
ENVIRONMENT = dict(os.environ, OMPI_MCA_btl_vader_single_copy_mechanism="none")
SEEDS = 20
BESIDE = ("provenance", "performance")


def holdfast(*arguments, before=()):
    """(exit code, stdout, stderr)"""
    done = subprocess.run([*before, HOLDFAST, *map(str, arguments)], capture_output=True, env=ENVIRONMENT, cwd=FOLDER)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def run(output, *arguments, before=()):
    """Writes a result and gives its content digest."""
    code, out, err = holdfast("run", SMOKE, "--quiet", "--trials", "64", "--output", output, *arguments, before=before)
    assert code == 0, out + err
    return out.split()[-1]


def findings(out):
    """[(path, words)] of the lines that begin with a path."""
    return re.findall(r"(?m)^(/\S*) +(.+)$", out)


def datasets(file, numbers=True):
    """Paths of the variables with values of their own in the file: numbers, or texts."""
    found = []
    file.visititems(lambda name, item: found.append("/" + name) if isinstance(item, h5py.Dataset) and item.size
                    and not item.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension but")
                    and (item.dtype.kind != "O") == numbers else None)
    return found


def offset_of_a_byte(dataset):
    """Where the lowest byte of the first number that is no NaN lies in the file; None if there is none."""
    values = numpy.ravel(dataset[()])
    good = numpy.flatnonzero(~numpy.isnan(values)) if values.dtype.kind == "f" else [0]
    return dataset.id.get_offset() + int(good[0]) * values.dtype.itemsize if len(good) else None


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.digest = run("full.h5", "--record", "all", "--attribution", "cost", "--strata", "STORM:2,3,3")
        with h5py.File(FOLDER / "full.h5") as file:
            cls.offsets = {path: offset_of_a_byte(file[path]) for path in datasets(file)}
            cls.paths = ["/"]
            file.visit(lambda name: cls.paths.append("/" + name))
        cls.offsets = {path: at for path, at in cls.offsets.items() if at is not None}

    def setUp(self):
        self.copy = FOLDER / "copy.h5"
        shutil.copy(FOLDER / "full.h5", self.copy)

    def expect(self, code, *arguments):
        got, out, err = holdfast(*arguments)
        self.assertEqual(got, code, out + err)
        return out, err

    def damaged(self, paths, text=None):
        out, err = self.expect(3, "verify", "copy.h5")
        self.assertEqual(sorted(path for path, _ in findings(out)), sorted(paths), out)
        self.assertIn(f"'copy.h5' is damaged: {len(paths)} of {len(self.paths) - 1} groups and variables", err)
        if text:
            self.assertIn(text, out)

    def flip(self, *offsets):
        with open(self.copy, "r+b") as stream:
            for at in offsets:
                stream.seek(at)
                byte = stream.read(1)[0]
                stream.seek(at)
                stream.write(bytes([byte ^ 1]))

    def test_a_whole_file_is_whole(self):
        out, _ = self.expect(0, "verify", "full.h5")
        self.assertEqual(out, f"whole: {len(self.paths) - 1} groups and variables\ncontent digest {self.digest}\n")
        self.assertTrue({"/attribution", "/sampling", "/trials"} <= set(self.paths))
        self.expect(0, "replay", "full.h5", "--trial", "3", "--output", "story.h5")
        self.expect(0, "verify", "story.h5")

    def test_one_byte_of_every_variable(self):
        """All at once, then some alone."""
        self.assertGreater(len(self.offsets), 150)
        self.assertTrue({"/performance/seconds", "/trials/cost", "/attribution/share"} <= set(self.offsets))
        self.flip(*self.offsets.values())
        self.damaged(self.offsets)
        self.flip(*self.offsets.values())
        self.expect(0, "verify", "copy.h5")
        for path in sorted(self.offsets)[::40]:
            self.flip(self.offsets[path])
            self.damaged([path], "is not what was written")
            self.flip(self.offsets[path])

    def test_texts(self):
        content = self.copy.read_bytes()
        with h5py.File(self.copy) as file:
            texts = {path: file[path][()] for path in ("/inputs/scenario_resolved", "/provenance/job",
                                                      "/provenance/digests")}
        for path, text in texts.items():
            self.assertEqual(content.count(text), 1)
            at = content.index(text) + len(text) // 3
            self.flip(at)
            self.damaged([path])
            self.flip(at)

    def test_attributes_and_what_is_there(self):
        with h5py.File(self.copy, "r+") as file:
            file["summary/estimate"].attrs["long_name"] = "a guess"
            file["stages"].attrs["note"] = 1.5
            file["performance"].attrs["wall_seconds"] = 1e9
            file.attrs["seed"] = numpy.uint64(9)
            del file["hazards/events"]
            file["hazards/mishaps"] = 1.0
        out, err = self.expect(3, "verify", "copy.h5")
        changed = "is not what was written"
        self.assertEqual(dict(findings(out)), {
            "/": changed, "/hazards/events": "is missing", "/hazards/mishaps": "was added", "/performance": changed,
            "/stages": changed, "/summary/estimate": changed})
        self.assertIn("6 of ", err)

    def test_the_content_digest_itself(self):
        with h5py.File(self.copy, "r+") as file:
            file["provenance"].attrs["content_digest"] = "0" * 64
        self.damaged(["/provenance"], f"says content_digest {'0' * 64}; this has {self.digest}")
        self.setUp()
        with h5py.File(self.copy, "r+") as file:
            del file["provenance"].attrs["content_digest"]
        self.damaged(["/provenance"], "says content_digest nothing")
        with h5py.File(self.copy, "r+") as file:
            del file["provenance/digests"]
        out, _ = self.expect(3, "verify", "copy.h5")
        self.assertIn("/provenance/digests  is missing or cannot be read", out)
        with h5py.File(self.copy, "r+") as file:
            file["provenance/digests"] = "\n\n" + "z" * 80 + "\n"
        out, _ = self.expect(3, "verify", "copy.h5")
        self.assertIn("/provenance/digests  is not what was written", out)

    def test_no_results(self):
        self.copy.write_bytes(b"")
        (FOLDER / "folder").mkdir()
        for path, code, text in (("copy.h5", 2, "no HDF5 file"), ("nowhere.h5", 3, "No such file"),
                                 ("folder", 2, "not a plain file")):
            _, err = self.expect(3, "verify", path)
            self.assertIn(text, err)
            for pair in ((path, "full.h5"), ("full.h5", path)):
                _, err = self.expect(code, "diff", *pair)
                self.assertIn(text, err)
        (FOLDER / "folder").rmdir()

    def test_bad_usage(self):
        for arguments in (("verify",), ("verify", "a", "b"), ("diff", "a"), ("diff", "a", "b", "c")):
            _, err = self.expect(2, *arguments)
            self.assertIn(f"found {len(arguments) - 1} files", err)

    def test_files_cut_short(self):
        size = self.copy.stat().st_size
        for left in (size - 1, size // 2, size // 5, 3000, 100):
            os.truncate(self.copy, left)
            _, err = self.expect(3, "verify", "copy.h5")
            self.assertIn("copy.h5", err)
            self.assertIn(holdfast("diff", "full.h5", "copy.h5")[0], (2, 3))

    def test_bytes_anywhere(self):
        """Damage to structure too: found or harmless, never a crash; verify, diff and digest agree on which."""
        whole, found, seen = (FOLDER / "full.h5").read_bytes(), 0, 0
        for seed in range(SEEDS):
            chance, content = random.Random(seed), bytearray(whole)
            for _ in range(1 + seed % 4):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            self.copy.write_bytes(content)
            code, out, err = holdfast("verify", "copy.h5")
            self.assertIn(code, (0, 3), f"seed {seed}: {out}{err}")
            found += code == 3
            difference, digest = holdfast("diff", "full.h5", "copy.h5"), holdfast("summary", "--digest", "copy.h5")
            self.assertIn(difference[0], (0, 1, 2, 3), f"seed {seed}")
            if difference[0] < 2 and digest[0] == 0:
                seen += 1
                self.assertEqual(difference[0] == 0, self.digest in digest[1], f"seed {seed}: {difference}")
            if code == 0:
                self.assertEqual(difference[0], 0, f"seed {seed}: {difference}")
        print(f"{found} of {SEEDS} found, {seen} compared ... ", end="", file=sys.stderr)
        self.assertGreater(found, SEEDS // 2)
        self.assertGreater(seen, 3)


class Diff(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run("a.h5")
        run("seed.h5", "--seed", "2")

    def differ(self, other, code=1):
        got, out, err = holdfast("diff", "a.h5", other)
        self.assertEqual(got, code, out + err)
        return out

    def changed(self, change):
        """Findings between the result and a copy that was changed."""
        shutil.copy(FOLDER / "a.h5", FOLDER / "b.h5")
        with h5py.File(FOLDER / "b.h5", "r+") as file:
            change(file)
        out = self.differ("b.h5")
        self.assertIn(f"\ndifferent: {len({path for path, _ in findings(out)})} of ", out)
        return findings(out)

    def test_the_same_job_on_other_ranks(self):
        run("ranks.h5", "--block", "16", before=(MPIEXEC, "-n", "2"))
        self.assertRegex(self.differ("ranks.h5", 0), r"^the same content: \d+ groups and variables\n$")
        self.assertRegex(self.differ("a.h5", 0), r"^the same content")

    def test_another_seed_as_numpy_sees_it(self):
        found = dict(findings(self.differ("seed.h5")))
        n_numbers = 0
        with h5py.File(FOLDER / "a.h5") as a, h5py.File(FOLDER / "seed.h5") as b:
            for path in datasets(a):
                if path.split("/")[1] in BESIDE or a[path].shape != b[path].shape:
                    continue
                x, y = numpy.ravel(a[path][()]), numpy.ravel(b[path][()])
                lost_x, lost_y = numpy.isnan(x), numpy.isnan(y)
                apart = (x != y) & ~(lost_x & lost_y)
                self.assertEqual(bool(apart.any()), path in found, path)
                if not apart.any():
                    continue
                words, n_lost = found[path], int((lost_x != lost_y).sum())
                self.assertIn(f"{apart.sum()} of {x.size} differ", words)
                self.assertEqual(f", {n_lost} missing in one;" in words, n_lost > 0, words)
                both = apart & ~lost_x & ~lost_y
                if both.any():
                    x, y = x[both].astype(float), y[both].astype(float)
                    most, relative = abs(x - y).max(), (abs(x - y) / numpy.maximum(abs(x), abs(y))).max()
                    self.assertIn(f"by at most {most:.3g} (relative {relative:.3g})", words)
                    n_numbers += 1
        self.assertGreater(n_numbers, 50)

    def test_numbers_words_and_missing_ones(self):
        def change(file):
            value = file["summary/estimate"]
            value[1, 2, 3] += 0.5
            value[0, 1, 1] *= -1
            value[1, 0, 0] = numpy.nan
            file["hazards/trials_struck"][0, 1] += 7
            policy = file["weekly/policy"][()]
            file["weekly/policy"][()] = [policy[0], b"nearer"]
        with h5py.File(FOLDER / "a.h5") as file:
            first, shape = file["summary/estimate"][0, 1, 1], file["summary/estimate"].shape
            struck = file["hazards/trials_struck"][0, 1]
        found = dict(self.changed(change))
        self.assertEqual(set(found), {"/summary/estimate", "/hazards/trials_struck", "/weekly/policy"})
        self.assertRegex(found["/summary/estimate"],
                         rf"^3 of {numpy.prod(shape)} differ by at most .+, 1 missing in one; first at policy 0, metric 1,"
                         rf" statistic 1: {re.escape(f'{first:.17g}')} and {re.escape(f'{-first:.17g}')}$")
        self.assertEqual(found["/hazards/trials_struck"], f"1 of 4 differ by at most 7 (relative {7 / (struck + 7):.3g}); "
                         f"first at policy 0, hazard 1: {struck:.17g} and {struck + 7:.17g}")
        self.assertEqual(found["/weekly/policy"], '1 of 2 differ; first at policy 1: "closer" and "nearer"')

    def test_any_nan_is_any_other_and_zero_has_a_sign(self):
        with h5py.File(FOLDER / "a.h5") as file:
            path = next(path for path in datasets(file) if numpy.isnan(file[path][()]).any())
            place = numpy.argwhere(numpy.isnan(file[path][()]))[0]
        other = numpy.uint64(0xFFF800000000BEEF).view("f8")
        shutil.copy(FOLDER / "a.h5", FOLDER / "nan.h5")
        with h5py.File(FOLDER / "nan.h5", "r+") as file:
            file[path][tuple(place)] = other
            self.assertEqual(file[path][tuple(place)].view("u8"), other.view("u8"))
        self.differ("nan.h5", 0)
        code, out, err = holdfast("verify", "nan.h5")
        self.assertEqual(code, 0, out + err)

        for name, zero in (("plus.h5", 0.0), ("minus.h5", -0.0)):
            shutil.copy(FOLDER / "a.h5", FOLDER / name)
            with h5py.File(FOLDER / name, "r+") as file:
                file["summary/estimate"][0, 0, 0] = zero
        code, out, _ = holdfast("diff", "plus.h5", "minus.h5")
        self.assertEqual(code, 1)
        self.assertIn("differ by at most 0 (relative 0); first at policy 0, metric 0, statistic 0: 0 and -0\n", out)

    def test_attributes_types_and_shapes(self):
        def change(file):
            file["summary/estimate"].attrs["units"] = "kg"
            file["stages"].attrs["note"] = "x" * 100
            del file.attrs["title"]
            file.attrs["confidence"] = "0.95"
            del file["performance"], file["tail"]
            del file["hazards/events"]
            file.create_group("hazards/events")
        found = self.changed(change)
        with h5py.File(FOLDER / "a.h5") as file:
            title = file.attrs["title"]
        self.assertEqual(set(found), {
            ("/", 'attribute confidence: double 0.94999999999999996 and string "0.95"'),
            ("/", f'attribute title: only in a.h5: "{title}"'),
            ("/hazards/events", "a variable and a group"),
            ("/stages", "attribute note: only in b.h5: a text of 100 bytes"),
            ("/summary/estimate", 'attribute units: "metric_unit" and "kg"'),
            ("/tail", "only in a.h5")})

    def test_fewer_policies_and_more_groups(self):
        run("one.h5", "--policies", "baseline")
        found = findings(self.differ("one.h5"))
        self.assertIn(("/differences", "only in a.h5"), found)
        self.assertFalse([path for path, _ in found if path.startswith("/differences/")])
        self.assertIn("double (policy 2, metric ", dict(found)["/summary/estimate"])
        run("asked.h5", "--attribution", "cost", "--strata", "STORM:2,3,3")
        found = findings(self.differ("asked.h5"))
        self.assertTrue({("/attribution", "only in asked.h5"), ("/sampling", "only in asked.h5")} <= set(found))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        FOLDER = pathlib.Path(name)
        unittest.main(argv=["test_verify.py", "-v"])
