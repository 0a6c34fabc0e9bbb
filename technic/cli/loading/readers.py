"""The watchers of a scan, each to its end: steady, slow, reconnecting, or polling."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from technic.cli.loading.ledger import Frame, Ledger, View
from technic.cli.loading.plan import Behaviour, Part, Way
from technic.cli.loading.target import BROKEN, UNREADABLE, RefusedError, Target, code_of

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
        except RefusedError as error:
            ledger.account.err(error.code)
            break
        except BROKEN as error:
            ledger.account.err(code_of(error))
        except UNREADABLE:
            ledger.account.err("unreadable_frame")
            break
        if not view.ended:
            failures = failures + 1 if view.seq == before else 0
            ledger.account.reconnections += 1
            await asyncio.sleep(_BACK_SECONDS if view.seq == before else 0)


async def _stay(target: Target, view: View, ledger: Ledger, scan: Frame, part: Part) -> None:
    """One connection of a stream. Raises RefusedError, or as BROKEN."""
    view.connect()
    leaves = part.behaviour is Behaviour.RECONNECTING
    stay = random.randint(*_STAYS) if leaves else 0  # noqa: S311 - not a secret
    opened = time.monotonic()
    frames = 0
    async with aclosing(_frames(target, view, scan, part)) as stream:
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


def _frames(target: Target, view: View, scan: Frame, part: Part) -> AsyncGenerator[Frame]:
    """The frames of one connection, from where the reader stands."""
    narrow = part.behaviour is Behaviour.SLOW
    if part.way is Way.SOCKET:
        path = f"{scan['websocket_url']}?events=all&since={view.place}"
        return target.frames_of_socket(path, narrow=narrow)
    known = view.epoch is not None
    path = f"{scan['sse_url']}?events=all" + ("" if known else "&since=-1")
    return target.frames_of_events(path, last_id=view.place if known else "", narrow=narrow)


async def poll(target: Target, view: View, ledger: Ledger, scan: Frame) -> None:
    """Ask for progress once a second, and at once when somebody else has the end, until it is the end."""
    failures = 0
    while failures < _MOST_FAILURES:
        asked = time.monotonic()
        try:
            snapshot = await target.call("GET", scan["progress_url"])
        except RefusedError as error:
            ledger.account.err(error.code)
            return
        except BROKEN as error:
            ledger.account.err(code_of(error))
            failures += 1
        except UNREADABLE:
            ledger.account.err("unreadable_snapshot")
            return
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
