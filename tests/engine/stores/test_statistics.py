"""The figures themselves, from records of scans that ended."""

from __future__ import annotations

import pytest

from technic.engine.stores.ended import EndedScan, ended_scan
from technic.engine.stores.history import (
    Caching,
    PresetUse,
    Quantiles,
    Span,
    StatisticsQuery,
)
from technic.engine.stores.statistics import statistics
from tests.support.scans import ended


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


def test_durations_are_counted_in_spans_without_a_gap_between_the_shortest_and_the_longest():
    seconds = [0.0, 0.01, 0.03, 0.2, 0.21]
    figures = statistics([took(value) for value in seconds], (), StatisticsQuery())
    assert figures.durations == (
        Span(0.01, 2), Span(0.02, 0), Span(0.05, 1), Span(0.1, 0), Span(0.2, 1), Span(0.5, 1),
    )  # fmt: skip


def test_what_took_longer_than_the_longest_span_is_counted_there():
    figures = statistics([took(1e9)], (), StatisticsQuery())
    assert figures.durations == (Span(500_000, 1),)


def test_a_step_in_which_nothing_completed_has_no_speed():
    stopped = EndedScan("cancelled", 0.0, 9, 4, 2.0, {}, ())
    (step,) = statistics([stopped, took(0.0)], (), StatisticsQuery()).throughput
    assert (step.symbols_per_second, step.by_status) == (None, {"cancelled": 1, "completed": 1})


def test_of_very_many_conditions_those_are_remembered_that_kept_out_most():
    rejected = {f"rsi < {n}": n for n in range(1, 101)}
    record = ended_scan(ended(), (), None, {"scan_stats": {"rejected": rejected}})
    assert record.rejected == {f"rsi < {n}": n for n in range(100, 80, -1)}


def test_the_record_of_an_older_program_counts_as_far_as_it_tells():
    figures = statistics([took(1.0)], (), StatisticsQuery())
    assert figures.presets == (PresetUse(None, 1, 0),)
    assert (figures.rejected, figures.throughput[0].cache) == ((), Caching())
