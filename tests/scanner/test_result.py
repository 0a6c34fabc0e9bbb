"""What a scan returns, and what it says about itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from technic.errors import UnknownSymbol, UnreadableBars
from technic.scanner.result import Counts, RunFigures, ScanResult, performance_metrics, sentences
from tests.support.rows import make_rows

COUNTS = Counts(requested=10, scanned=8, kept=5, returned=3, failed=2, rejected={"rsi < 30": 3})


def result(count: int = 3, **columns: list[object]) -> ScanResult:
    return ScanResult(make_rows(count, **columns), (), (), {})


def test_the_figures_have_the_names_that_clients_know():
    figures = RunFigures(
        total_seconds=2.5, queue_seconds=0.5, stage_seconds={"symbol_scanning": 2.0},
        cache_hits=1, cache_misses=2, cache_shared=3, units=6, retries=1, workers=2,
        attempts=({"code": "worker_died"},),
    )  # fmt: skip
    assert performance_metrics(COUNTS, figures) == {
        "total_seconds": 2.5,
        "queue_seconds": 0.5,
        "symbols_requested": 10,
        "symbols_scanned": 8,
        "symbols_returned": 3,
        "symbols_failed": 2,
        "symbols_per_second": 4.0,
        "stage_timings": {"symbol_scanning": 2.0},
        "scan_stats": {"attempted": 10, "kept": 5, "rejected": {"rsi < 30": 3}, "errors": 2},
        "cache": {"hits": 1, "misses": 2, "shared": 3},
        "units": 6,
        "retries": 1,
        "workers": 2,
        "attempts": [{"code": "worker_died"}],
    }


def test_symbols_a_second_are_unknown_where_no_second_was_measured():
    assert performance_metrics(COUNTS, RunFigures())["symbols_per_second"] is None


def test_a_result_says_why_it_is_empty():
    counts = Counts(requested=8, scanned=8, kept=0, returned=0, failed=0, rejected={"a": 5, "b": 3})
    assert sentences(counts, []) == (
        "No symbol passed the filters; 8 were rated and rejected: 5 by a, 3 by b.",
    )


def test_a_result_says_what_is_not_in_it():
    failures = [UnknownSymbol("?", affected_symbols=(name,)).failure() for name in "AB"]
    said = ("2 of 10 symbols could not be scanned: 2 unknown_symbol.",)
    assert sentences(COUNTS, failures, failed_share=0.2) == said
    lost = Counts(requested=2, scanned=0, kept=0, returned=0, failed=2, rejected={})
    assert sentences(lost, failures) == ("None of the 2 symbols could be scanned: 2 unknown_symbol.",)


def test_more_than_a_set_share_of_failures_is_said_first_with_what_to_do():
    failures = [UnreadableBars("?", affected_symbols=(name,)).failure() for name in "ABC"]
    failures[0] = UnknownSymbol("?", affected_symbols=("A",)).failure()
    counts = replace(COUNTS, requested=40, failed=3)
    assert sentences(counts, failures, failed_share=0.075) == sentences(counts, failures)[1:]
    short, count = sentences(counts, failures)
    assert short == (
        "This list is short: 7.5 % of the symbols are missing, most often (2 times) by unreadable_bars. "
        "Repair or remove the file that the detail names."
    )
    assert count == "3 of 40 symbols could not be scanned: 1 unknown_symbol, 2 unreadable_bars."


def test_a_page_may_have_another_order_than_the_scan():
    found = result(3, symbol=["B2", "B10", "B1"], close=[1, 5, 5])
    assert [row["symbol"] for row in found.page()] == ["B2", "B10", "B1"]
    assert [row["symbol"] for row in found.page(sort_by="close")] == ["B1", "B10", "B2"]
    assert [row["symbol"] for row in found.page(1, 1, "close", descending=False)] == ["B1"]
    assert found.total == 3


def test_the_frame_has_a_column_a_field_with_types_that_know_missing_values():
    frame = result(
        2, bars=[600, None], nr7=[1, None], as_of=[19_723, None], close=[1.5, None], warnings=[("a",), ()]
    ).frame
    assert isinstance(frame, pd.DataFrame)
    assert [str(frame[name].dtype) for name in ("bars", "nr7", "close")] == ["Int64", "boolean", "float64"]
    assert frame["as_of"][0] == pd.Timestamp("2024-01-01")
    assert frame["bars"].isna().tolist() == frame["as_of"].isna().tolist() == [False, True]
    assert frame["warnings"].tolist() == [["a"], []]
    assert np.isnan(frame["close"][1])


def test_the_frame_of_no_rows_has_the_same_columns():
    assert list(result(0).frame.columns) == list(result(1).frame.columns)
