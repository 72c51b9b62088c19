"""The house is as src/README.md says, and every rule bites.

usage: test_house.py [--build DIR] [--cmake CMAKE]   (DIR has compile_commands.json and the libraries)
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import house

ROOT = Path(__file__).resolve().parents[2]
ARGS = argparse.Namespace(build=None, cmake="cmake")


class TheTree(unittest.TestCase):
    """One test a rule, on the tree as it is."""

    maxDiff = None

    def nothing_wrong(self, problems):
        self.assertEqual([], problems, "\n" + "\n".join(problems))

    def test_dependency_table(self):
        self.nothing_wrong(house.check_table(ROOT))

    def test_includes(self):
        self.nothing_wrong(house.check_includes(ROOT))

    def test_targets(self):
        self.nothing_wrong(house.check_targets(ROOT))

    def test_file_list(self):
        self.nothing_wrong(house.check_file_list(ROOT))

    def test_no_libm(self):
        self.nothing_wrong(house.check_no_libm(ROOT))

    def test_names_and_lengths(self):
        self.nothing_wrong(house.check_names_and_lengths(ROOT))

    def test_references(self):
        self.nothing_wrong(house.check_references(ROOT))

    @unittest.skipUnless(shutil.which("clang-format"), "clang-format is not installed")
    def test_format(self):
        self.nothing_wrong(house.check_format(ROOT))

    def test_compile_commands(self):
        if not ARGS.build:
            self.skipTest("no --build directory given")
        self.nothing_wrong(house.check_compile_commands(ROOT, ARGS.build))
        self.nothing_wrong(house.check_symbols(ARGS.build))

    def test_user_flags_cannot_undo_the_bit_law(self):
        with tempfile.TemporaryDirectory(prefix="a build with spaces ") as build:
            flags = "-DCMAKE_C_FLAGS=-ffp-contract=fast -fmath-errno -ftrapping-math"
            command = [ARGS.cmake, "-S", str(ROOT), "-B", build, "-DBUILD_TESTING=OFF", flags]
            subprocess.run(command, check=True, capture_output=True)
            self.nothing_wrong(house.check_compile_commands(ROOT, Path(build)))


def replace(path, old, new):
    text = path.read_text()
    assert old in text, f"{path} has no {old!r}: choose another mutation"
    path.write_text(text.replace(old, new, 1))


def append(path, text):
    path.write_text(path.read_text() + text)


# name, what breaks it (given the root of a copy), what must be said
MUTATIONS = [
    ("an unknown paper", lambda r: append(r / "src/base/hash.h", "/* [Nobody1999] */\n"), "cites Nobody1999"),
    ("an uncited paper", lambda r: append(r / "src/REFERENCES.md", "| Idle2001 | x |\n"), "nothing cites Idle2001"),
    ("a file nobody lists", lambda r: (r / "src/base/stray.h").write_text(""), "does not list base/stray.h"),
    ("a file that is gone", lambda r: (r / "src/base/check.h").unlink(), "lists base/check.h, which does not"),
    ("a listed name twice", lambda r: append(r / "src/README.md", "\n### `base/`\n- `check.c`: x\n"), "check.c twice"),
    ("a layer without a row", lambda r: (r / "src/zoo").mkdir(), "layer zoo is in src but not in the table"),
    ("no table", lambda r: replace(r / "src/README.md", "| may include |", "| uses |"), "no table"),
    (
        "a table that points upward",
        lambda r: replace(r / "src/README.md", "| base | base |", "| base | base rng |"),
        "lets base include rng",
    ),
    ("an include upward", lambda r: append(r / "src/base/check.c", '#include "io/json.h"\n'), "base may not include io"),
    (
        "sim that draws",
        lambda r: append(r / "src/sim/batch.h", '#include "rng/stream.h"\n'),
        "sim may not include rng",
    ),
    ("an include without a layer", lambda r: append(r / "src/base/check.c", '#include "check.h"\n'), "does not name a"),
    ("an include of nothing", lambda r: append(r / "src/base/check.c", '#include "base/no.h"\n'), "does not exist"),
    ("MPI in io", lambda r: append(r / "src/io/table.h", "#include <mpi.h>\n"), "comm_mpi.c alone names MPI"),
    ("MPI in parallel", lambda r: append(r / "src/parallel/comm.c", "#  include <mpi.h>\n"), "alone names MPI"),
    ("HDF5 in stats", lambda r: append(r / "src/base/check.c", "#include <hdf5.h>\n"), "base may not use HDF5"),
    ("cJSON in run", lambda r: append(r / "src/plan/plan.h", "#include <cjson/cJSON.h>\n"), "plan may not use cJSON"),
    ("a new library", lambda r: append(r / "src/base/check.c", "#include <curl/curl.h>\n"), "<curl/curl.h> is neither"),
    ("math.h", lambda r: append(r / "src/base/check.c", "#include <math.h>\n"), "<math.h> in a layer under"),
    ("a target that links upward", lambda r: replace(r / "src/sim/CMakeLists.txt", " plan", " plan rng"), "links rng"),
    (
        "a target that links MPI",
        lambda r: replace(r / "src/sim/CMakeLists.txt", " plan", " plan EXTERNAL MPI::MPI_C"),
        "links MPI",
    ),
    ("a file not compiled", lambda r: (r / "src/base/stray.c").write_text(""), "CMakeLists.txt does not compile it"),
    ("pow", lambda r: append(r / "src/base/check.c", "double f(double x) { return pow(x, 2); }\n"), "pow breaks"),
    ("floorf", lambda r: append(r / "src/rng/pcg.h", "#define F(x) (1 + floorf (x))\n"), "floorf breaks"),
    ("a builtin", lambda r: append(r / "src/base/check.c", "#define F __builtin_fma(1., 2., 3.)\n"), "fma breaks"),
    ("an intrinsic", lambda r: append(r / "src/base/check.c", "#define F _mm256_fmadd_pd\n"), "fmadd_pd breaks"),
    ("a name twice", lambda r: (r / "tests/mpi/check.h").write_text(""), "has the same name"),
    ("501 lines", lambda r: (r / "tests/mpi/long.c").write_text("\n" * 501), "501 lines; at most 500"),
]

# what must not be taken for a mistake
HARMLESS = [
    lambda r: append(r / "src/base/check.c", "/* pow(x, 2) and fma */\n"),
    lambda r: append(r / "src/base/check.c", 'const char *hf_words = "exp(x) // log(x)";\n'),
    lambda r: append(r / "src/base/check.c", "double hf_log(double);\n#define HF_Y(x) (hf_log(x) + x.exp (x))\n"),
]


class EveryRuleBites(unittest.TestCase):
    """Each mutation of a copy of the tree is found, and nothing else is said about it."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.copy = Path(folder.name) / "copy"
        shutil.copytree(ROOT / "src", cls.copy / "src")
        shutil.copytree(ROOT / "tests/mpi", cls.copy / "tests/mpi")
        shutil.copy(ROOT / ".clang-format", cls.copy)
        cls.originals = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in cls.copy.rglob("*") if p.is_file()}

    def tearDown(self):
        self.restore()

    def restore(self):
        for path in sorted(self.copy.rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
            elif path.is_file() and path not in self.originals:
                path.unlink()
        for path, (time, content) in self.originals.items():
            if not path.exists() or path.stat().st_mtime_ns != time:
                path.write_bytes(content)

    def problems_after(self, mutate):
        self.restore()
        mutate(self.copy)
        return [problem for check in house.TREE_CHECKS for problem in check(self.copy)]

    def test_mutations(self):
        before = set(self.problems_after(lambda root: None))
        for name, mutate, said in MUTATIONS:
            with self.subTest(name):
                new = [p for p in self.problems_after(mutate) if p not in before]
                self.assertTrue(any(said in p for p in new), f"{name}: {new}")

    @unittest.skipUnless(shutil.which("clang-format"), "clang-format is not installed")
    def test_format(self):
        self.problems_after(lambda root: append(root / "src/parallel/comm.h", "int   x ;\n"))
        problems = house.check_format(self.copy, ["src/parallel"])
        self.assertEqual(["src/parallel/comm.h: clang-format would change it"], problems)

    def test_harmless(self):
        before = set(self.problems_after(lambda root: None))
        for mutate in HARMLESS:
            new = [p for p in self.problems_after(mutate) if p not in before]
            self.assertEqual([], new)

    def test_flags(self):
        good = "-O3 -ffp-contract=fast -fmath-errno -ffp-contract=off -fno-math-errno -fno-trapping-math"
        cases = {
            good: None,
            good.replace("-ffp-contract=off ", ""): "-ffp-contract=fast instead of -ffp-contract=off",
            good + " -ffp-contract=on": "-ffp-contract=on instead",
            good.replace("-fno-trapping-math", ""): "no instead of -fno-trapping-math",
            good + " -ffast-math": "compiled with -ffast-math",
            good + " -Ofast": "compiled with -Ofast",
        }
        build = self.copy / "build"
        build.mkdir()
        for flags, said in cases.items():
            file = ROOT / "src/sim/batch.c"
            entry = f'[{{"directory": "/", "file": "{file}", "command": "cc {flags} -c {file}"}}]'
            (build / "compile_commands.json").write_text(entry)
            (build / "CMakeCache.txt").write_text("CMAKE_C_FLAGS:STRING=-O2\n")
            problems = house.check_compile_commands(ROOT, build)
            self.assertEqual([], problems) if said is None else self.assertIn(said, "".join(problems))
        (build / "CMakeCache.txt").write_text("CMAKE_EXE_LINKER_FLAGS:STRING=-s -ffast-math\n")
        self.assertIn("LINKER_FLAGS", "".join(house.check_compile_commands(ROOT, build)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=lambda p: Path(p).resolve())
    parser.add_argument("--cmake", default="cmake")
    ARGS, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest, verbosity=2)
