"""/uncertainty: what is not known because rates are not, apart from chance.

The trials of an outer draw share its rates. Two halves of them give two independent estimates of what a statistic is
under those rates; what the halves agree on varies over draws because rates do, what they differ by is chance.
"""
import math

import numpy as np

import estimator
from comparison import TOLERANCE
from interval import MILLION, Estimate, around, mean, variance
from result import PERIOD, is_low_bad, sides

LEAST_DRAWS, SURE_DRAWS = 20, 200  # for an interval, and for one that holds


def level_of(name):
    """Of a quantile, VaR or CVaR, in millionths; None: it has none."""
    if name in estimator.QUANTILES:
        return estimator.QUANTILES[name]
    return estimator.TAILS.get(name.removeprefix("c").removeprefix("var"))


def part_of(name, inner, is_weighted):
    """Trials of a quarter of a draw (of a half for the mean); 0: the draw has too few."""
    unit = PERIOD if is_weighted else 1
    if name == "mean":
        return inner // 2 // unit * unit
    if name in ("min", "max"):
        return 0
    level = level_of(name)
    one_beyond = 1 if level is None else MILLION // min(level, MILLION - level)  # trials, one of them expected beyond
    step = math.lcm(unit, one_beyond)
    quarter = inner // 4 // step * step
    return quarter if 2 * quarter >= estimator.RESOLVED * one_beyond else 0


def plain(name, column, low):
    """The statistic of a column, as in the summary."""
    level = level_of(name)
    if name == "mean":
        return column.mean()
    if name == "sd":
        return estimator.sd(column)
    if name in estimator.QUANTILES:
        return column.quantile(level)
    q = column.quantile(MILLION - level if low else level)
    if not name.startswith("c"):
        return q
    return q + (-1 if low else 1) * mean(column.summands(column.excess(q, low))) / ((MILLION - level) / MILLION)


class Draw:
    """The trials of one outer draw, cut into pieces."""

    def __init__(self, x, w, calm):
        self.x, self.w, self.calm, self.cut = x, w, calm, {}

    def piece(self, first, n):
        if (first, n) not in self.cut:
            w = None if self.w is None else self.w[first:first + n]
            self.cut[first, n] = estimator.Column(self.x[first:first + n], w, self.calm)
        return self.cut[first, n]

    def halves(self, name, part, low):
        """Two independent estimates, freed of their bias of order 1/n by quarters, which have twice as much."""
        at = lambda first, n: plain(name, self.piece(first, n), low)
        if name == "mean":
            return at(0, part), at(part, part)
        without_bias = lambda first: 2 * at(first, 2 * part) - (at(first, part) + at(first + part, part)) / 2
        return without_bias(0), without_bias(2 * part)


def separate(halves, confidence):
    """Variances and band of one statistic from the halves' estimates, [draw, half]."""
    m, d, n = (halves[:, 0] + halves[:, 1]) / 2, (halves[:, 0] - halves[:, 1]) / 2, len(halves)
    spread, noise = variance(m) if n > 1 else math.nan, mean(d * d)
    outer = spread - noise
    found = {"outer": Estimate(outer), "outer_sd": math.sqrt(outer) if outer >= 0 else math.nan,
             "inner_variance": noise / n, "band_lower": math.nan, "band_upper": math.nan, "spread": spread}
    if n < LEAST_DRAWS:
        return found
    from_mean = m - mean(m)
    pseudo = (n * from_mean * from_mean - spread) / (n - 2) - d * d
    interval = around(outer, 1.0, pseudo, confidence)
    found["outer"] = interval._replace(unreliable=interval.unreliable or not interval.no_interval and n < SURE_DRAWS)
    shrunk = estimator.Column(mean(m) + from_mean * math.sqrt(max(outer, 0.0) / spread) if spread > 0 else m)
    tail = round((1 - confidence) / 2 * MILLION)
    found["band_lower"], found["band_upper"] = shrunk.quantile(tail), shrunk.quantile(MILLION - tail)
    return found


UNKNOWN = {"outer": Estimate(math.nan), "outer_sd": math.nan, "inner_variance": math.nan, "band_lower": math.nan,
           "band_upper": math.nan, "spread": math.nan}


def of_column(x, w, calm, inner, low, confidence):
    """By statistic: what is known of it, and whether a draw has too few trials for it."""
    draws = [Draw(x[i:i + inner], None if w is None else w[i:i + inner], calm) for i in range(0, len(x), inner)]
    for name in estimator.STATISTICS:
        part = part_of(name, inner, w is not None)
        halves = np.array([draw.halves(name, part, low) for draw in draws]) if part else None
        yield separate(halves, confidence) if part else UNKNOWN, not part


def uncertainty(result):
    """{variable: array}, and what may differ: the outer variance is a difference of two."""
    shape = len(result.policies), len(result.metrics), len(estimator.STATISTICS)
    rows = [row for p in range(len(result.policies)) for metric in result.metrics
            for row in of_column(result.values[metric][p], result.weights_of(p), result.calm_of(p, metric),
                                 result.inner_trials(), is_low_bad(metric), result.confidence)]
    outer = [found["outer"] for found, unresolved in rows]
    take = lambda what: np.array([found[what] for found, unresolved in rows]).reshape(shape)
    flag = lambda flags: np.array(list(flags)).reshape(shape)
    again = {"outer_variance" + end: np.array([getattr(e, of) for e in outer]).reshape(shape)
             for end, of in (("", "value"), ("_lower", "lower"), ("_upper", "upper"))}
    again.update({name: take(name) for name in ("outer_sd", "inner_variance", "band_lower", "band_upper")})
    again.update(unresolved=flag(unresolved for found, unresolved in rows),
                 no_interval=flag(e.no_interval for e in outer), unreliable=flag(e.unreliable for e in outer),
                 within_noise=flag(not e.lower > 0 for e in outer),
                 statistic=np.array(estimator.STATISTICS), bad_side=sides(result))
    with np.errstate(divide="ignore", invalid="ignore"):
        cancelled = np.nan_to_num(np.maximum(take("spread") / np.abs(again["outer_variance"]), 1.0))
    names = ("outer_variance", "outer_variance_lower", "outer_variance_upper", "outer_sd")
    return again, {name: TOLERANCE * cancelled for name in names}
