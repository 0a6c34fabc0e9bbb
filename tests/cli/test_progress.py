"""How progress looks: a picture on a terminal, few lines elsewhere."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console
from rich.spinner import Spinner

from technic.cli.progress import LiveProgress, PlainProgress, picture, whole
from technic.engine.scan.events import Snapshot, StageView, Status

STAGES = (
    StageView("universe_loading", 0.05, 1, 1, "completed", 0.1),
    StageView("data_fetching", 0.2, 0, 0, "skipped", 0.0),
    StageView("symbol_scanning", 0.7, 320, 500, "running", 3.2),
    StageView("finalization", 0.05, 0, 0, "pending", 0.0),
)
SNAPSHOT = Snapshot(
    scan_id="a",
    seq=3,
    status=Status.RUNNING,
    stage="symbol_scanning",
    current=320,
    total=500,
    stage_percentage=64.0,
    percentage=67.3,
    message="Scanning: 320 of 500 symbols, 12 matches",
    eta_seconds=3.2,
    stage_eta_seconds=3.0,
    symbols_per_second=1812.4,
    elapsed_seconds=4.0,
    last_symbol="SIM0320",
    stages=STAGES,
    matches=12,
    failures=2,
    created_at=datetime(2026, 1, 2, tzinfo=UTC),
    started_at=None,
    completed_at=None,
    error=None,
    priority=5,
    queue_position=None,
    cancel_requested=False,
)


def at(percentage, **changes):
    return replace(SNAPSHOT, percentage=percentage, **changes)


def test_lines_come_at_a_change_of_stage_at_every_tenth_and_at_the_end(capsys):
    with PlainProgress() as progress:
        for percentage in (60.0, 61.0, 69.99, 70.0, 74.0, 91.5):
            progress.show(at(percentage))
        progress.show(at(92.0, stage="finalization", message="Ranking"))
        progress.show(at(100.0, stage="finalization", message="Completed", status=Status.COMPLETED))
    shares = [line.split()[0] for line in capsys.readouterr().err.splitlines()]
    assert shares == ["60.0", "70.0", "91.5", "92.0", "100.0"]


def test_the_picture_has_a_line_a_stage_and_one_on_the_whole():
    console = Console(width=100, file=io.StringIO(), force_terminal=False)
    console.print(picture(SNAPSHOT, Spinner("line")))
    lines = console.file.getvalue().splitlines()
    assert [line[2:18].strip() for line in lines[:4]] == [
        "Universe loading", "Data fetching", "Symbol scanning", "Finalization"
    ]  # fmt: skip
    assert "320/500" in lines[2]
    assert lines[2].rstrip().endswith("3.2 s")
    assert lines[4].split("  ·  ") == [
        " 67.3 %", "12 matches", "2 failed", "1,812 symbols/s", "3 s to go"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "marks"), [(Status.RUNNING, "✓✓"), (Status.COMPLETED, "✓✓"), (Status.CANCELLED, "✓ ")]
)
def test_a_stage_that_a_stopped_scan_never_reached_is_not_ticked(status, marks):
    console = Console(width=100, file=io.StringIO(), force_terminal=False)
    console.print(picture(replace(SNAPSHOT, status=status), Spinner("line")))
    lines = console.file.getvalue().splitlines()
    assert "".join(line[0] for line in lines[:2]) == marks
    assert ("cancelled" in lines[4]) == (status is Status.CANCELLED)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"queue_position": 3}, "number 3 in the queue"),
        ({"cancel_requested": True}, "Ctrl-C again stops at once"),
        ({"eta_seconds": 0.2}, "1 s to go"),
        ({"eta_seconds": 300.0}, "5 min to go"),
        ({"eta_seconds": 9_000.0}, "2.5 h to go"),
        ({"matches": 1}, "1 match "),
    ],
)
def test_the_line_on_the_whole_says_what_matters_now(changes, said):
    assert said in whole(replace(SNAPSHOT, **changes)) + " "


def test_closing_twice_is_harmless_and_gives_the_cursor_back():
    out = io.StringIO()
    progress = LiveProgress(Console(file=out, force_terminal=True, width=100))
    progress.show(SNAPSHOT)
    progress.close()
    progress.close()
    assert out.getvalue().rstrip().endswith("\x1b[?25h")
