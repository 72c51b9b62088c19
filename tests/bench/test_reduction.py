"""The benchmark of reductions in small: its model follows the tree, and its program runs. How fast this machine is does
not matter here.

usage: test_reduction.py REDUCTION MPIEXEC
"""

import contextlib
import io
import sys
import unittest
from pathlib import Path

import reduction

REDUCTION, MPIEXEC = None, None


def rounds_by_hand(ranks, cores):
    """The tree itself: in each round every second of those left sends, so many at a time as there are cores."""
    left, n = list(range(ranks)), 0
    while len(left) > 1:
        senders = left[1::2]
        n += len(range(0, len(senders), cores))
        left = left[::2]
    return n


class Model(unittest.TestCase):
    def test_rounds(self):
        self.assertEqual([reduction.rounds(ranks, ranks) for ranks in (1, 2, 3, 4, 5, 64, 65, 100_000)],
                         [0, 1, 2, 2, 3, 6, 7, 17])
        for cores in (1, 2, 7):
            for ranks in range(1, 70):
                self.assertEqual(reduction.rounds(ranks, cores), rounds_by_hand(ranks, cores), (ranks, cores))

    def test_cluster(self):
        row = {"pack_s": 1e-3, "merge_s": 2e-3, "tally_bytes": 1e6, "weekly_bytes": 3e6}
        union, agree = reduction.model_cluster(row, 1000)
        self.assertAlmostEqual(union, 10 * (7e-3 + 205e-6))
        self.assertAlmostEqual(agree, 20 * 205e-6)


class Measured(unittest.TestCase):
    def test_two_ranks(self):
        rows = [reduction.measure(REDUCTION, MPIEXEC, reduction.JOBS / "smoke.json", ranks, 8, 3) for ranks in (1, 2)]
        self.assertEqual(reduction.bytes_of(rows[0]), reduction.bytes_of(rows[1]))
        for key in ("pack_s", "merge_s", "move_s", "union_s", "agree_s", "answer_s", "hear_cpu_s"):
            self.assertGreater(rows[1][key], 0.0, key)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            reduction.print_rows(rows, 2)
            reduction.print_cluster(rows[0])
        self.assertEqual(len(out.getvalue().splitlines()), 3 + 2 + len(reduction.CLUSTER_RANKS))


if __name__ == "__main__":
    MPIEXEC = sys.argv.pop(2)
    REDUCTION = Path(sys.argv.pop(1)).resolve()
    unittest.main()
