#!/usr/bin/python3
"""The documents are true: their commands run, their Python runs on a real result, the output they show is what the
program prints, they name every field, variable and option and no other, and their links lead somewhere.

usage: test_docs.py HOLDFAST SOURCE_DIR

A block marked <!-- not run: REASON --> is listed as skipped. A ```text block marked <!-- output --> must stand in what
the ```sh block before it prints; a line `...` in it stands for any lines.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

os.environ["MPLBACKEND"] = "Agg"
import h5py

HOLDFAST, SOURCE = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
DOCUMENTS = ["README.md", "inputs/README.md", "analysis/README.md", "slurm/README.md"]
LINKED_ONLY = ["src/README.md"]
NO_COPY = shutil.ignore_patterns("build", ".git", "results", "*.h5", "__pycache__")
LIBRARY = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_FillValue"}
problems = []


def complain(where, text):
    problems.append(f"{where}: {text}")
    print(f"WRONG: {where}: {text}", flush=True)


# --- Markdown ---

class Block:
    """A fenced block: language, text, line of its fence, and the comment right above it."""

    def __init__(self, document, line, language, text, mark):
        self.where, self.language, self.text, self.mark = f"{document}:{line}", language, text, mark


def blocks_of(document):
    lines = (SOURCE / document).read_text().split("\n")
    found, inside, above = [], None, ""
    for number, line in enumerate(lines, 1):
        fence = re.fullmatch(r"( *)```(\w*)", line)
        if inside is None and fence:
            inside = (number, fence[2], [], above)
        elif inside is not None and fence:
            found.append(Block(document, inside[0], inside[1], "\n".join(inside[2]), inside[3]))
            inside, above = None, ""
        elif inside is not None:
            inside[2].append(line)
        elif line.strip():
            above = line.strip()
    if inside is not None:
        complain(f"{document}:{inside[0]}", "the block does not end")
    return found


def prose_of(document):
    """The text without its fenced blocks."""
    return re.sub(r"(?ms)^ *```\w*\n.*?^ *```$", "", (SOURCE / document).read_text())


def code_of(text):
    """Everything in code: fenced blocks and `spans`."""
    fenced = re.findall(r"(?ms)^ *```\w*\n(.*?)^ *```$", text)
    rest = re.sub(r"(?ms)^ *```\w*\n.*?^ *```$", "", text)
    return fenced + re.findall(r"`([^`\n]+)`", rest)


def words_of(text):
    return set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", "\n".join(code_of(text))))


def section_of(document, heading):
    """From a heading to the next of its level or above."""
    text = (SOURCE / document).read_text()
    match = re.search(rf"(?m)^(#+) {re.escape(heading)}$", text)
    if not match:
        complain(document, f"no section '{heading}'")
        return ""
    rest = text[match.end():]
    end = re.search(rf"(?m)^#{{1,{len(match[1])}}} ", rest)
    return rest[: end.start()] if end else rest


def first_column(text, head):
    """Names in code in the first column of the tables under `head`."""
    names = set()
    for table in re.findall(rf"(?m)^\| {head} \|.*\n\|[-|]+\n((?:\|.*\n?)+)", text):
        for row in table.strip().split("\n"):
            names |= set(re.findall(r"`([^`]+)`", row.split("|")[1]))
    return names


# --- what can be run ---

def shows(output, wanted):
    """Whether the lines of `wanted` stand in `output`, in order; between `...` and `...` without a gap."""
    have, at = [line.rstrip() for line in output.split("\n")], 0
    for part in re.split(r"(?m)^\.\.\.$\n?", wanted):
        lines = [line.rstrip() for line in part.strip("\n").split("\n")]
        places = [i for i in range(at, len(have) - len(lines) + 1) if have[i:i + len(lines)] == lines]
        if not places:
            return False
        at = places[0] + len(lines)
    return True


def run_shell(block, folder):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", block.text], cwd=folder, text=True, timeout=240,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        complain(block.where, f"exit code {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


def run_python(block, names):
    try:
        exec(compile(block.text, block.where, "exec"), names)
    except Exception as error:
        complain(block.where, f"{type(error).__name__}: {error}")


def run_blocks(document, folder):
    output, names, counts = "", {}, {"sh": 0, "python": 0, "text": 0}
    for block in blocks_of(document):
        reason = re.fullmatch(r"<!-- not run: (.+) -->", block.mark)
        is_output = block.language == "text" and block.mark == "<!-- output -->"
        if block.language not in ("sh", "python") and not is_output:
            continue
        if reason:
            print(f"SKIPPED: {block.where}: {reason[1]}", flush=True)
            continue
        counts[block.language] += 1
        if block.language == "sh":
            output = run_shell(block, folder)
        elif block.language == "python":
            run_python(block, names)
        elif not shows(output, block.text):
            complain(block.where, f"the output is not what the block above prints, which is\n{output}")
    print(f"{document}: ran {counts['sh']} shell and {counts['python']} Python blocks, compared {counts['text']} "
          "outputs", flush=True)


# --- the scenario reference ---

def names_in_schema(schema):
    """Fields, and the words that a field may be."""
    if isinstance(schema, list):
        return set().union(*map(names_in_schema, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    own = {word for word in schema.get("enum", []) if isinstance(word, str)}
    own |= {schema["const"]} if isinstance(schema.get("const"), str) else set()
    properties = schema.get("properties", {})
    return own.union(properties, *(names_in_schema(value) for value in schema.values()))


def check_fields():
    code, known = "\n".join(code_of((SOURCE / "inputs/README.md").read_text())), set()
    for path in ("inputs/scenario.schema.json", "jobs/job.schema.json"):
        names = names_in_schema(json.loads((SOURCE / path).read_text()))
        for name in sorted(names):
            if not re.search(rf"(?<![\w/]){re.escape(name)}(?![\w/])", code):
                complain("inputs/README.md", f"'{name}' of {path} is not mentioned")
        known |= names
        print(f"{path}: {len(names)} names")
    text = section_of("inputs/README.md", "1. What a scenario holds") + section_of("inputs/README.md", "Jobs")
    for name in sorted(first_column(text, "field") - known):
        complain("inputs/README.md", f"'{name}' is documented and in no schema")


def check_tutorial():
    pieces = [block.text for block in blocks_of("inputs/README.md") if block.language == "jsonc"]
    text = re.sub(r"(?m)\s+// .*$", "", "\n".join(pieces))
    try:
        shown = json.loads(text)
    except ValueError as error:
        complain("inputs/README.md", f"the pieces of the tutorial are no JSON together: {error}")
        return
    if shown != json.loads((SOURCE / "inputs/tutorial.json").read_text()):
        complain("inputs/README.md", "the pieces of the tutorial together are not inputs/tutorial.json")


def check_examples():
    for block in blocks_of("inputs/README.md"):
        if block.language == "json":
            json.loads(block.text)


# --- the result reference ---

def written_out(names):
    """Names with <series> replaced by every series and <metric> by the one whose causes are asked for."""
    of_series = {n.replace("<series>", s) for n in names for s in ("service", "late_backlog", "shipments", "demand")}
    return {n.replace("<metric>", ATTRIBUTED) for n in of_series}


def expanded(words_text, metrics):
    """Names in code, written out."""
    names = {name for span in code_of(words_text) for name in re.findall(r"[\w<>]+", span)}
    return written_out(names) | (metrics if "every metric" in words_text.lower() else set())


RESULTS = ["all.h5", "rare.h5", "why.h5", "rough.h5", "sure.h5"]  # together they have every variable
ATTRIBUTED = "peak_backlog"
SECTIONS = {"": "Root", "summary": "Summary", "distribution": "Distribution", "exceedance": "Exceedance",
            "differences": "Differences", "weekly": "Weekly", "stages": "Stages", "hazards": "Hazards",
            "tail": "Tail", "trials": "Trials", "convergence": "Convergence", "sampling": "Sampling",
            "attribution": "Attribution", "uncertainty": "Uncertainty",
            "inputs": "Inputs", "provenance": "Provenance and performance",
            "performance": "Provenance and performance"}


class Group:
    """What a group holds in any of several results."""

    def __init__(self):
        self.attributes, self.variables = set(), {}

    def add(self, group):
        self.attributes |= set(group.attrs)
        for name, item in group.items():
            if isinstance(item, h5py.Dataset):
                self.variables.setdefault(name, set()).update(set(item.attrs) - LIBRARY)


def groups_of(files):
    groups = {"": Group()}
    for file in files:
        groups[""].add(file)
        file.visititems(lambda name, item: groups.setdefault(name, Group()).add(item)
                        if isinstance(item, h5py.Group) else None)
    return groups


def check_group(path, group, metrics, everywhere):
    section = section_of("analysis/README.md", SECTIONS[path.split("/")[0]])
    known = expanded(section, metrics) | everywhere
    for name, attributes in group.variables.items():
        if name not in known:
            complain("analysis/README.md", f"/{path}/{name} is not mentioned")
        for attribute in attributes - known - {"comment", "method"}:
            complain("analysis/README.md", f"attribute {attribute} of /{path}/{name} is not mentioned")
    for attribute in group.attributes - known:
        complain("analysis/README.md", f"attribute {attribute} of /{path} is not mentioned")
    for name in written_out(first_column(section, "variable")) - set(group.variables) - metrics:
        complain("analysis/README.md", f"{name} is documented and not in /{path}")
    for name in first_column(section, "attribute") - group.attributes:
        complain("analysis/README.md", f"attribute {name} is documented and not in /{path}")


def check_results(paths):
    everywhere = words_of(section_of("analysis/README.md", "What holds everywhere"))
    files = [h5py.File(path) for path in paths]
    metrics = {name.decode() for name in files[0]["summary/metric"][()]}
    groups = groups_of(files)
    for name, group in groups.items():
        if name.split("/")[0] not in SECTIONS:
            complain("analysis/README.md", f"group /{name} is not mentioned")
        elif name != "distribution":
            check_group(name, group, metrics, everywhere)
    for name in set(SECTIONS) - set(groups):
        complain("analysis/README.md", f"group /{name} is documented and in no result")
    for statistic in files[0]["summary/statistic"][()]:
        if statistic.decode() not in words_of(section_of("analysis/README.md", "Summary")):
            complain("analysis/README.md", f"statistic {statistic.decode()} is not mentioned")
    worth = words_of(section_of("inputs/README.md", "5. What a trial is worth"))
    for metric in metrics - {name for name in metrics if name.startswith("account_")}:
        if metric not in worth:
            complain("inputs/README.md", f"metric {metric} is not in section 5")
    print(f"{len(files)} results: {len(groups)} groups, {len(metrics)} metrics")


def check_replay(path):
    section = section_of("analysis/README.md", "Replays")
    rows = dict(re.findall(r"(?m)^\| `/(\w+)` \|[^|]*\| (.*) \|$", section))
    with h5py.File(path) as file:
        for name in set(rows) ^ set(file) - {"provenance"}:
            complain("analysis/README.md", f"group /{name} of a replay is not in both, the file and the table")
        for name in set(rows) & set(file) - {"metrics"}:
            told = words_of(rows[name]) | {"week"}
            held = set(file[name]) - set(re.findall(r"\w+", name.rstrip("s")))
            for variable in (held - told) | (words_of(rows[name]) - set(file[name])):
                complain("analysis/README.md", f"/{name}/{variable} of a replay is not in both, the file and the table")


# --- options ---

def help_of(*command):
    done = subprocess.run([HOLDFAST, *command, "--help"], text=True, check=True, capture_output=True)
    return done.stdout


def check_options():
    commands = re.findall(r"(?m)^  (\w+) +\S", help_of())
    text = "\n".join((SOURCE / document).read_text() for document in DOCUMENTS)
    code = "\n".join(code_of(text))
    options = {"--help", "--version"}
    for command in commands:
        if not re.search(rf"holdfast {command}\b", code):
            complain("documents", f"the command {command} is not mentioned")
        for option in re.findall(r"(?m)^  (--[\w-]+)", help_of(command)):
            options.add(option)
            if not re.search(rf"{option}(?![\w-])", code):
                complain("documents", f"{option} of {command} is not mentioned")
    for document in ("inputs/README.md", "analysis/README.md"):
        for option in set(re.findall(r"`(--[\w-]+)", prose_of(document))) - options:
            complain(document, f"{option} is no option of holdfast")
    print(f"options: {len(options)} of {len(commands)} commands")


# --- links ---

def slugs_of(path):
    found = set()
    for heading in re.findall(r"(?m)^#+ (.+)$", re.sub(r"(?ms)^ *```\w*\n.*?^ *```$", "", path.read_text())):
        words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
        found.add(words.strip().replace(" ", "-"))
    return found


def check_links(document):
    links = re.findall(r"\]\(([^)\s]+)\)", prose_of(document))
    for link in links:
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (SOURCE / document).parent / path if path else SOURCE / document
        if not target.exists():
            complain(document, f"link to {link}: there is no such file")
        elif anchor and target.suffix == ".md" and anchor not in slugs_of(target):
            complain(document, f"link to {link}: there is no such heading")
    print(f"{document}: {len(links)} links")


def main():
    for document in DOCUMENTS + LINKED_ONLY:
        check_links(document)
    check_fields()
    check_tutorial()
    check_examples()
    check_options()
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        shutil.copytree(SOURCE, tree, ignore=NO_COPY)
        os.environ["PATH"] = f"{HOLDFAST.parent}:{os.environ['PATH']}"
        os.chdir(tree)
        os.mkdir("results")
        subprocess.run([HOLDFAST, "run", "jobs/baseline.json", "--trials", "64", "--quiet", "--output",
                        "results/baseline.h5"], check=True, stdout=subprocess.DEVNULL)
        for document in DOCUMENTS:
            run_blocks(document, tree)
        check_results(RESULTS)
        check_replay("trial7.h5")
        os.chdir("/")
    if problems:
        sys.exit(f"{len(problems)} places are wrong")


if __name__ == "__main__":
    main()
