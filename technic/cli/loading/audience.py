"""One scan before its watchers, from its start until all have its end, and what is to be said of it then."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from technic.cli.loading.account import Account
from technic.cli.loading.ledger import SCANNING, Frame, Ledger
from technic.cli.loading.plan import Behaviour, Part
from technic.cli.loading.readers import poll, watch
from technic.cli.loading.stalled import stall
from technic.cli.loading.target import Target

SETTLE_SECONDS = 15.0
"""How long a reader may need for the end of a scan that another reader has."""


async def see_through(target: Target, ledger: Ledger, scan: Frame, cast: Sequence[Part]) -> None:
    """Have a scan watched to its end, and judge what its watchers were told.

    Args:
        target: The server.
        ledger: The scan's.
        scan: The answer to its start.
        cast: Its watchers. Where none of them reads, one more asks for its progress.
    """
    account = ledger.account
    held = [stall(target, account, scan, part.way) for part in cast if part.behaviour is Behaviour.STALLED]
    reading: list[Coroutine[Any, Any, None]] = [
        watch(target, ledger, scan, part) for part in cast if part.behaviour is not Behaviour.STALLED
    ]
    await _all_at_the_end(
        ledger,
        [_there(account, reader) for reader in held],
        [_there(account, reader) for reader in reading or [poll(target, ledger.open(), ledger, scan)]],
    )
    ledger.close()
    _settle(account, ledger.last)


def _there(account: Account, reader: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Begin to watch, and be counted for as long."""

    def leave(_: asyncio.Task[None]) -> None:
        account.readers -= 1

    account.readers += 1
    task = asyncio.create_task(reader)
    task.add_done_callback(leave)
    return task


async def _all_at_the_end(
    ledger: Ledger, held: list[asyncio.Task[None]], reading: list[asyncio.Task[None]]
) -> None:
    """Wait for all that read; those that are stalled go with the last of them."""
    try:
        await _read_out(ledger, reading)
    finally:
        for task in (*held, *reading):
            task.cancel()
        ended = await asyncio.gather(*held, *reading, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def _read_out(ledger: Ledger, reading: list[asyncio.Task[None]]) -> None:
    """Wait for all; once one has the end, the others shall have it before long, or it is lost to them."""
    left = set(reading)
    while left:
        limit = SETTLE_SECONDS if ledger.ended.is_set() else None
        done, left = await asyncio.wait(left, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            ledger.account.lost += len(left)
            ledger.account.errors["end_not_delivered"] += len(left)
            return


def _settle(account: Account, last: Frame | None) -> None:
    """Count a scan that has ended."""
    if last is None:
        account.unfinished += 1
        return
    account.ended[last["status"]] += 1
    account.symbols += sum(stage["current"] for stage in last["stages"] if stage["name"] == SCANNING)
    if last["error"] is not None:
        account.err(f"scan_{last['error']['code']}")
