"""The rules of the house that can be checked by reading: each check takes the repository's root and
gives a list of sentences, one for each thing that is wrong. What is true is written in src/README.md;
only the standard library is used here."""

import json
import re
import shlex
import subprocess
from pathlib import Path

BIT_LAW_LAYERS = {"base", "rng", "plan", "shock", "sim", "stats"}
MAX_LINES = 500
CODE = {".c", ".h", ".cpp", ".py", ".sh", ".cmake", ".sbatch"}
NOT_UNIQUE = {"CMakeLists.txt", "README.md", "run.sh", "__init__.py"}

LIBRARIES = {  # of headers in <>
    "MPI": r"mpi.*\.h|openmpi/.*",
    "HDF5": r"hdf5.*\.h|H5.*\.h",
    "cJSON": r"cJSON.*\.h|cjson/.*",
    "OpenSSL": r"openssl/.*",
}
SYSTEM_HEADERS = set(
    """assert ctype errno fcntl fenv float getopt inttypes langinfo limits locale pwd signal spawn
    stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings time unistd
    dirent libgen malloc poll sys/stat sys/statvfs sys/types sys/wait sys/time sys/resource sys/file
    sched sys/ioctl sys/mman sys/utsname sys/sysinfo sys/uio cpuid immintrin arm_neon""".split()
)
LIBM = """acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp10 exp2 expm1
    fabs fdim floor fma fmax fmin fmod frexp hypot ilogb ldexp lgamma lgamma_r llrint llround log log10
    log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward pow pow10 powi remainder remquo
    rint round roundeven scalb scalbln scalbn sin sincos sinh sqrt tan tanh tgamma trunc j0 j1 jn y0 y1
    yn drand48 erand48""".split()
FAST_MATH = """-ffast-math -Ofast -funsafe-math-optimizations -fassociative-math -freciprocal-math
    -ffinite-math-only -fno-signed-zeros -fsingle-precision-constant -mrecip -mdaz-ftz
    -fno-honor-nans -fno-honor-infinities -fapprox-func -fdenormal-fp-math=preserve-sign""".split()
BIT_LAW_FLAGS = {  # the last word of each family must be the one on the left
    "-ffp-contract=off": r"-ffp-contract=.*",
    "-fno-math-errno": r"-f(no-)?math-errno",
    "-fno-trapping-math": r"-f(no-)?trapping-math",
}


def source_files(root):
    """All C files of src, sorted."""
    return sorted(p for p in (root / "src").rglob("*") if p.suffix in {".c", ".h"})


def layer_of(root, path):
    return path.relative_to(root / "src").parts[0]


def without_comments_and_strings(text):
    """C source with comments and the insides of literals blanked; lines stay where they are."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())

    return re.sub(pattern, blank, text, flags=re.S)


def includes(path):
    """(line, quoted?, name) of each #include."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def dependency_table(root):
    """{layer: (layers it may include, libraries)} from src/README.md."""
    table = {}
    text = (root / "src/README.md").read_text()
    match = re.search(r"^\| layer \| may include \|.*?\n((?:\|.*\n)+)", text, re.M)
    for row in match.group(1).splitlines()[1:] if match else []:
        layer, layers, libraries = [cell.strip() for cell in row.strip("| \n").split("|")]
        libraries = set(re.findall(r"\w+", libraries)) - {"none"}
        table[layer] = (set(re.findall(r"\w+", layers)), libraries)
    return table


def check_table(root):
    table, problems = dependency_table(root), []
    layers = {p.name for p in (root / "src").iterdir() if p.is_dir()}
    if not table:
        return ["src/README.md: no table that begins with '| layer | may include |'"]
    for layer in sorted(layers ^ set(table)):
        where = "the dependency table but not in src" if layer in table else "src but not in the table"
        problems.append(f"src/README.md: layer {layer} is in {where}")
    for layer, (allowed, libraries) in table.items():
        for name in sorted(allowed - set(table)) + sorted(libraries - set(LIBRARIES)):
            problems.append(f"src/README.md: the table's row {layer} names {name}, which nobody knows")
        below = list(table)[: list(table).index(layer) + 1]
        for name in sorted(allowed & set(table) - set(below)):
            problems.append(f"src/README.md: the table lets {layer} include {name}, which stands above it")
    return problems


def library_of(header):
    for library, pattern in LIBRARIES.items():
        if re.fullmatch(pattern, header):
            return library
    return None


