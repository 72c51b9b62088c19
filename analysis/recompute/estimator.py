"""Every estimate of one column of trials, as analysis/README.md defines it, one formula at a time."""
import math

import numpy as np

from interval import (MILLION, Estimate, around, binomial_ranks, mean, normal_quantile, of_excess, pareto_index,
                      standard_error, variance)
from result import PERIOD

QUANTILES = {"q01": 10000, "q05": 50000, "q25": 250000, "q50": 500000,
             "q75": 750000, "q95": 950000, "q99": 990000, "q999": 999000}  # millionths
TAILS = {"90": 900000, "95": 950000, "99": 990000, "999": 999000}
CHANCES = [900000, 800000, 700000, 600000, 500000, 400000, 300000, 200000, 100000, 50000, 20000, 10000,
           5000, 2000, 1000, 100, 10]
STATISTICS = ["mean", "sd", "min", "max", *QUANTILES, *("var" + t for t in TAILS), *("cvar" + t for t in TAILS)]
SUMMED = ["mean", *("cvar" + t for t in TAILS)]  # statistics that are means of summands
WEIGHT_UNIT = 2.0 ** 48  # weights are multiples of 1 / this
RESOLVED = 10  # trials


def units_of(y, is_weighted):
    """What is independent: the summands themselves or, with weights, their means over periods."""
    if not is_weighted:
        return y
    rows = y.reshape(-1, PERIOD)
    total = rows[:, 0]
    for i in range(1, PERIOD):
        total = total + rows[:, i]
    return total / PERIOD


def masses(w):
    """Weights as whole numbers."""
    return (w * WEIGHT_UNIT).astype(int).astype(object)


