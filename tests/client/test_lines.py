"""Server-Sent Events are taken apart alike however they are cut on their way."""

from __future__ import annotations

import pytest

from technic.remote import lines
from technic.remote.lines import Comment, Event, Lines, Retry, TooLargeError

STREAM = (
    b'retry: 2000\n\nid: e-1\ndata: {"a":1}\n\n: keepalive\n\ndata: one\r\ndata:two\r\n\r\n'
    b"retry: soon\nevent: x\nnothing\n\n"
)  # fmt: skip
TOLD = [Retry(2.0), Event(b'{"a":1}'), Comment("keepalive"), Event(b"one\ntwo")]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, len(STREAM)])
def test_what_comes_in_pieces_is_told_whole(size):
    taken = Lines()
    told = [piece for at in range(0, len(STREAM), size) for piece in taken.take(STREAM[at : at + size])]
    assert told == TOLD


def test_an_event_that_is_not_ended_is_not_told():
    assert list(Lines().take(b"data: one\n")) == []


@pytest.mark.parametrize("chunk", [b"x" * 64, b"data: xxxxxxxxx\n" * 4])
def test_an_event_without_an_end_is_refused(chunk, monkeypatch):
    monkeypatch.setattr(lines, "LARGEST_EVENT", 32)
    with pytest.raises(TooLargeError):
        list(Lines().take(chunk))
