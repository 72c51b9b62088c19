#!/usr/bin/python3
"""Every notebook of analysis/ runs from scratch on a fresh result and shows its figures.

usage: test_notebook.py HOLDFAST SOURCE_DIR
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import nbformat
from nbclient import NotebookClient

HOLDFAST, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])


def figures(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def main():
    notebooks = sorted((SOURCE / "analysis").glob("*.ipynb"))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOLDFAST_RESULT"] = f"{folder}/r.h5"
        os.environ["JUPYTER_PLATFORM_DIRS"] = "1"
        subprocess.run([HOLDFAST, "run", SOURCE / "jobs" / "smoke.json", "--quiet",
                        "--output", f"{folder}/r.h5"], check=True)
        for path in notebooks:
            notebook = nbformat.read(path, as_version=4)
            stored = sum(len(cell.get("outputs", [])) for cell in notebook.cells)
            NotebookClient(notebook, timeout=120, kernel_name="python3",
                           resources={"metadata": {"path": str(path.parent)}}).execute()
            print(f"{path.name}: {figures(notebook)} figures")
            assert figures(notebook) >= 2, "an exceedance curve and a fan chart"
            assert stored == 0, f"{path.name} is kept without outputs"
    assert notebooks, "no notebook in analysis/"


if __name__ == "__main__":
    main()
