"""One set of figures of several."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any


def medians(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The median of each number, however deep; of what is no number, the last run's word.

    A figure that a run lacks is the median of the others.
    """
    names = {name: None for run in runs for name in run}  # in the order of their first appearance
    return {name: _one([run[name] for run in runs if name in run]) for name in names}


def _one(values: Sequence[Any]) -> Any:
    if all(isinstance(value, Mapping) for value in values):
        return medians(values)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return values[0] if len(set(values)) == 1 else round(statistics.median(values), 6)
    return values[-1]
