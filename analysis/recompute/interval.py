"""Intervals, each from its definition in analysis/README.md."""
import functools
import math
import typing

import numpy as np
from scipy import optimize, stats

MILLION = 1000000


class Estimate(typing.NamedTuple):
    value: float
    lower: float = math.nan
    upper: float = math.nan
    coverage: float = math.nan
    method: str = "none"
    thin_tail: bool = False
    unreliable: bool = False

    @property
    def no_interval(self):
        return math.isnan(self.lower)

    def mirrored(self):
        return self._replace(value=-self.value, lower=-self.upper, upper=-self.lower)


def mean(y):
    return math.fsum(y) / len(y)


def from_mean(y):
    """Centred twice: what rounding the mean leaves is taken off again, and no digits cancel in the powers."""
    d = y - mean(y)
    return d - mean(d)


def variance(y):
    """Divisor n - 1."""
    d = from_mean(y)
    return math.fsum(d * d) / (len(y) - 1)


def normal_quantile(confidence):
    """z of a two-sided interval."""
    return float(stats.norm.ppf((1 + confidence) / 2))


def standard_error(units):
    return math.sqrt(variance(units) / len(units))


# --- means, and what is made like them ---

SURPLUS = 1.1, 2.0  # kurtosis beyond the first times skewness squared widens, the second times
KURTOSIS_SHARE = 0.2  # of n: beyond, a handful of summands decides


def undo_skewness(x, s):
    """Hall's transformation of T, T + s T^2/3 + s^2 T^3/27 + s/6 = ((1 + s T/3)^3 - 1)/s + s/6, solved for T."""
    y = x - s / 6
    root = math.copysign(abs(1 + s * y) ** (1 / 3), 1 + s * y)
    return 3 * y / (root * root + root + 1)


def normal(value, units, confidence):
    """Of a mean of independent units that are nearly alike."""
    half = normal_quantile(confidence) * standard_error(units) if len(units) > 1 else math.nan
    return Estimate(value, value - half, value + half, confidence, "normal")


def around(value, scale, units, confidence):
    """Of a value that is known but for scale times the mean of independent `units`: skewness transformed away, z
    widened for what kurtosis says about the spread of the spread."""
    n, d = len(units), from_mean(units)
    if n < 2 or not d.any():
        return Estimate(value)
    m2, m3, m4 = (math.fsum(d ** k) / n for k in (2, 3, 4))
    skewness, kurtosis = m3 / m2 ** 1.5, m4 / m2 ** 2 - 3
    z, s = normal_quantile(confidence), skewness / math.sqrt(n)
    surplus = max(kurtosis - SURPLUS[0] * skewness ** 2, 0.0)
    z *= 1 + (0.25 * (z * z + 1) + SURPLUS[1] * surplus) / n
    error = scale * standard_error(units)
    return Estimate(value, value - error * undo_skewness(z, s), value - error * undo_skewness(-z, s), confidence,
                    "skewed", unreliable=kurtosis > KURTOSIS_SHARE * n)


# --- heavy tails: the generalised Pareto distribution of what lies over a threshold ---

FIT_MOST, FIT_LEAST = 100, 40  # excesses
INDEX_LEAST = 20
INDEX_RANGE = -0.5, 0.98


def pareto_index(excess):
    """Zhang and Stephens (2009): a posterior mean over a grid of theta = -xi / sigma; excesses ascending."""
    n = len(excess)
    if n < INDEX_LEAST:
        return math.nan
    m = 30 + math.isqrt(n)
    i = np.arange(1, m + 1)
    theta = 1 / excess[-1] + (1 - np.sqrt(m / (i - 0.5))) / (3 * excess[int(n / 4 + 0.5) - 1])
    k = np.array([-np.mean(np.log1p(-t * excess)) for t in theta])
    with np.errstate(invalid="ignore"):
        ratio = np.where(theta == 0, 1 / np.mean(excess), theta / k)
    log_likelihood = n * (np.log(ratio) + k - 1)
    weight = np.exp(log_likelihood - log_likelihood.max())
    return float(np.mean(np.log1p(-np.sum(theta * weight) / np.sum(weight) * excess)))


