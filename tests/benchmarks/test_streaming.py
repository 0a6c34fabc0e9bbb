"""What the benchmark of streams reads, counts and notes."""

from __future__ import annotations

import asyncio
import select
import socket
from contextlib import contextmanager

import pytest

from benchmarks.delivery import frame_of, listening
from benchmarks.streaming import turns_for
from benchmarks.streams import listener
from benchmarks.streams.cuts import noted_cuts
from benchmarks.streams.lateness import Lateness
from benchmarks.streams.listener import Ear, Group, Listener, told_at
from benchmarks.streams.served import Ours
from benchmarks.streams.ticking import parties
from benchmarks.streams.windows import Window, calm, ratios
from technic.http.connections import Connections
from technic.http.outlet import Outlet


class Clock:
    """A fifth of a second goes by with each look at it."""

    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        self.now += 0.2
        return self.now

    monotonic = process_time = time


@contextmanager
def an_ear():
    """One that hears what is put into the other end."""
    ours, its = socket.socketpair()
    ear = Ear.__new__(Ear)
    ear.made, ear.rest = its, b""
    its.settimeout(0)
    with ours, its:
        yield ours, ear


def payload(at: object) -> bytes:
    return b'{"type":"progress","at":%b,"created_at":"x","rest":"%b"}' % (str(at).encode(), b"." * 200)


def window(waited: float, *late: float) -> Window:
    kept = Lateness()
    for each in late:
        kept.add(each)
    return Window(kept, len(late), None, 0.0, waited)


def test_frames_are_heard_whole_wherever_they_are_cut():
    told = [payload(at) for at in (1.5, 2.5, 3.5)]
    sent = b"".join(map(frame_of, told))
    for cut in range(1, len(sent)):
        with an_ear() as (other, ear):
            heard = []
            for part in (sent[:cut], sent[cut:]):
                other.sendall(part)
                heard += ear.frames()
            assert heard == told


def test_a_short_frame_is_heard_too():
    with an_ear() as (other, ear):
        other.sendall(b"\x81\x02{}")
        assert list(ear.frames()) == [b"{}"]


def test_a_connection_that_was_closed_is_told():
    with an_ear() as (other, ear):
        other.close()
        with pytest.raises(AssertionError, match="closed"):
            list(ear.frames())


def test_frames_of_the_group_beside_are_read_and_not_counted(monkeypatch):
    monkeypatch.setattr(listener, "time", Clock())
    with an_ear() as (other, ear), an_ear() as (far, beside):
        first, second = Group(0, [], None), Group(0, [], None)
        first.ears, second.ears = {ear.made.fileno(): ear}, {beside.made.fileno(): beside}
        first.epoll.register(ear.made, select.EPOLLIN)
        for at in (100, 300, 900):
            other.sendall(frame_of(payload(at)))
            far.sendall(frame_of(payload(at)))
        found = first.listen(second, 200, 800)
        assert found["late"].total() == 1
        assert not select.select([beside.made], [], [], 0)[0]
        first.close()
        second.close()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (payload(1760000000123.25), 1760000000123.25),
        (payload("null"), 0.0),
        (b'{"type":"hello","epoch":"e1"}', 0.0),
        (b'{"created_at":"2026"}', 0.0),
    ],
)
def test_a_frame_says_when_it_was_told_or_it_does_not_count(text, at):
    assert told_at(text) == at


def test_percentiles_are_by_nearest_rank():
    late = Lateness({str(step): 1 for step in range(1, 101)})
    assert [late.percentile(percent) for percent in (1, 50, 99, 99.9, 100)] == [0.01, 0.5, 0.99, 1.0, 1.0]
    assert Lateness().percentile(99) == 0
    assert len(Lateness.of_all([late, late])) == 200


def test_a_time_counts_as_the_hundredth_above_it():
    late = Lateness()
    late.add(0.101)
    assert late.percentile(50) == 0.11


def test_the_calm_half_is_what_waited_least_whatever_came_late():
    windows = [window(0.3, 1.0), window(0.1, 9.0), window(0.2, 5.0)]
    assert calm(windows) == [windows[1], windows[2]]


def test_ratios_are_within_turns_and_the_median_of_these():
    over = [window(0.1, 4.0), window(0.1, 30.0), window(0.1, 3.0)]
    under = [window(0.1, 2.0), window(0.1, 10.0), window(0.1, 3.0)]
    assert ratios(over, under) == {"p50": 2.0, "p99": 2.0}


def test_there_are_two_turns_at_least():
    assert [turns_for(seconds, 2.5) for seconds in (0, 1, 15)] == [2, 2, 6]


def test_scans_tell_one_after_the_other_or_all_at_once():
    assert parties(3, together=False) == [[0], [1], [2]]
    assert parties(3, together=True) == [[0, 1, 2]]


async def test_a_stream_that_is_cut_off_is_noted_from_its_first_wait_to_its_loss():
    server = Ours(reader_bytes=4096, send_timeout_seconds=0.01)
    with noted_cuts() as cuts:
        port = await listening(server.runner)
        staller = await Listener.started()
        await staller.ask("open", port, server.paths()[:1], 4096)
        gone = asyncio.create_task(cuts.until_gone(1, 20))
        while not gone.done():
            await server.tell([0])
            await asyncio.sleep(0)
        await gone
        await staller.end()
        await server.runner.cleanup()
    assert len(cuts.gave_up) == len(cuts.gone) == 1
    assert 0 < cuts.gave_up[0] <= cuts.gone[0]


async def test_the_doors_of_the_application_are_given_back():
    before = Outlet.drained, Connections.leave
    with noted_cuts():
        assert (Outlet.drained, Connections.leave) != before
    assert (Outlet.drained, Connections.leave) == before
