"""Is a difference beyond noise? Pure functions over numbers; how they judge is told in docs/benchmarks.md.

Times and rates spread by shares of themselves, so everything is done with logarithms: the difference of two logarithms
is a ratio, and the ratio of B to A does not depend on the unit.
"""

import dataclasses
import math
import statistics

# The chance of any false verdict among all figures of two equal builds. Below the 5 % that are promised, for times that
# are not spread as Student's t supposes.
LEVEL = 0.03
INTERVAL = 0.05  # what the intervals leave out
LEAST = 0.02  # a smaller difference is none that anyone would notice
RESOLUTION = 0.05  # "same" means that a difference larger than this is excluded
FASTER, SLOWER, SAME, NOISY = "faster", "slower", "same", "too noisy to say"


@dataclasses.dataclass
class Difference:
    """B against A: shares, 0.1 is 10 % more. `a` and `b` are geometric means, so `share` is b / a - 1.

    `low` and `high` bound the 95 % interval; None when there is none."""

    a: float
    b: float
    share: float
    low: float | None
    high: float | None
    p: float  # how likely so large a difference is by chance alone


def student_p(t, freedom):
    """Two-sided: the chance of a |T| beyond |t| with so many degrees of freedom, a whole number above 0."""
    # The finite series of Abramowitz and Stegun, 26.7.3 and 26.7.4.
    angle = math.atan(abs(t) / math.sqrt(freedom))
    cosine = math.cos(angle)
    odd = freedom % 2
    total, term = 0.0, cosine if odd else 1.0
    for n in range(1 + odd, freedom, 2):
        total += term
        term *= cosine * cosine * n / (n + 1)
    within = (2 / math.pi) * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
    return min(max(1 - within, 0.0), 1.0)


def student_t(p, freedom):
    """The |t| that is exceeded with chance p."""
    low, high = 0.0, 1.0
    while student_p(high, freedom) > p:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if student_p(middle, freedom) > p else (low, middle)
    return (low + high) / 2


def difference(a, b, mean, error, freedom):
    """From the mean of the logarithms' difference and its standard error."""
    if error == 0:
        return Difference(a, b, math.expm1(mean), math.expm1(mean), math.expm1(mean), 0.0 if mean else 1.0)
    reach = student_t(INTERVAL, freedom) * error
    return Difference(a, b, math.expm1(mean), math.expm1(mean - reach), math.expm1(mean + reach),
                      student_p(mean / error, freedom))


def unknown(a, b):
    share = b / a - 1 if a else 0.0
    return Difference(a, b, share, None, None, 1.0)


def degenerate(a, b):
    """Where logarithms do not reach: equal everywhere (no error in either), or something at 0 and below."""
    if len(set(a) | set(b)) == 1:
        return Difference(a[0], b[0], 0.0, 0.0, 0.0, 1.0)
    return unknown(statistics.median(a), statistics.median(b))


def paired(a, b):
    """a[i] and b[i] were measured one after the other."""
    if min(*a, *b) <= 0 or len(set(a) | set(b)) == 1:
        return degenerate(a, b)
    middle = statistics.geometric_mean(a), statistics.geometric_mean(b)
    if len(a) < 3:
        return unknown(*middle)
    ratios = [math.log(y / x) for x, y in zip(a, b, strict=True)]
    return difference(*middle, statistics.fmean(ratios), statistics.stdev(ratios) / math.sqrt(len(ratios)),
                      len(ratios) - 1)


def unpaired(a, b):
    """Two sets of samples that have nothing to do with each other (Welch)."""
    if min(*a, *b) <= 0 or len(set(a) | set(b)) == 1:
        return degenerate(a, b)
    middle = statistics.geometric_mean(a), statistics.geometric_mean(b)
    if min(len(a), len(b)) < 3:
        return unknown(*middle)
    logs = [[math.log(value) for value in values] for values in (a, b)]
    parts = [statistics.variance(values) / len(values) for values in logs]
    mean = statistics.fmean(logs[1]) - statistics.fmean(logs[0])
    error = math.sqrt(sum(parts))
    # Rounded down, which errs on the side of caution.
    freedom = sum(parts) ** 2 / sum(part ** 2 / (len(values) - 1) for part, values in zip(parts, logs)) if error else 1
    return difference(*middle, mean, error, max(1, math.floor(freedom)))


def beyond_chance(chances, level=LEVEL):
    """Which of the tests stand when all are made at once (Benjamini and Hochberg): a set of their numbers."""
    order = sorted(range(len(chances)), key=lambda n: chances[n])
    last = max((rank for rank, n in enumerate(order, 1) if chances[n] <= level * rank / len(order)), default=0)
    return set(order[:last])


def judge(differences, better):
    """A verdict for each difference; `better` says for each which way is the better one."""
    stand = beyond_chance([one.p for one in differences])
    return [verdict(one, n in stand, way) for n, (one, way) in enumerate(zip(differences, better, strict=True))]


def verdict(one, stands, better):
    if one.low is None:
        return NOISY
    if stands and abs(one.share) >= LEAST:
        return FASTER if (one.share < 0) == (better == "lower") else SLOWER
    return SAME if -RESOLUTION <= one.low and one.high <= RESOLUTION else NOISY
