"""The watchers of a scan, each to its end: steady, slow, reconnecting, or polling."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from contextlib import aclosing

from technic.cli.loading.ledger import Frame, Ledger, View
from technic.cli.loading.plan import Behaviour, Part, Way
from technic.cli.loading.target import Target, code_of
from technic.errors import TechnicError
from technic.remote import habits
from technic.remote.caller import Caller, Query
from technic.remote.events import over_events
from technic.remote.faults import BROKEN
from technic.remote.raw import Raw
from technic.remote.snapshot import unknown
from technic.remote.sockets import over_socket
from technic.remote.ways import Barred, Closed, TurnedAway

POLL_SECONDS = 1.0
_AFTER_END_SECONDS = 0.05
_PAUSE_SECONDS = 0.05
"""What a slow reader does not read for after each frame."""
_BACK_SECONDS = 0.25
"""After what a reader comes back whom the connection has failed."""
_STAYS = (3, 12)
"""How many frames one that reconnects stays for."""
_MOST_FAILURES = 100
"""A reader that is turned away so often, one time after the other, gives up."""
_CONNECTIONS = {Way.SOCKET: over_socket, Way.EVENTS: over_events}


async def watch(target: Target, ledger: Ledger, scan: Frame, part: Part) -> None:
    """Watch a scan to its terminal snapshot, or until there is no use in coming back.

    Args:
        target: The server.
        ledger: The scan's.
        scan: The answer to its start.
        part: How; a stalled reader is no watcher.
    """
    view = ledger.open(quick=part.behaviour is not Behaviour.SLOW)
    if part.way is Way.POLLING:
        await poll(target, view, ledger, scan)
        return
    failures = 0
    while not view.ended and failures < _MOST_FAILURES:
        before = view.seq
        try:
            await _stay(target, view, ledger, scan, part)
        except (Closed, TurnedAway) as error:  # the server's right, but for want of room
            if isinstance(error, TurnedAway) and error.crowded:
                ledger.account.err("too_many_streams")
        except (TechnicError, Barred) as error:
            ledger.account.err(code_of(error))
            break
        except BROKEN as error:
            ledger.account.err(code_of(error))
        if not view.ended:
            failures = failures + 1 if view.seq == before else 0
            ledger.account.reconnections += 1
            await asyncio.sleep(_BACK_SECONDS if view.seq == before else 0)


async def _stay(target: Target, view: View, ledger: Ledger, scan: Frame, part: Part) -> None:
    """One connection of a stream. Raises as the client's connections do."""
    view.connect()
    leaves = part.behaviour is Behaviour.RECONNECTING
    stay = random.randint(*_STAYS) if leaves else 0  # noqa: S311 - not a secret
    opened = time.monotonic()
    frames = 0
    caller = target.narrow if part.behaviour is Behaviour.SLOW else target.caller
    async with aclosing(_CONNECTIONS[part.way](caller, _Seat(scan, view), _alive)) as stream:
        async for frame in stream:
            if not frames:
                ledger.account.opening.add(time.monotonic() - opened)
            frames += 1
            ledger.account.frames[part.way.value] += 1
            view.take(frame)
            if view.ended or frames == stay:
                return
            if part.behaviour is Behaviour.SLOW:
                await asyncio.sleep(_PAUSE_SECONDS)


class _Seat:
    """One reader's stream, from where it stands: what a connection of the client needs to know."""

    def __init__(self, scan: Frame, view: View) -> None:
        self._scan = scan
        self._view = view

    def address(self, way: habits.Way) -> tuple[str, Query]:
        """Of typed frames."""
        url: str = self._scan["websocket_url" if way is habits.Way.SOCKET else "sse_url"]
        return url, {"events": "all", "since": self._view.place}

    async def end(self, caller: Caller) -> Raw:
        """How the scan has ended."""
        answer = await caller.once("GET", self._scan["progress_url"])
        return {**answer.json(holds="percentage"), "type": "state"}

    def unknown(self) -> TechnicError:
        """There is no such scan."""
        return unknown(self._scan["scan_id"])


def _alive() -> None:
    """Nobody asks here whether a server still speaks."""


async def poll(target: Target, view: View, ledger: Ledger, scan: Frame) -> None:
    """Ask for progress once a second, and at once when somebody else has the end, until it is the end."""
    failures = 0
    while failures < _MOST_FAILURES:
        asked = time.monotonic()
        try:
            snapshot = await target.ask("GET", scan["progress_url"], holds="percentage")
        except TechnicError as error:
            ledger.account.err(error.code)
            return
        except BROKEN as error:
            ledger.account.err(code_of(error))
            failures += 1
        else:
            failures = 0
            ledger.account.poll.add(time.monotonic() - asked)
            ledger.account.frames[Way.POLLING.value] += 1
            view.poll(snapshot)
            if view.ended:
                return
        await _within(POLL_SECONDS, ledger.ended)


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event for so long; where it has been set already, a little."""
    if event.is_set():
        await asyncio.sleep(_AFTER_END_SECONDS)
        return
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
