"""Many scans on one terminal, and what is said to scripts."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from technic.cli.board import Board, farewell
from technic.cli.json_lines import JsonProgress, body_of
from technic.client import Snapshot
from technic.engine.scan.events import Status
from technic.errors import NothingToScan
from technic.http.payloads import snapshot_body
from tests.cli.test_progress import SNAPSHOT


def board(height=10):
    out = io.StringIO()
    return Board(Console(file=out, force_terminal=True, width=110, height=height), "Ctrl-C leaves"), out


def test_each_scan_that_goes_on_has_a_line_and_one_that_has_ended_stays_above():
    shown, out = board()
    shown.show(replace(SNAPSHOT, scan_id="a" * 32))
    shown.show(replace(SNAPSHOT, scan_id="b" * 32, status=Status.PENDING, queue_position=2))
    shown.show(replace(SNAPSHOT, scan_id="c" * 32, status=Status.COMPLETED))
    shown.draw()
    text = out.getvalue()
    assert text.index("c" * 32) < text.index("a" * 8)
    assert "number 2 in the queue" in text
    assert "1 run, 1 wait, 1 ended" in text
    assert "3 s to go" in text


def test_more_scans_than_lines_are_counted():
    shown, out = board(height=10)
    for number in range(100):
        shown.show(replace(SNAPSHOT, scan_id=f"{number:032}"))
    shown.draw()
    assert "and 93 more" in out.getvalue()
    assert "100 run" in out.getvalue()


def test_a_server_that_is_away_is_told_until_it_speaks_again():
    shown, out = board()
    shown.away("Connection refused")
    shown.draw()
    assert "The server is away (Connection refused)" in out.getvalue()
    shown.show(SNAPSHOT)
    out.truncate(0)
    shown.draw()
    assert "away" not in out.getvalue()


def test_closing_twice_is_harmless_and_gives_the_cursor_back():
    shown, out = board()
    shown.close()
    shown.close()
    assert out.getvalue().rstrip().endswith("\x1b[?25h")


def test_a_farewell_says_why_and_nothing_that_a_terminal_would_obey():
    error = NothingToScan("the folder is \x1b[31mempty").failure()
    said = farewell(replace(SNAPSHOT, scan_id="x\x07y", status=Status.FAILED, error=error)).plain
    assert "failed" in said
    assert "the folder is  [31mempty" in said
    assert said.isprintable()


@pytest.mark.parametrize("error", [None, NothingToScan("the folder is empty").failure()])
def test_a_script_reads_the_same_of_a_server_as_of_this_process(error):
    """What came over HTTP and was read by the client goes out as it came in."""
    told = snapshot_body(replace(SNAPSHOT, error=error, status=Status.FAILED if error else Status.RUNNING))
    again = body_of(Snapshot.model_validate(told))
    assert json.loads(json.dumps(again, default=str)) == json.loads(json.dumps(told, default=str))


def test_a_line_says_whether_the_state_has_changed():
    out = io.StringIO()
    progress = JsonProgress(out)
    for changes in ({}, {"percentage": 70.0}, {"cancel_requested": True}, {"status": Status.CANCELLED}):
        progress.show(replace(SNAPSHOT, **changes))
    kinds = [json.loads(line)["type"] for line in out.getvalue().splitlines()]
    assert kinds == ["state", "progress", "state", "state"]
