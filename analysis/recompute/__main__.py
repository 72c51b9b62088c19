"""A second opinion: every number of a result that its trials decide, found again without Holdfast.

usage: python3 analysis/recompute RESULT

RESULT was made with "record": "all". Prints how many numbers of each group there are, how many differ by more than
1e-12, relative, and by how much at most, then what differs; exit code 1 if anything does.
"""
import sys

import opinion

if len(sys.argv) != 2:
    sys.exit(__doc__)
comparison = opinion.compare(sys.argv[1])
comparison.print()
sys.exit(comparison.n_wrong > 0)
