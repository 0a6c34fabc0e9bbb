"""Scans of a server, watched to their end or until Ctrl-C: which leaves them, and cancels nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from technic.cli.complaints import ExitCode, tell
from technic.cli.interrupts import Interrupts
from technic.cli.naming import resolve
from technic.cli.remote import connected
from technic.cli.screens import Screen, screen
from technic.cli.streams import check_stdout
from technic.client import Missing, Progress, TechnicClient

_DRAW_SECONDS = 0.1
ResultT = TypeVar("ResultT")


def watch(
    url: str, named: Sequence[str], *, as_json: bool, until_idle: bool, patience_seconds: float
) -> ExitCode:
    """Show how scans stand until they have ended.

    Args:
        url: The server.
        named: Their ids, or how these begin; none for all, those to come too, until Ctrl-C.
        as_json: Whether a script reads, on stdout.
        until_idle: Of all: leave once none goes on.
        patience_seconds: How long the server may be away.

    Raises:
        typer.BadParameter: The url is none, or an id is not clear.
        Unusable: No server answers, or not any more.
    """
    if as_json:
        check_stdout()
    return asyncio.run(
        _watch(url, named, as_json=as_json, until_idle=until_idle, patience_seconds=patience_seconds)
    )


async def _watch(
    url: str, named: Sequence[str], *, as_json: bool, until_idle: bool, patience_seconds: float
) -> ExitCode:
    with Interrupts() as interrupts:

        async def work() -> ExitCode:
            async with connected(url, patience_seconds=patience_seconds) as client:
                await client.health()  # it is there, and a technic server
                scan_ids = await resolve(client, named)
                with screen(one=len(scan_ids) == 1, as_json=as_json) as shown:
                    return await show(client, scan_ids, shown, until_idle=until_idle)

        code = await unless_interrupted(work(), interrupts)
    if code is None:
        tell("Left; the scans go on. `technic watch` shows them again, `technic cancel` stops them.")
        return ExitCode.INTERRUPTED
    return code


async def unless_interrupted(work: Coroutine[Any, Any, ResultT], interrupts: Interrupts) -> ResultT | None:
    """What a work comes to; None where Ctrl-C ended it. Raises as the work does."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(interrupts.first())
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()  # harmless where it is done
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
    return None if working.cancelled() else working.result()


async def show(
    client: TechnicClient, scan_ids: Sequence[str], shown: Screen, *, until_idle: bool = False
) -> ExitCode:
    """Show scans until they have ended; whether all of them completed. Raises as the client does."""
    drawing = asyncio.create_task(_draw(shown))
    try:
        return await _follow(client, scan_ids, shown, until_idle=until_idle)
    finally:
        drawing.cancel()
        await asyncio.wait((drawing,))


async def _draw(shown: Screen) -> None:
    while True:
        shown.draw()
        await asyncio.sleep(_DRAW_SECONDS)


async def _follow(
    client: TechnicClient, scan_ids: Sequence[str], shown: Screen, *, until_idle: bool
) -> ExitCode:
    code, running = ExitCode.DONE, {snapshot.scan_id for snapshot in await client.active()}
    if until_idle and not running:
        return code
    async with aclosing(client.watch_all(scan_ids, on_break=shown.away)) as frames:
        async for frame in frames:
            if isinstance(frame, Missing):
                running.discard(frame.scan_id)
                shown.missing(frame.scan_id, frame.error)
                code = ExitCode.FAILED
            elif isinstance(frame, Progress):
                snapshot = frame.snapshot
                shown.show(snapshot)
                (running.discard if snapshot.ended else running.add)(snapshot.scan_id)
                if snapshot.ended and snapshot.status != "completed":
                    code = ExitCode.FAILED
            if until_idle and not running and not await client.active():
                return code
    return code
