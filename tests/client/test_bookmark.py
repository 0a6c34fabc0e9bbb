"""Where a watch stands: what is news to it, and where it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from technic.client import ForeignAnswer, Hello, Match, Progress, State
from technic.http.payloads import snapshot_body
from technic.remote.bookmark import Bookmark
from tests.http.scripted_engine import make_snapshot


def snapshot(seq: int, status: str = "running", kind: str = "progress") -> dict[str, Any]:
    return {**snapshot_body(make_snapshot(seq=seq)), "status": status, "type": kind, "at": 5.0}


def match(seq: int, *symbols: str) -> dict[str, Any]:
    return {"type": "match", "seq": seq, "rows": rows(*symbols), "at": 7}


def rows(*symbols: str) -> list[dict[str, str]]:
    return [{"symbol": symbol} for symbol in symbols]


def hello(seq: int, *, epoch: str = "e", recovered: bool = True) -> dict[str, Any]:
    return {"type": "hello", "epoch": epoch, "seq": seq, "recovered": recovered}


END = snapshot(9, "completed", "state")


def taken(*raws: dict[str, Any], bookmark: Bookmark | None = None) -> list[Any]:
    bookmark = bookmark or Bookmark("s1")
    return [frame for raw in raws for frame in bookmark.take(raw)]


def test_a_good_stream_is_told_as_it_comes():
    frames = taken(hello(-1), snapshot(0, kind="state"), match(1, "A", "B"), snapshot(2), match(3, "C"), END)
    assert [type(frame) for frame in frames] == [Hello, State, Match, Progress, Match, State]
    assert [frame.seq for frame in frames[1:]] == [0, 1, 2, 3, 9]
    assert [frame.place for frame in frames] == ["-1", "e-0", "e-1", "e-2", "e-3", "e-9"]
    assert (frames[2].at, frames[3].at) == (7.0, 5.0)
    assert [row["symbol"] for row in frames[2].rows] == ["A", "B"]


def test_what_is_known_is_not_told_again_and_nothing_older():
    bookmark = Bookmark("s1")
    taken(hello(-1), snapshot(0), match(1, "A"), snapshot(4), bookmark=bookmark)
    again = (hello(4), snapshot(4), match(1, "A"), snapshot(3), match(5, "B"))
    frames = taken(*again, bookmark=bookmark)
    assert [(type(frame), frame.seq) for frame in frames] == [(Hello, 4), (Match, 5)]


def test_the_end_is_told_to_one_who_stood_there_and_nothing_after_it():
    bookmark = Bookmark("s1", "e-9")
    frames = taken(hello(9), END, END, match(10, "A"), snapshot(11), bookmark=bookmark)
    assert [type(frame) for frame in frames] == [Hello, State]
    assert bookmark.ended


def test_a_gap_is_open_until_it_is_filled_and_its_rows_are_told_once():
    bookmark = Bookmark("s1")
    taken(hello(-1), snapshot(0), match(1, "A"), bookmark=bookmark)
    (greeting,) = taken(hello(20, recovered=False), bookmark=bookmark)
    assert bookmark.gap
    assert (greeting.recovered, greeting.place) == (False, "e-1")
    (filled,) = bookmark.fill(rows("B", "A"))
    assert not bookmark.gap
    assert [row["symbol"] for row in filled.rows] == ["B"]
    assert filled.place == "e-20"
    frames = taken(snapshot(20), match(21, "B", "C"), match(22, "A"), bookmark=bookmark)
    assert [(type(frame), frame.seq) for frame in frames] == [(Progress, 20), (Match, 21)]
    assert [row["symbol"] for row in frames[1].rows] == ["C"]
    assert bookmark.fill(rows("A", "B", "C")) == []


def test_one_who_breaks_off_in_a_gap_comes_back_to_where_it_began():
    bookmark = Bookmark("s1")
    taken(hello(-1), match(3, "A"), hello(20, recovered=False), snapshot(20), bookmark=bookmark)
    assert bookmark.place == "e-3"


def test_another_epoch_begins_its_numbers_anew():
    bookmark = Bookmark("s1")
    taken(hello(-1), snapshot(50), bookmark=bookmark)
    frames = taken(hello(2, epoch="f", recovered=False), snapshot(2), bookmark=bookmark)
    assert [type(frame) for frame in frames] == [Hello, Progress]
    bookmark.fill([])
    assert bookmark.place == "f-2"


def test_what_a_later_version_tells_besides_is_passed_over():
    assert taken({"type": "weather"}, {"type": "pong"}, {}) == []


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "hello", "seq": 1},
        {"type": "hello", "epoch": "e"},
        {"type": "match", "seq": 1},
        {"type": "match", "seq": 1, "rows": [{}]},
        {"type": "match", "seq": 1, "rows": ["A"]},
        {"type": "progress", "seq": 1},
        snapshot(1) | {"status": "well"},
        snapshot(1) | {"error": {"no": "problem"}},
    ],
)
def test_what_no_server_of_ours_says_is_refused(raw):
    with pytest.raises(ForeignAnswer):
        taken(raw)
