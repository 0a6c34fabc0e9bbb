"""The figures themselves, from records of scans that ended."""

from __future__ import annotations

import pytest

from technic.engine.stores.history import Quantiles, StatisticsQuery
from technic.engine.stores.statistics import EndedScan, statistics


def took(seconds: float) -> EndedScan:
    return EndedScan("completed", 0.0, 1, 1, seconds, {}, ())


@pytest.mark.parametrize(
    ("seconds", "p50", "p95"),
    [
        (range(1, 21), 10, 19),
        (range(1, 101), 50, 95),
        ([0.412, 0.089], 0.089, 0.412),
        ([3, 1, 2], 2, 3),
        ([7], 7, 7),
    ],
)
def test_quantiles_are_values_by_nearest_rank(seconds, p50, p95):
    figures = statistics([took(value) for value in seconds], (), StatisticsQuery())
    assert figures.seconds["all"] == Quantiles(p50, p95, len(seconds))
