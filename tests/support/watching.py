"""What a client does with a scan: start it, watch it, read what it says; strict about what JSON is."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

Frame = dict[str, Any]
ENDED = {"completed", "failed", "cancelled"}


def strict(text: str | bytes) -> Any:
    """JSON as the standard has it: NaN and Infinity are errors."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


async def call(client: ClientSession, method: str, path: str, **options: Any) -> tuple[int, Any]:
    """Status and JSON of an answer; whatever the answer is, it is JSON or nothing."""
    async with client.request(method, path, **options) as response:
        text = await response.read()
        return response.status, strict(text) if text else None


async def start(client: ClientSession, **fields: Any) -> Frame:
    """Start a scan: the answer, which names its routes."""
    status, body = await call(client, "POST", "/scan/start", json=fields)
    assert status == 202, body
    return dict(body)


async def over_websocket(client: ClientSession, path: str) -> list[Frame]:
    """Every frame until the server closes with 1000."""
    async with client.ws_connect(path, max_msg_size=0) as socket:
        frames = [strict(message.data) async for message in socket]
    assert socket.close_code == 1000
    return frames


async def over_sse(client: ClientSession, path: str) -> list[Frame]:
    """The data of every event until the server ends the stream."""
    async with client.get(path) as response:
        assert response.status == 200
        lines = (await response.text()).split("\n")
    return [strict(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


async def end_of(client: ClientSession, scan: Frame) -> Frame:
    """The terminal snapshot, once there is one."""
    return (await over_websocket(client, scan["websocket_url"]))[-1]


async def next_where(socket: ClientWebSocketResponse, holds: Any) -> Frame:
    """The next frame of which something holds."""
    async for message in socket:
        frame: Frame = strict(message.data)
        if holds(frame):
            return frame
    raise AssertionError(f"the stream ended ({socket.close_code}) before it held")


async def cancel_and_see_it_end(client: ClientSession, scan: Frame) -> Frame:
    """Cancel a scan; its terminal snapshot."""
    status, _ = await call(client, "POST", scan["cancel_url"])
    assert status == 200
    return await end_of(client, scan)


def check_order(frames: list[Frame]) -> None:
    """What every stream of snapshots promises: seq rises, the percentage never falls, the end comes last."""
    seqs = [frame["seq"] for frame in frames]
    assert seqs == sorted(set(seqs))
    shares = [frame["percentage"] for frame in frames]
    assert shares == sorted(shares)
    assert [frame["status"] in ENDED for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert all(frame["percentage"] < 100 or frame["status"] == "completed" for frame in frames)
    assert all(0 <= frame["current"] <= frame["total"] for frame in frames)
