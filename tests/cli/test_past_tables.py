"""How durations, moments and ids of past scans look."""

from __future__ import annotations

import pytest
from rich.console import Console

from technic.cli.past_tables import duration, local, scans_table


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""), (0.0, "0 ms"), (0.0042, "4 ms"), (0.1, "0.10 s"), (2.0, "2.00 s"), (59.99, "59.99 s"),
        (60.0, "1 m 00 s"), (65.9, "1 m 05 s"), (3600.0, "1 h 00 m"), (90_061.0, "25 h 01 m"),
    ],
)  # fmt: skip
def test_a_duration_is_as_exact_as_anybody_reads_it(seconds, text):
    assert duration(seconds) == text


def test_a_moment_that_is_not_there_is_left_out():
    assert local(None) == ""


SCAN = {
    "scan_id": "0123456789abcdef" * 2,
    "status": "cancelled",
    "symbols": 20_000,
    "matches": 20_000,
    "failures": 1_234,
    "elapsed_seconds": 3599.0,
    "completed_at": "2026-01-05T12:00:00.000Z",
}


def printed(width, capsys):
    console = Console(width=width, no_color=True)
    for part in scans_table([SCAN], 1, width):
        console.print(part)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [80, 100])
def test_on_a_narrow_terminal_ids_are_cut_and_nothing_else(width, capsys):
    head, _, line, summary = printed(width, capsys)
    assert head.split() == ["Scan", "Status", "Symbols", "Matches", "Failures", "Took", "Ended"]
    assert line.split()[0] == SCAN["scan_id"][: max(8, width - 66)]
    assert "…" not in line
    assert line.split()[1:5] == ["cancelled", "20,000", "20,000", "1,234"]
    assert summary == "1 scan"


def test_on_a_very_narrow_one_counts_are_left_out_and_the_id_still_names_the_scan(capsys):
    head, _, line, _ = printed(60, capsys)
    assert head.split() == ["Scan", "Status", "Matches", "Took", "Ended"]
    assert line.split()[:3] == [SCAN["scan_id"][:8], "cancelled", "20,000"]
    assert "…" not in line
