"""From votes to a rating: exact fractions, their labels, and the numbers on the scale of -100 to 100."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from technic.scanner.tolerance import Readings
from technic.scanner.units import ABSENT, Floats
from technic.scanner.votes import MOVING_AVERAGES, Votes

Integers = npt.NDArray[np.int64]

SIGNALS = ("STRONG_SELL", "SELL", "NEUTRAL", "BUY", "STRONG_BUY")
"""The labels, by their code in the column `signal`."""


@dataclass(frozen=True, slots=True)
class Fractions:
    """One exact fraction a symbol, not in lowest terms; the denominator is 0 where there is no vote."""

    numerator: Integers
    denominator: Integers

    def percent(self) -> Floats:
        """100 * numerator/denominator in one division; NaN where there is no vote."""
        return 100 * self.numerator / np.where(self.denominator > 0, self.denominator, np.nan)


def tally(votes: Votes) -> Readings:
    """The ratings of symbols from their votes.

    Moving averages and oscillators are means of the votes that are present; the rating is the mean of the
    two groups, or the one that exists: not the mean of all 26.

    Args:
        votes: int8, 26 x n, in the order of the specification.

    Returns:
        For `rating`, `moving_average` and `oscillator`: `*_numerator` and `*_denominator`, whole numbers;
        `tech_rating`, `moving_average_rating`, `oscillator_rating`, -100..100; `signal`, a code into SIGNALS.
    """
    averages, oscillators = mean_vote(votes[:MOVING_AVERAGES]), mean_vote(votes[MOVING_AVERAGES:])
    rating = _between(averages, oscillators)
    readings = {
        "tech_rating": rating.percent(),
        "moving_average_rating": averages.percent(),
        "oscillator_rating": oscillators.percent(),
        "signal": label(rating),
    }
    for name, part in (("rating", rating), ("moving_average", averages), ("oscillator", oscillators)):
        readings[f"{name}_numerator"] = part.numerator.astype(float)
        readings[f"{name}_denominator"] = part.denominator.astype(float)
    return readings


def mean_vote(votes: Votes) -> Fractions:
    """The sum of the votes that are present, over their number."""
    present = votes != ABSENT
    return Fractions((votes * present).sum(axis=0, dtype=np.int64), present.sum(axis=0, dtype=np.int64))


def label(rating: Fractions) -> Floats:
    """Code into SIGNALS: below -1/2, below -1/10, up to 1/10, up to 1/2, above; NaN without a vote."""
    n, d = rating.numerator, rating.denominator
    code = (2 * n >= -d).astype(float) + (10 * n >= -d) + (10 * n > d) + (2 * n > d)
    return np.where(d > 0, code, np.nan)


def _between(a: Fractions, b: Fractions) -> Fractions:
    """The mean of two fractions, or the one that exists."""
    both = (a.denominator > 0) & (b.denominator > 0)
    numerator = a.numerator * b.denominator + b.numerator * a.denominator
    return Fractions(
        np.where(both, numerator, a.numerator + b.numerator),
        np.where(both, 2 * a.denominator * b.denominator, a.denominator + b.denominator),
    )