def check_include(root, table, path, quoted, name):
    """What is wrong with one #include, or None."""
    layer = layer_of(root, path)
    allowed, libraries = table.get(layer, (set(), set()))
    if quoted:
        target = name.split("/")[0]
        if name.count("/") != 1 or target not in table:
            return f'"{name}" does not name a layer and a file'
        if target not in allowed:
            return f"layer {layer} may not include {target} (src/README.md's table)"
        return None if (root / "src" / name).is_file() else f'"{name}" does not exist'
    library = library_of(name)
    if library == "MPI" and path.name != "comm_mpi.c":
        return "comm_mpi.c alone names MPI"
    if library and library not in libraries:
        return f"layer {layer} may not use {library} (src/README.md's table)"
    if layer in BIT_LAW_LAYERS and name in {"math.h", "tgmath.h", "complex.h", "fenv.h"}:
        if not (name == "fenv.h" and path.name == "number.c"):
            return f"<{name}> in a layer under the bit law"
    if not library and name.removesuffix(".h") not in SYSTEM_HEADERS | {"math"}:
        return f"<{name}> is neither a system header known to house.py nor a library in the table"
    return None


def check_includes(root):
    table, problems = dependency_table(root), []
    for path in source_files(root):
        for number, quoted, name in includes(path):
            wrong = check_include(root, table, path, quoted, name)
            if wrong:
                problems.append(f"{path.relative_to(root)}:{number}: {wrong}")
    return problems


def check_targets(root):
    """Each layer's CMake target links what the table allows, and compiles every file there is."""
    table, problems = dependency_table(root), []
    library_targets = {"MPI": "MPI::", "HDF5": "hdf5::", "cJSON": "PkgConfig::CJSON", "OpenSSL": "OpenSSL::"}
    for layer, (allowed, libraries) in table.items():
        lists = root / "src" / layer / "CMakeLists.txt"
        if not lists.is_file():
            problems.append(f"src/{layer}: no CMakeLists.txt")
            continue
        text = re.sub(r"#.*", "", lists.read_text())
        call = re.search(r"(?:hf_layer|add_executable)\s*\((.*?)\)", text, re.S)
        words = call.group(1).split() if call else []
        depends = set(words[words.index("DEPENDS") + 1 :]) & set(table) if "DEPENDS" in words else set()
        depends |= set(re.findall(r"\bhf_(\w+)", text)) & set(table) - {"layer"}
        for name in sorted(depends - allowed - {layer}):
            problems.append(f"src/{layer}/CMakeLists.txt: links {name}, which the table does not allow")
        for library, target in library_targets.items():
            if target in text and library not in libraries:
                problems.append(f"src/{layer}/CMakeLists.txt: links {library}, which the table does not allow")
        for path in sorted((root / "src" / layer).glob("*.c")):
            if not re.search(rf"(?<![\w/]){re.escape(path.name)}\b", text):
                problems.append(f"{path.relative_to(root)}: src/{layer}/CMakeLists.txt does not compile it")
    return problems


def listed_files(root):
    """Files of src/README.md's list: backticked names before the colon of each item, below '### layer'."""
    listed, layer = [], None
    for line in (root / "src/README.md").read_text().splitlines():
        heading = re.match(r"#+ (.*)", line)
        if heading:
            match = re.fullmatch(r"`(?:src/)?(\w*)/?`.*", heading.group(1))
            layer = match.group(1) if match else None
        item = re.match(r"- (`[^:]*):", line)
        if item and layer is not None:
            folder = "" if layer == "src" else f"{layer}/"
            listed += [folder + name for name in re.findall(r"`([^`]+)`", item.group(1))]
    return listed


def check_file_list(root):
    src = root / "src"
    files = {
        str(p.relative_to(src))
        for p in src.rglob("*")
        if p.is_file() and not (p.name == "CMakeLists.txt" and p.parent != src)
    } - {"README.md"}
    listed = listed_files(root)
    problems = [f"src/README.md: lists {f} twice" for f in sorted({f for f in listed if listed.count(f) > 1})]
    problems += [f"src/README.md: does not list {f}" for f in sorted(files - set(listed))]
    return problems + [f"src/README.md: lists {f}, which does not exist" for f in sorted(set(listed) - files)]


def check_no_libm(root):
    names = "|".join(LIBM)
    call = re.compile(rf"(?<![\w.>])(?:(?:{names})[fl]?|(?:__builtin_)(?:{names})[fl]?)\s*\(")
    problems = []
    for path in source_files(root):
        if layer_of(root, path) not in BIT_LAW_LAYERS:
            continue
        for number, line in enumerate(without_comments_and_strings(path.read_text()).splitlines(), 1):
            found = [m for m in call.findall(line) if not re.match(r"__builtin_(sqrt|fabs|copysign|nan)\s*\(", m)]
            found += re.findall(r"\b\w*fn?m(?:add|sub)\w*\b|\b(?:__builtin_)?fma[fl]?\b", line)
            for word in found:
                problems.append(f"{path.relative_to(root)}:{number}: {word.rstrip('( ')} breaks the bit law, rule 2")
    return problems


