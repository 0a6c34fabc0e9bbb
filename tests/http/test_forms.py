"""What goes out is made once, however many readers of a kind there are: also of matches, which are large."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgpack
import pytest

from technic.engine.scan.events import MatchesFound, ProgressAdvanced
from technic.http import framing, sse, websocket
from technic.http.codings import MSGPACK_PROTOCOL
from technic.http.forms import Forms
from tests.http.conftest import Served
from tests.http.scripted_engine import ScriptedEngine, make_rows, make_snapshot
from tests.support.waiting import until

READERS = 5
SMALL, LARGE = [f"SIM{n:04}" for n in range(40)], [f"SIM{n:04}" for n in range(200)]
MATCH = MatchesFound("s1", 3, make_rows(["ONE"]))


@dataclass(slots=True)
class Sizes:
    """What was made.

    Attributes:
        carried: The bytes of each payload that was made ready for a wire.
        packed: The rows of each match that was written as msgpack.
    """

    carried: list[int] = field(default_factory=list)
    packed: list[int] = field(default_factory=list)


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> Sizes:
    seen = Sizes()

    def carry(make: Callable[[bytes, Any], bytes], payload: bytes, behind: Any) -> bytes:
        seen.carried.append(len(payload))
        return make(payload, behind)

    def pack(value: dict[str, Any], make: Callable[[Any], bytes] = msgpack.packb) -> bytes:
        seen.packed.extend([len(value["rows"])] if "rows" in value else [])
        return make(value)

    monkeypatch.setattr(websocket, "frame", partial(carry, framing.frame))
    monkeypatch.setattr(sse, "event", partial(carry, framing.event))
    monkeypatch.setattr(msgpack, "packb", pack)
    return seen


def decoded(message: Any) -> dict[str, Any]:
    frame: dict[str, Any] = (
        json.loads(message.data) if isinstance(message.data, str) else msgpack.unpackb(message.data)
    )
    return frame


symbols_of_a_match = pytest.mark.parametrize(
    "symbols", [SMALL, LARGE], ids=["made at once", "made in a thread"]
)


@symbols_of_a_match
@pytest.mark.parametrize("path", ["/scan/ws/s1", "/scan/ws"])
async def test_a_match_is_made_once_for_all_sockets_of_a_coding(
    served: Served, engine: ScriptedEngine, sizes: Sizes, path: str, symbols: list[str]
) -> None:
    engine.begin()
    codings: list[tuple[str, ...]] = [(), (MSGPACK_PROTOCOL,)] * READERS
    sockets = [
        await served.client.ws_connect(f"{path}?events=all", protocols=each, max_msg_size=0)
        for each in codings
    ]
    await until(lambda: engine.bus.readers() == 2 * READERS)
    engine.match(make_rows(symbols))
    for socket in sockets:
        while (frame := decoded(await socket.receive()))["type"] != "match":
            pass
        assert [row["symbol"] for row in frame["rows"]] == symbols
        await socket.close()
    assert len([size for size in sizes.carried if size > 10_000]) == 2
    assert sizes.packed == [len(symbols)]


@symbols_of_a_match
@pytest.mark.parametrize("path", ["/scan/sse/s1", "/scan/sse"])
async def test_a_match_is_written_once_for_all_readers_of_events(
    served: Served, engine: ScriptedEngine, sizes: Sizes, path: str, symbols: list[str]
) -> None:
    engine.begin()
    responses = [await served.client.get(f"{path}?events=all") for _ in range(READERS)]
    await until(lambda: engine.bus.readers() == READERS)
    engine.match(make_rows(symbols))
    for response in responses:
        while b'"match"' not in (line := await response.content.readline()):
            pass
        assert symbols[-1].encode() in line
        response.close()
    assert len([size for size in sizes.carried if size > 10_000]) == 1


async def test_those_who_ask_while_a_form_is_made_get_the_very_same() -> None:
    forms, go_on = Forms(), asyncio.Event()

    async def payload() -> bytes:
        await go_on.wait()
        return b"rows"

    asked = [forms.make(MATCH, "ws", payload, lambda text: b"<%b>" % text) for _ in range(3)]
    first, *others = [asyncio.ensure_future(later()) for later in asked if not isinstance(later, bytes)]
    await asyncio.sleep(0)
    first.cancel()  # whoever leaves takes it from nobody
    go_on.set()
    one, other = await asyncio.gather(*others)
    assert one is other
    assert (one, forms.find(MATCH, "ws"), forms.find(MATCH, "sse")) == (b"<rows>", one, None)


async def test_a_form_that_could_not_be_made_is_made_anew() -> None:
    forms = Forms()

    async def payload() -> bytes:
        raise MemoryError

    later = forms.make(MATCH, "ws", payload, bytes)
    assert not isinstance(later, bytes)
    with pytest.raises(MemoryError):
        await later()
    assert forms.make(MATCH, "ws", b"rows", bytes) == b"rows"


def test_what_is_kept_of_matches_is_bounded_and_what_one_alone_gets_is_not_kept() -> None:
    forms = Forms(limit_bytes=1_000)
    for number in range(30):
        forms.make(MatchesFound("s1", number, MATCH.rows), "ws", b"x" * 300, bytes)
    assert 0 < forms._matches.nbytes <= 1_000
    progress = ProgressAdvanced("s1", 0, make_snapshot())
    assert forms.make(progress, None, b"one", bytes) == b"one"
    assert forms.make(progress, "ws", None, bytes) == b""
    assert (forms.find(progress, None), progress.encodings) == (None, {})
