"""Numbers of a file against numbers found again, variable by variable."""
import math
import re

import h5py
import numpy as np

TOLERANCE = 1e-12
NAMES = {"policy", "other_policy", "metric", "stratum", "bin", "look", "metric_unit", "metric_long_name",
         "saving_statistic", "attributed_metric", "attributed_statistic", "attributed_unit", "driver", "coalition",
         "hazard", "stage"}  # what numbers are about


class Comparison:
    def __init__(self, given):
        """`given`: variables that are taken as they are."""
        self.given = NAMES | set(given)
        self.lines = []  # name, numbers, how many differ, worst, the first that differs
        self.left = []  # variables that nobody found again

    @property
    def n_wrong(self):
        return sum(line[2] for line in self.lines)

    def group(self, group, path, again, allowed=None):
        """All variables of a group. `allowed`: what may differ, {variable: array}, where that is more than 1e-12."""
        for name in sorted(again):
            if name not in group:
                self.lines.append((f"{path}/{name}", 1, 1, math.inf, "not in the file"))
                continue
            found, wanted = group[name][()], np.asarray(again[name])
            if wanted.dtype.kind == "f":
                base = again.get(re.sub("_(lower|upper)$", "", name), 0.0)  # ends are as exact as what they hold
                self.numbers(f"{path}/{name}", found, wanted, np.nan_to_num(np.abs(base)),
                             (allowed or {}).get(name, TOLERANCE))
            elif wanted.dtype.kind == "U":
                self.same(f"{path}/{name}", np.vectorize(bytes.decode, otypes="U")(found), wanted)
            else:
                self.same(f"{path}/{name}", found, wanted)
        group.visititems(lambda name, item: self.left.append(f"{path}/{name}") if isinstance(item, h5py.Dataset)
                         and name not in again and name.split("/")[-1] not in self.given else None)

    def numbers(self, name, found, wanted, scale=0.0, allowed=TOLERANCE):
        """Relative to the largest of the two and of `scale`; NaN agrees with NaN."""
        if self.shapes(name, found, wanted):
            size = np.maximum(np.maximum(np.abs(found), np.abs(wanted)), scale)
            with np.errstate(invalid="ignore", divide="ignore"):
                error = np.where(found == wanted, 0.0, np.abs(found - wanted) / size)
            error[np.isnan(found) & np.isnan(wanted)] = 0.0
            error[np.isnan(error)] = math.inf
            self.line(name, error, error > allowed, found, wanted)

    def same(self, name, found, wanted):
        """Words, counts and truths."""
        if self.shapes(name, found, wanted):
            self.line(name, np.where(found == wanted, 0.0, math.inf), found != wanted, found, wanted)

    def shapes(self, name, found, wanted):
        if found.shape != wanted.shape:
            self.lines.append((name, 1, 1, math.inf, f"shape {found.shape}, recomputed {wanted.shape}"))
        return found.shape == wanted.shape

    def line(self, name, error, wrong, found, wanted):
        what = ""
        if wrong.any():
            at = tuple(int(i) for i in np.argwhere(wrong)[0])
            what = f"at {list(at)}: {found[at]!r}, recomputed {wanted[at]!r}"
        self.lines.append((name, error.size, int(wrong.sum()), float(error.max(initial=0.0)), what))

    def print(self):
        """A line for each group, then one for each variable that differs."""
        print(f"{'':14} variables  numbers  differ    worst")
        for group in dict.fromkeys(line[0].split("/")[1] for line in self.lines):
            lines = [line for line in self.lines if line[0].split("/")[1] == group]
            n, n_wrong, worst = sum(x[1] for x in lines), sum(x[2] for x in lines), max(x[3] for x in lines)
            print(f"/{group:13} {len(lines):9} {n:8} {n_wrong:7}  {worst:7.1e}")
        for name, n, n_wrong, worst, what in self.lines:
            if n_wrong:
                print(f"{name}: {n_wrong} of {n} differ, by {worst:.1e} at most; {what}")
        if self.left:
            print("not decided by the trials in the file:", ", ".join(self.left))
        print(f"{sum(line[1] for line in self.lines)} numbers recomputed, {self.n_wrong} differ")
