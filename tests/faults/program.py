"""Holdfast started, watched and killed, for the tests of this folder: argv is HOLDFAST SOURCE_DIR MPIEXEC."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import uuid

HOLDFAST, SOURCE, MPIEXEC = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
PATIENCE = 120.0  # seconds, on a machine that is busy


def wait_until(is_so, seconds=PATIENCE, every=0.002):
    """Whether it came true."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


class Run:
    """One start of the program, with ranks under mpirun or (0) without."""

    def __init__(self, folder, *arguments, ranks=0):
        self.mark = f"HOLDFAST_TEST={uuid.uuid4()}"
        # What is killed cannot clear its shared memory and sockets away: they go with the folder.
        around = {"OMPI_MCA_btl_vader_single_copy_mechanism": "none", "OMPI_MCA_orte_tmpdir_base": str(folder.parent),
                  "OMPI_MCA_btl_vader_backing_directory": str(folder.parent)}
        environment = dict(os.environ, **around, HOLDFAST_TEST=self.mark.split("=")[1])
        launch = [MPIEXEC, "-n", str(ranks)] if ranks else []
        self.files = [open(folder.parent / f"{self.mark}.{name}", "w+") for name in ("out", "err")]
        self.process = subprocess.Popen([*launch, HOLDFAST, *map(str, arguments)], cwd=folder, env=environment,
                                        stdin=subprocess.DEVNULL, stdout=self.files[0], stderr=self.files[1],
                                        start_new_session=True)
        self.ranks = ranks

    def processes(self):
        """{rank: process id} of those that live; the launcher, or what a rank alone starts to help it, is None."""
        found = {}
        for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                text = path.read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue  # not ours, or gone
            if self.mark in text:
                process = int(path.parent.name)
                rank = [int(entry.split("=")[1]) for entry in text if re.match("(OMPI_COMM_WORLD|PMI)_RANK=", entry)]
                if not self.ranks:
                    rank = [0] if process == self.process.pid else []
                found[rank[0] if rank else None] = process
        return found

    def tell(self, number, rank=None):
        """A signal to a rank, or to what was started."""
        os.kill(self.process.pid if rank is None or not self.ranks else self.processes()[rank], number)

    def is_over(self):
        return self.process.poll() is not None

    def texts(self):
        return [(file.flush(), file.seek(0), file.read())[2] for file in self.files]

    def end(self):
        """(exit code, stdout, stderr), once nothing of it lives."""
        code = self.process.wait(PATIENCE)
        assert wait_until(lambda: not self.processes()), "ranks outlive their launcher"
        out, err = self.texts()
        for file in self.files:
            file.close()
            os.unlink(file.name)
        return code, out, err

    def clear(self):
        """Nothing of it is left, also where a test has failed in its middle."""
        for process in self.processes().values():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if not self.files[0].closed:
            self.end()


def holdfast(folder, *arguments, ranks=0):
    """(exit code, stdout, stderr)"""
    return Run(folder, *arguments, ranks=ranks).end()


def digest(out):
    return re.search(r"content digest ([0-9a-f]{64})", out).group(1)
