"""What a count says of a rate: one-sided 95 % bounds that hold at any size, without a table and without a guess.

Source: C. Clopper, E. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
Biometrika 26 (1934); the incomplete beta function by its continued fraction (NIST DLMF 8.17.22, evaluated after
Lentz). A bound is written rounded away from what it flatters: an upper one up, a lower one down.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

__all__ = ["LEVEL", "is_same_bound", "lower", "lower_text", "upper", "upper_text"]

LEVEL: Final = 0.95
_TINY: Final = 1e-300
_HALVINGS: Final = 160  # of [0, 1]: to the last bit of a rate of one in a billion


def upper(found: int, tried: int) -> float:
    """The greatest rate at which `found` or fewer of `tried` still happen once in twenty; 1 where nothing was tried."""
    _check(found, tried)
    return 1.0 if found == tried else _quantile(LEVEL, found + 1, tried - found)


def lower(found: int, tried: int) -> float:
    """The least rate at which `found` or more of `tried` still happen once in twenty; 0 where nothing was tried."""
    _check(found, tried)
    return 0.0 if not found else _quantile(1 - LEVEL, found, tried - found + 1)


def upper_text(found: int, tried: int) -> str:
    """The upper bound in three digits, rounded up: `1.55e-02`."""
    bound = upper(found, tried)
    scale = 10.0 ** (2 - math.floor(math.log10(bound)))
    return f"{min(1.0, math.ceil(bound * scale) / scale):.2e}"


def lower_text(found: int, tried: int) -> str:
    """The lower bound in three decimals, rounded down: `0.954`."""
    return f"{math.floor(lower(found, tried) * 1000) / 1000:.3f}"


def is_same_bound(one: str, other: str) -> bool:
    """Whether two written bounds differ by no more than one in the last digit, as two machines' logarithms may."""
    first, second = Decimal(one), Decimal(other)
    step = max(int(each.as_tuple().exponent) for each in (first, second))
    return abs(first - second) <= Decimal(1).scaleb(step)


def _check(found: int, tried: int) -> None:
    if not 0 <= found <= tried:
        raise ValueError(f"{found} of {tried} is no count of successes")


def _quantile(level: float, a: int, b: int) -> float:
    """Where the beta distribution of `a` and `b` reaches `level`, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _beta(middle, a, b) < level:
            low = middle
        else:
            high = middle
    return high


def _beta(x: float, a: int, b: int) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_below(1 - x, x, b, a)
    return _beta_below(x, 1 - x, a, b)


def _beta_below(x: float, rest: float, a: int, b: int) -> float:
    """The same where the fraction converges; `rest` is 1 - x, and either may be tiny."""
    log_x, log_rest = (math.log1p(-rest), math.log(rest)) if x > rest else (math.log(x), math.log1p(-x))
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * log_x + b * log_rest
    return math.exp(front) / a * _fraction(x, a, b)


def _fraction(x: float, a: int, b: int) -> float:
    c, d = 1.0, 1 / (_safe(1 - (a + b) * x / (a + 1)))
    total = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d, c = 1 / _safe(1 + step * d), _safe(1 + step / c)
            total *= d * c
        if abs(d * c - 1) < 1e-14:
            break
    return total


def _safe(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