class Column:
    """One metric under one policy: values, and their weights where these differ from 1. Then means are of what lies
    above the calm value."""

    def __init__(self, x, w=None, calm=0.0):
        self.x, self.w, self.calm, self.n = x, w, calm, len(x)
        order = np.argsort(x, kind="stable")
        self.ascending = x[order]
        mass = np.ones(self.n, int) if w is None else masses(w[order])
        self.mass_up_to = np.cumsum(mass)  # exact: whole numbers
        self.mass = int(self.mass_up_to[-1])

    def summands(self, y):
        return y if self.w is None else self.w * y

    def above_calm(self):
        return self.summands(self.x - self.calm)

    def mean(self):
        return self.calm + mean(self.above_calm())

    def units(self, y):
        return units_of(y, self.w is not None)

    def at_mass(self, rank):
        """The smallest value with that mass at or below it."""
        return float(self.ascending[np.searchsorted(self.mass_up_to, max(1, rank), "left")])

    def quantile(self, millionths):
        return self.at_mass(-(-self.mass * millionths // MILLION))

    def excess(self, q, low):
        """By how much each trial is worse than q."""
        return np.maximum(q - self.x if low else self.x - q, 0.0)


# --- quantiles ---

def binomial_interval(column, value, millionths, confidence):
    ranks = binomial_ranks(column.n, millionths, confidence)
    if not ranks:
        return Estimate(value)
    lower, upper, coverage = ranks
    return Estimate(value, float(column.ascending[lower - 1]), float(column.ascending[upper - 1]), coverage, "binomial")


def least_beyond(column, q):
    """Trials at or beyond a level, on the side where they are fewer."""
    return min(np.count_nonzero(column.x <= q), np.count_nonzero(column.x >= q))


def woodruff_interval(column, q, millionths, confidence):
    """The order statistics at p -+ z se, se the standard error of the distribution function at q."""
    p = millionths / MILLION
    if least_beyond(column, q) < RESOLVED:
        return Estimate(q, thin_tail=True)
    half = normal_quantile(confidence) * standard_error(column.units(column.w * ((column.x <= q) - p)))
    lower, upper = max(p - half, 0.0), min(p + half, 1.0)
    at = [column.at_mass(-(-column.mass * int(end * 2 ** 40) // 2 ** 40)) for end in (lower, upper)]
    return Estimate(q, *at, confidence, "woodruff", unreliable=lower == 0.0 or upper == 1.0)


def quantile_estimate(column, millionths, beyond, confidence):
    q = column.quantile(millionths)
    if column.w is not None:
        return woodruff_interval(column, q, millionths, confidence)
    found = binomial_interval(column, q, millionths, confidence)
    return found._replace(thin_tail=column.n * beyond < RESOLVED * MILLION)


def var_estimate(column, level, low, confidence):
    """Value at risk: the quantile on the bad side."""
    return quantile_estimate(column, MILLION - level if low else level, MILLION - level, confidence)


# --- means and what is made like them ---

def mean_estimate(column, confidence):
    return around(column.mean(), 1.0, column.units(column.above_calm()), confidence)


def sd(column):
    if column.w is None:
        return math.sqrt(variance(column.x)) if column.n > 1 else math.nan
    d = column.x - column.mean()
    return math.sqrt(mean(column.w * (d * d)))


def around_excess(value, level, low, units, confidence):
    """Of a value that is known but for the mean excess over the part beyond; low is the mirror image of high."""
    scale = MILLION / (MILLION - level)
    return around(-value, scale, units, confidence).mirrored() if low else around(value, scale, units, confidence)


def cvar_estimate(column, var, level, low, confidence):
    """Rockafellar and Uryasev: VaR and the mean excess over the part beyond, right with ties."""
    y = column.summands(column.excess(var.value, low))
    value = var.value + (-1 if low else 1) * mean(y) / ((MILLION - level) / MILLION)
    if var.no_interval if column.w is not None else var.thin_tail:
        return Estimate(value, thin_tail=var.thin_tail)
    return around_excess(value, level, low, column.units(y), confidence)._replace(thin_tail=var.thin_tail)


# --- heavy tails ---

def tail_index(column, low):
    """Pareto index of what lies over the value that 3 sqrt(n) others exceed on the bad side, and whether an infinite
    variance cannot be told from a finite one."""
    if column.w is not None or column.n < 2:
        return math.nan, False
    x = np.sort(-column.x) if low else column.ascending
    threshold = x[column.n - min(int(3 * math.sqrt(column.n)), column.n - 1) - 1]
    excess = x[x > threshold] - threshold
    index = pareto_index(excess)
    return index, index > 0.5 - 0.5 / math.sqrt(max(len(excess), 1))


def refined(column, cvar, var, level, low, confidence):
    """A better interval for a CVaR whose own is not reliable."""
    excess = column.excess(var.value, low)
    args = (MILLION - level) / MILLION, column.n, np.sort(excess[excess > 0]), confidence
    return (of_excess(-cvar.value, -var.value, *args).mirrored() if low
            else of_excess(cvar.value, var.value, *args))


def flag_heavy(found):
    for name in SUMMED:
        if not found[name].no_interval:
            found[name] = found[name]._replace(unreliable=True)


def all_statistics(column, low, confidence):
    """{name: Estimate} of one column."""
    found = {"mean": mean_estimate(column, confidence), "sd": Estimate(sd(column)),
             "min": Estimate(float(column.ascending[0])), "max": Estimate(float(column.ascending[-1]))}
    for name, p in QUANTILES.items():
        found[name] = quantile_estimate(column, p, min(p, MILLION - p), confidence)
    for name, level in TAILS.items():
        found["var" + name] = var_estimate(column, level, low, confidence)
        found["cvar" + name] = cvar_estimate(column, found["var" + name], level, low, confidence)
    if tail_index(column, low)[1]:
        flag_heavy(found)
    for name, level in TAILS.items():
        cvar = found["cvar" + name]
        if cvar.unreliable and column.w is None:
            found["cvar" + name] = refined(column, cvar, found["var" + name], level, low, confidence)
    return found


def exceedance(column, low, confidence):
    """[(Estimate, extrapolated)] by chance; the level is missing where not one trial is expected beyond; by weights,
    where only one is there."""
    found = []
    for chance in CHANCES:
        estimate = var_estimate(column, MILLION - chance, low, confidence)
        extrapolated = (column.n * chance < MILLION if column.w is None else
                        least_beyond(column, estimate.value) <= 1)
        found.append((Estimate(math.nan, thin_tail=True) if extrapolated else estimate, extrapolated))
    return found


def differences(column, first, low, confidence):
    """{name: Estimate} of a column less the first policy's, paired trial by trial."""
    one, two = all_statistics(column, low, confidence), all_statistics(first, low, confidence)
    y = column.above_calm() - first.above_calm()
    found = {"mean": around(column.calm - first.calm + mean(y), 1.0, column.units(y), confidence)}
    for name, level in TAILS.items():
        q, q0 = one["var" + name].value, two["var" + name].value
        y = column.summands(column.excess(q, low)) - first.summands(first.excess(q0, low))
        value = q - q0 + (-1 if low else 1) * mean(y) / ((MILLION - level) / MILLION)
        known = not (one["cvar" + name].no_interval or two["cvar" + name].no_interval)
        found["cvar" + name] = (around_excess(value, level, low, column.units(y), confidence) if known
                                else Estimate(value))
    for name, estimate in found.items():
        doubted = not estimate.no_interval and (one[name].unreliable or two[name].unreliable)
        found[name] = estimate._replace(unreliable=estimate.unreliable or doubted)
    return found
