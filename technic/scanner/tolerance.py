"""When one number counts as greater than another: equal prices make ties that rounding must not decide."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from technic.scanner.units import Floats

Flags = npt.NDArray[np.bool_]
Readings = dict[str, Floats]
"""Values by name, an array of one value a symbol each; NaN where the bars do not reach."""

PRICE_SHARE = 1e-9
"""Prices, and differences of prices, differ when they do by more than this share of the close."""

POINTS = 1e-7
"""RSI, stochastics, CCI, DI, ADX, %R and UO differ when they do by more than this."""


def above(a: Floats, b: Floats | float, tolerance: Floats | float = POINTS) -> Flags:
    """Whether a > b by more than the tolerance; never where a value is missing."""
    return np.greater(a - b, tolerance)


def below(a: Floats, b: Floats | float, tolerance: Floats | float = POINTS) -> Flags:
    """Whether a < b by more than the tolerance; never where a value is missing."""
    return np.greater(b - a, tolerance)


def unless(missing: Flags, values: Floats) -> Floats:
    """The same array, NaN where `missing`."""
    values[missing] = np.nan
    return values


def nonzero(denominator: Floats, least: Floats | float = 0.0) -> Floats:
    """The denominator, NaN where it is not above `least`: a quotient is then missing, not infinite."""
    return np.where(denominator > least, denominator, np.nan)
