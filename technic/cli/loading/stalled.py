"""A reader that opens a stream and reads nothing of it, as a frozen tab or a dead network does."""

from __future__ import annotations

import asyncio
import base64
import os
import select
import socket
import time
from urllib.parse import urlsplit

from technic.cli.loading.account import Account
from technic.cli.loading.ledger import Frame
from technic.cli.loading.plan import Way
from technic.cli.loading.target import Target, code_of
from technic.remote.faults import BROKEN

_LOOK_SECONDS = 0.5
_CLOSED_IN_ORDER = getattr(select, "POLLRDHUP", 0)
"""Linux tells; elsewhere a stream that ends while nobody reads it counts as cut off."""
_LIFE = {Way.SOCKET: b"\x8a\x80\0\0\0\0", Way.EVENTS: b"\r\n"}
"""A pong that nobody asked for, and an empty line in front of the next request: both mean nothing."""


async def stall(target: Target, account: Account, scan: Frame, way: Way) -> None:
    """Hold a stream open and read nothing, until the server cuts it off or ends it, or this is cancelled.

    Whoever does not read hears that it was cut off only when it says something; so it does, now and then.
    A server can thus not tell it by its silence, but by its not reading alone.
    """
    account.stalled += 1
    began = time.monotonic()
    try:
        with await target.narrow_socket() as bare:
            await asyncio.get_running_loop().sock_sendall(bare, _opening(target, scan, way))
            while _there(bare, way):  # noqa: ASYNC110 - nobody would set an event
                await asyncio.sleep(_LOOK_SECONDS)
            if not _ended(bare):
                account.cut_off += 1
                account.stall.add(time.monotonic() - began)
    except BROKEN as error:
        account.err(code_of(error))


def _there(bare: socket.socket, way: Way) -> bool:
    """Whether the other end still has the connection."""
    if _ended(bare):
        return False
    try:
        bare.send(_LIFE[way])
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
    return True


def _ended(bare: socket.socket) -> bool:
    """Whether the other end has said all that it had to say, which found room, and closed in order."""
    poll = select.poll()
    poll.register(bare, _CLOSED_IN_ORDER)
    told = poll.poll(0)
    return bool(told) and not told[0][1] & (select.POLLERR | select.POLLHUP)


def _opening(target: Target, scan: Frame, way: Way) -> bytes:
    """The request that opens the stream."""
    url = urlsplit(target.url + scan["websocket_url" if way is Way.SOCKET else "sse_url"])
    lines = [f"GET {url.path}?events=all HTTP/1.1", f"Host: {url.netloc}"]
    if way is Way.SOCKET:
        key = base64.b64encode(os.urandom(16)).decode()
        lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += [f"Sec-WebSocket-Key: {key}"]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii")
