"""The wire's models and the table of problems."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from technic import errors
from technic.engine.scan.events import MatchesFound, ProgressAdvanced, Snapshot
from technic.errors import Failure, Fault, InvalidRequest, TechnicError
from technic.http.codings import JSON, MSGPACK
from technic.http.encoding import json_bytes
from technic.http.frames import Frames
from technic.http.negotiation import form_of
from technic.http.payloads import snapshot_body
from technic.http.problems import error_body, problem_body, status_of
from technic.http.refusals import NotAcceptable
from technic.http.rendered import RenderedRows
from technic.scanner.rows import Rows
from tests.http.scripted_engine import make_rows, make_snapshot

METADATA = {
    "symbol", "stage_progress_pct", "overall_progress_pct", "stage_eta", "overall_eta", "stage_throughput"
}  # fmt: skip
RENAMED = {"last_symbol": "symbol", "stage_eta_seconds": "stage_eta"}


def test_a_snapshot_has_every_field_and_the_metadata_of_older_clients() -> None:
    body = snapshot_body(make_snapshot())
    assert set(body["metadata"]) == METADATA
    known = {RENAMED.get(field.name, field.name) for field in fields(Snapshot)}
    assert known <= set(body) | set(body["metadata"])
    assert body["created_at"] == "2026-01-05T12:00:00.123Z"
    assert body["completed_at"] is None
    assert set(body["stages"][0]) == {"name", "weight", "current", "total", "status", "seconds"}


def test_a_snapshot_stays_small_on_the_wire() -> None:
    snapshot = make_snapshot("0123456789abcdef0123456789abcdef")
    whole = len(json_bytes(snapshot_body(snapshot)))
    assert whole - len(json_bytes(snapshot_body(snapshot)["stages"])) < 1024
    assert whole < 1400


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_no_number_that_json_lacks_goes_out(bad: float) -> None:
    snapshot = make_snapshot(eta_seconds=bad, symbols_per_second=bad, percentage=bad)
    text = json_bytes(snapshot_body(snapshot)).decode()
    assert json.loads(text, parse_constant=pytest.fail)["eta_seconds"] is None


def test_an_error_can_be_told_whatever_its_metadata_holds() -> None:
    body = error_body(TechnicError("x", odd={1: object(), "s": {2}}))
    assert json.loads(json_bytes(body))["metadata"]["odd"]["1"].startswith("<object")


async def test_an_event_is_encoded_once_for_all_its_readers() -> None:
    event = ProgressAdvanced("s1", 0, make_snapshot())
    frames = Frames()
    first = frames.frame(event, typed=False)
    assert frames.frame(event, typed=False) is first
    typed = frames.frame(event, typed=True)
    assert isinstance(typed, bytes)
    assert json.loads(typed)["type"] == "progress"
    assert json.loads(typed)["percentage"] == 41.8


async def test_the_json_of_rows_is_made_once_for_all_scans_that_tell_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rendered: list[int] = []
    render = Rows.to_dicts

    def noted(rows: Rows) -> Any:
        rendered.append(len(rows))
        return render(rows)

    monkeypatch.setattr(Rows, "to_dicts", noted)
    tables = [make_rows([f"SIM{n}" for n in range(200)]), make_rows(["A", "B"]), make_rows([])]
    frames, rows = Frames(), Rows.concat(tables)
    events = [MatchesFound(scan_id, 3, rows) for scan_id in ("s1", "s2")]
    later = [frames.frame(event, typed=True, coding=coding) for event in events for coding in (JSON, MSGPACK)]
    told = await asyncio.gather(*(made() for made in later if callable(made)))
    assert [len(JSON.decode(told[0])["rows"]), MSGPACK.decode(told[1])] == [202, JSON.decode(told[0])]
    assert JSON.decode(told[2])["rows"] == JSON.decode(told[0])["rows"]
    assert frames.frame(events[0], typed=True) == told[0]
    assert isinstance(frames.frame(MatchesFound("s3", 1, rows), typed=True), bytes)
    assert sorted(rendered) == [2, 200]
    assert frames.frame(events[0], typed=False) is None


async def test_what_is_kept_of_rendered_rows_is_bounded() -> None:
    kept = RenderedRows(limit_bytes=10_000)
    for number in range(30):
        text = kept.of(make_rows([f"SIM{number}"]))
        assert isinstance(text, bytes)
        assert len(json.loads(text)) == 1
    assert 0 < kept._kept.nbytes <= 10_000


def _all_errors(error: type[TechnicError] = TechnicError) -> Iterator[type[TechnicError]]:
    yield error
    for below in error.__subclasses__():
        yield from _all_errors(below)


@pytest.mark.parametrize("error", list(_all_errors()), ids=lambda error: error.__name__)
def test_every_error_has_a_status_that_says_error(error: type[TechnicError]) -> None:
    assert 400 <= status_of(error) < 600


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidRequest, 422),
        (errors.QueueFull, 429),
        (errors.Stopping, 503),
        (errors.UnknownScan, 404),
        (errors.UnknownSymbol, 404),
        (errors.ScanUnfinished, 409),
        (errors.TimeoutExceeded, 504),
        (errors.UnreadableBars, 502),
        (errors.SystemFault, 500),
        (errors.SettingsError, 500),
    ],
)
def test_the_table_of_statuses(error: type[TechnicError], status: int) -> None:
    assert status_of(error) == status


def test_a_problem_has_every_member_of_the_contract() -> None:
    body = error_body(InvalidRequest((Fault("/max_symbols", "must be a number.", None),)))
    assert body["type"] == "urn:technic:problem:invalid_request"
    assert body["title"] == "Invalid request"
    assert body["errors"] == [{"pointer": "/max_symbols", "detail": "must be a number.", "nearest": None}]
    assert {field.name for field in fields(Failure)} <= set(body)


def test_a_failure_of_a_code_that_is_not_a_class_goes_by_its_kind() -> None:
    overran = Failure(
        error_type="timeout_error", code="unit_overran", detail="d", message="m", suggestion="s"
    )
    assert problem_body(overran)["status"] == 504


def test_an_error_that_hands_on_another_failure_has_that_ones_status() -> None:
    class Handed(TechnicError):
        def failure(self) -> Failure:
            return errors.UnreadableBars("broken").failure()

    assert error_body(Handed("x"))["status"] == 502


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/json, text/plain, */*", "json"),
        ("text/csv", "csv"),
        ("text/csv;q=0.5, application/json;q=0.4", "csv"),
        ("application/*", "json"),
        ("text/*", "csv"),
        ("application/x-msgpack", "msgpack"),
        ("APPLICATION/VND.APACHE.PARQUET ; q=1", "parquet"),
        ("text/html, */*;q=0.1", "json"),
        ("application/json;q=0, */*", "csv"),
    ],
)
def test_the_accept_header_chooses_the_form(accept: str, form: str) -> None:
    assert form_of(make_mocked_request("GET", "/", headers={"Accept": accept})) == form


@pytest.mark.parametrize(
    "accept",
    ["text/html", "application/json;q=0", "application/json;q=x", ";", "text/csv;q=-1", "*/*;q=nan"],
)
def test_an_accept_header_that_wants_nothing_we_have_is_refused(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        form_of(make_mocked_request("GET", "/", headers={"Accept": accept}))