def pareto_log_likelihood(excess, mean_excess, xi):
    """Penalised as xi nears 1, where the mean has no upper bound."""
    if abs(xi) < 1e-7:
        xi = 1e-7
    sigma = mean_excess * (1 - xi)
    inside = 1 + xi / sigma * excess
    if inside[-1] < 1e-12:
        return -1e300
    return -len(excess) * math.log(sigma) - (1 + 1 / xi) * np.log(inside).sum() - 0.4 * max(xi, 0.0) / (1 - xi)


def pareto_mean(excess, z):
    """(mean excess, its ends): most likely, and where the profile has lost z^2/2 (and a little more for small n)."""
    def profile(log_mean):
        found = optimize.minimize_scalar(lambda xi: -pareto_log_likelihood(excess, math.exp(log_mean), xi),
                                         bounds=INDEX_RANGE, method="bounded", options={"xatol": 1e-10})
        return -found.fun

    centre = math.log(mean(excess))
    best = optimize.minimize_scalar(lambda at: -profile(at), bounds=(centre - 3, centre + 3), method="bounded",
                                    options={"xatol": 1e-9})
    level = -best.fun - 0.5 * z * z * (1 + 5 / len(excess))

    def end(outside):
        if profile(outside) >= level:
            return outside
        return optimize.brentq(lambda at: profile(at) - level, best.x, outside, xtol=1e-11)

    return tuple(math.exp(at) for at in (best.x, end(best.x - 5), end(best.x + 5)))


def of_excess(cvar, q, beyond_p, n, excess, confidence):
    """Of CVaR on the high side from all excesses over q, ascending: the largest are taken for a Pareto tail. The sum
    is that of a body, in which these count with their expectation, and of what they deviate from it."""
    threshold = excess[-FIT_MOST - 1] if len(excess) > FIT_MOST else 0.0
    over = excess[excess > threshold][-FIT_MOST:] - threshold
    if len(over) < FIT_LEAST:
        units = np.concatenate([excess, np.zeros(n - len(excess))])
        return around(cvar, 1 / beyond_p, units, confidence)._replace(unreliable=True)
    z = normal_quantile(confidence)
    fitted, lower, upper = pareto_mean(over, z)
    body = np.concatenate([excess[:-len(over)], np.full(len(over), threshold + fitted), np.zeros(n - len(excess))])
    share, spread = len(over) / n, z * standard_error(body)
    ends = (q + (mean(body) + sign * math.hypot(spread, share * (end - fitted))) / beyond_p
            for sign, end in ((-1, lower), (1, upper)))
    lower, upper = ends
    return Estimate(cvar, min(lower, cvar), max(upper, cvar), confidence, "pareto", unreliable=True)


# --- quantiles ---

@functools.lru_cache(maxsize=None)
def binomial_ranks(n, millionths, confidence):
    """(l, u, P(l <= Binomial(n, p) < u)) with at most half the risk on each side, or None.

    Where an end would leave the sample the extreme rank takes its place, and the other side gets what is left.
    """
    k, p = np.arange(n + 1), millionths / MILLION
    below, beyond = stats.binom.cdf(k, n, p), stats.binom.sf(k, n, p)  # P(B <= k), P(B > k)
    risk = 1 - confidence

    def lowest(allowed):  # the largest l with P(B < l) allowed, at least 1
        return max(1, int(np.searchsorted(below, allowed, "right")))

    def highest(allowed):  # the smallest u with P(B >= u) allowed, at most n
        return min(n, n + 2 - int(np.searchsorted(beyond[::-1], allowed, "right")))

    lower, upper = lowest(risk / 2), highest(risk / 2)
    left, right = below[lower - 1], beyond[upper - 1]
    if left > risk / 2 >= right:
        upper = highest(risk - left)
    elif right > risk / 2 >= left:
        lower = lowest(risk - right)
    coverage = float(below[upper - 1] - below[lower - 1])
    return (lower, upper, coverage) if coverage >= confidence else None
