"""What a callback is told of a scan in the caller's own process."""

from __future__ import annotations

import logging

from technic.scanner.progress_calls import ProgressCalls
from technic.scanner.stages import FETCHING, FINALIZATION, SCANNING, UNIVERSE


class Told:
    """A callback that remembers, and a clock that stands until it is moved."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        self.now = 100.0

    def __call__(self, *call: object) -> None:
        self.calls.append(call)

    def progress(self) -> ProgressCalls:
        return ProgressCalls(self, monotonic=lambda: self.now)


def test_a_callback_is_told_stage_current_total_message_and_the_known_metadata():
    told = Told()
    progress = told.progress()
    progress.begin(UNIVERSE, 1)
    progress.advance(1)
    progress.begin(FETCHING, 10)
    told.now += 2
    progress.advance(4, "AAPL")
    assert [call[:3] for call in told.calls] == [
        ("universe_loading", 0, 1),
        ("universe_loading", 1, 1),
        ("data_fetching", 0, 10),
        ("data_fetching", 4, 10),
    ]
    assert told.calls[-1][3] == "Fetching bars: 4 of 10 symbols"
    assert told.calls[-1][4] == {
        "symbol": "AAPL",
        "stage_progress_pct": 40.0,
        "overall_progress_pct": 13.0,  # 5 + 20 * 0.4
        "stage_eta": 3.0,
        "overall_eta": 2 * 87 / 13,  # 2 seconds for 13 %
        "stage_throughput": 2.0,
    }


def test_percentages_never_go_back_and_are_100_at_the_very_end_only():
    told = Told()
    progress = told.progress()
    for stage, total in ((UNIVERSE, 1), (FETCHING, 3), (SCANNING, 3), (FINALIZATION, 1)):
        progress.begin(stage, total)
        for _ in range(total):
            told.now += 1
            progress.advance(1)
    shown = [call[4]["overall_progress_pct"] for call in told.calls]
    assert shown == sorted(shown)
    assert [value for value in shown if value == 100] == [100]
    assert list(progress.seconds.values()) == [1, 3, 3, 1]


def test_a_stage_with_nothing_to_do_counts_as_done():
    told = Told()
    progress = told.progress()
    progress.begin(SCANNING, 0)
    assert told.calls[-1][4]["stage_progress_pct"] == 100
    progress.begin(FINALIZATION, 1)
    progress.advance(1)
    assert told.calls[-1][4]["overall_progress_pct"] == 100


def test_nothing_is_told_where_nothing_has_ended():
    told = Told()
    progress = told.progress()
    progress.begin(FETCHING, 5)
    progress.advance(0)
    assert len(told.calls) == 1


def test_a_callback_that_raises_is_logged_once_and_not_called_again(caplog):
    calls = []

    def broken(*call: object) -> None:
        calls.append(call)
        raise RuntimeError("the terminal is gone")

    progress = ProgressCalls(broken)
    with caplog.at_level(logging.ERROR):
        progress.begin(UNIVERSE, 1)
        progress.advance(1)
    assert len(calls) == 1
    assert len(caplog.records) == 1
