"""Clients that poll: each snapshot is made once for all, and told once to each that says what it has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from technic.engine.scan.events import Snapshot
from technic.errors import Failure
from technic.http import polled
from technic.http.polled import NewestSnapshots
from tests.http.conftest import Served
from tests.http.scripted_engine import ScriptedEngine, make_snapshot

PATH = "/scan/progress/s1"


def failed(symbols: int) -> Failure:
    names = tuple(f"SIM{number}" for number in range(symbols))
    return Failure(
        error_type="data_error", code="bad_data", detail="d", message="m", suggestion="s",
        affected_symbols=names,
    )  # fmt: skip


async def test_a_snapshot_is_made_once_however_many_ask_for_it(
    served: Served, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Snapshot] = []
    whole = polled.snapshot_body

    def counted(snapshot: Snapshot) -> dict[str, Any]:
        made.append(snapshot)
        return whole(snapshot)

    monkeypatch.setattr(polled, "snapshot_body", counted)
    engine.begin()
    answers = [await served.json("GET", PATH) for _ in range(5)]
    assert [answer == answers[0] for answer in answers] == [True] * 5
    assert len(made) == 1


async def test_who_has_the_newest_snapshot_is_told_so_and_gets_the_next_one(
    served: Served, engine: ScriptedEngine
) -> None:
    engine.begin()
    async with served.client.get(PATH) as first:
        tag, before = first.headers["ETag"], await first.json()
    async with served.client.get(PATH, headers={"If-None-Match": f'"other", {tag}'}) as again:
        assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
        assert again.headers["Cache-Control"] == "no-cache"
    engine.advance(percentage=50.0)
    async with served.client.get(PATH, headers={"If-None-Match": tag}) as later:
        body = await later.json()
    assert later.status == 200
    assert later.headers["ETag"] != tag
    assert body["seq"] > before["seq"]


def test_only_so_many_are_kept_and_those_asked_for_lately_stay():
    newest = NewestSnapshots(room=2)
    first, second, third = (replace(make_snapshot(), scan_id=name) for name in ("s1", "s2", "s3"))
    kept = newest.of(first)
    newest.of(second)
    assert newest.of(first) is kept
    newest.of(third)
    assert newest.of(first) is kept
    assert len(newest) == 2


def test_a_snapshot_with_another_content_is_another_one_even_under_the_same_number():
    newest = NewestSnapshots()
    one, other = make_snapshot(), replace(make_snapshot(), percentage=77.0)
    assert newest.of(one).tag != newest.of(other).tag
    assert newest.of(replace(one)).tag == newest.of(one).tag


def test_a_snapshot_that_is_very_long_is_not_kept():
    newest = NewestSnapshots()
    assert b"SIM4999" in newest.of(replace(make_snapshot(), error=failed(5_000))).body
    assert len(newest) == 0
