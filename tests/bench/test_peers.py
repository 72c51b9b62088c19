"""Holdfast and the programs it is measured against compute the same values.

usage: test_peers.py FOLDER      (FOLDER has state_rate, peer_scalar and export_trials)
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import compare

FOLDER = None
INPUTS = Path(__file__).resolve().parents[2] / "inputs"
TRIALS, LANES = 8, 16


class Peers(unittest.TestCase):
    def agree(self, scenario, python_trials=TRIALS):
        with tempfile.TemporaryDirectory() as work:
            programs = compare.start(FOLDER, scenario, 1, TRIALS, LANES, python_trials, work)
            for program, difference in zip(programs[1:], compare.check(programs, work)):
                with self.subTest(peer=program.name):
                    self.assertLess(difference, compare.TOLERANCE)
                    program.turn(0.0)  # a second time too
            for program in programs:
                program.end()

    def test_tutorial(self):
        self.agree(INPUTS / "tutorial.json")

    def test_fluids(self):
        self.agree(INPUTS / "us_iv_fluids.json")

    def test_supercomputers(self):
        self.agree(INPUTS / "us_ai_supercomputers.json", 4)

    def test_what_no_shipped_scenario_has(self):
        world = json.loads((INPUTS / "tutorial.json").read_text())
        world["warmup_weeks"] = 20
        world["stages"]["CELL_FAR"]["visibility"] = 0.4
        world["stages"]["CELL_HOME"]["stock"] = {"units": 40}
        world["stages"]["BIKE"]["cycle_weeks"] = 0
        world["markets"]["RIDERS"]["quoted_weeks"] = 0
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "other.json"
            path.write_text(json.dumps(world))
            self.agree(path)


if __name__ == "__main__":
    FOLDER = Path(sys.argv.pop(1))
    unittest.main()