def is_ours(root, path):
    parts = path.relative_to(root).parts
    return path.is_file() and not parts[0].startswith("build") and not {".git", "__pycache__"} & set(parts)


def check_names_and_lengths(root):
    problems, seen = [], {}
    for folder in ("src", "tests", "jobs", "slurm", "analysis", ".ci"):
        for path in sorted(p for p in (root / folder).rglob("*") if is_ours(root, p)):
            if path.suffix not in CODE and path.name != "CMakeLists.txt":
                continue
            name = path.relative_to(root)
            n_lines = len(path.read_text().splitlines())
            if n_lines > MAX_LINES:
                problems.append(f"{name}: {n_lines} lines; at most {MAX_LINES}")
            if path.name not in NOT_UNIQUE and path.name in seen:
                problems.append(f"{name}: {seen[path.name]} has the same name")
            seen[path.name] = name
    return problems


def check_references(root):
    """Comments cite papers as [Key1234]; src/REFERENCES.md has a row for each, and no other."""
    text = (root / "src/REFERENCES.md").read_text()
    known = set(re.findall(r"^\| (\w+\d{4}) \|", text, re.M))
    cited = {}
    for path in sorted(p for p in (root / "src").rglob("*") if p.suffix in {".c", ".h"}):
        for key in re.findall(r"\[([A-Z][A-Za-z]+\d{4})\]", path.read_text()):
            cited.setdefault(key, path.relative_to(root))
    problems = [f"{path}: cites {key}, which src/REFERENCES.md lacks" for key, path in cited.items() if key not in known]
    return problems + [f"src/REFERENCES.md: nothing cites {key}" for key in sorted(known - set(cited))]


def check_format(root, folders=("src", "tests")):
    files = [p for d in folders for p in (root / d).rglob("*") if p.suffix in {".c", ".h"}]
    command = ["clang-format", "--dry-run", "--Werror", *map(str, sorted(files))]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    found = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", done.stderr, re.M)))
    if done.returncode and not found:
        return [f"clang-format: {done.stderr.strip()[:500]}"]
    return [f"{Path(f).relative_to(root)}: clang-format would change it" for f in found]


def check_compile_commands(root, build):
    """The bit law's flags have the last word for its layers, and nothing anywhere asks for fast math."""
    problems, n_checked = [], 0
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["file"])
        words = entry.get("arguments") or shlex.split(entry["command"])
        name = path.relative_to(root) if path.is_relative_to(root) else path
        problems += [f"{name}: compiled with {w}" for w in words if w in FAST_MATH]
        if name.parts[0] != "src" or name.parts[1] not in BIT_LAW_LAYERS:
            continue
        n_checked += 1
        for flag, family in BIT_LAW_FLAGS.items():
            last = [w for w in words if re.fullmatch(family, w)][-1:]
            if last != [flag]:
                problems.append(f"{name}: compiled with {last[0] if last else 'no'} instead of {flag}")
    for line in (build / "CMakeCache.txt").read_text().splitlines():
        if re.match(r"CMAKE_\w*FLAGS\w*:", line) and set(line.split("=", 1)[1].split()) & set(FAST_MATH):
            problems.append(f"CMakeCache.txt: {line}")
    if n_checked == 0:
        problems.append(f"{build}/compile_commands.json: no file of a layer under the bit law")
    return problems


def check_symbols(build):
    """No library of a layer under the bit law asks libm for anything."""
    problems = []
    functions = {name + suffix for name in LIBM for suffix in ("", "f", "l")}
    for layer in sorted(BIT_LAW_LAYERS):
        for library in build.glob(f"src/{layer}/libhf_{layer}.a"):
            done = subprocess.run(["nm", "-u", str(library)], capture_output=True, text=True, check=True)
            found = {w.split("@")[0] for w in re.findall(r"^\s+U (\S+)", done.stdout, re.M)} & functions
            problems += [f"libhf_{layer}.a: needs {f} of libm" for f in sorted(found)]
    return problems


TREE_CHECKS = [
    check_table,
    check_includes,
    check_targets,
    check_file_list,
    check_no_libm,
    check_references,
    check_names_and_lengths,
]  # and check_format, where there is clang-format: it is slow
