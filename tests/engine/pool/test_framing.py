from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from technic.engine.pool import framing
from technic.engine.pool.framing import Decoder, FrameError, decode, encode


def feed(decoder: Decoder, stream: bytes, step: int) -> list[bytearray]:
    bodies = []
    while stream:
        room = decoder.room()
        count = min(step, len(room), len(stream))
        room[:count] = stream[:count]
        bodies += decoder.advance(count)
        stream = stream[count:]
    return bodies


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 400))
def test_messages_come_out_as_they_went_in_however_the_stream_is_cut(messages, step):
    stream = b"".join(encode(message) for message in messages)
    assert [decode(body) for body in feed(Decoder(), stream, step)] == messages


@pytest.mark.parametrize("step", [1000, 65_536, 10_000_000])
def test_a_message_longer_than_the_window_is_followed_by_the_next(step):
    messages = [b"x" * 200_000, "after", b"y" * 70_000]
    stream = b"".join(encode(message) for message in messages)
    assert [decode(body) for body in feed(Decoder(), stream, step)] == messages


def test_arrays_come_out_aligned_writable_and_to_the_bit():
    arrays = [np.linspace(0, 1, n) for n in (1, 3, 1000)] + [np.arange(7, dtype=np.int8)]
    (body,) = feed(Decoder(), encode(arrays), 777)
    for sent, came in zip(arrays, decode(body), strict=True):
        assert came.tobytes() == sent.tobytes()
        assert came.flags.aligned
        assert came.flags.writeable


def test_what_cannot_be_pickled_says_why():
    with pytest.raises(FrameError, match="cannot be pickled"):
        encode(lambda: None)


def test_a_message_over_the_bound_is_not_sent(monkeypatch):
    monkeypatch.setattr(framing, "FRAME_BYTES", 1000)
    with pytest.raises(FrameError, match="at most 1000 may be sent"):
        encode(b"x" * 1000)


@pytest.mark.parametrize("size", [0, 7, framing.FRAME_BYTES + 1, 2**64 - 1])
def test_a_size_that_cannot_be_is_refused_before_memory_is_taken_for_it(size):
    with pytest.raises(FrameError, match="is announced"):
        feed(Decoder(), struct.pack("<Q", size), 8)


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00" * 8, b"\xff" * 8, struct.pack("<I4xQ", 1, 999), struct.pack("<I4xQ", 1, 4) + b"ugly"],
    ids=["empty", "no parts", "countless parts", "a part that reaches beyond", "no pickle"],
)
def test_a_body_that_is_none_is_an_error_and_nothing_worse(body):
    with pytest.raises(FrameError, match="cannot be unpickled"):
        decode(bytearray(body))


def test_the_room_is_never_empty():
    decoder = Decoder()
    stream = encode(b"z" * 100_000)
    for byte in stream[:2000]:
        room = decoder.room()
        assert len(room) > 0
        room[0] = byte
        decoder.advance(1)
