"""Drives a server: so many scans at a time, each with its watchers, for so long.

A lane runs one scan after the other; the watchers of one may still read on when the next runs, and no
longer. Every scan is seen to its end: when the time is up, those that run are left to end for a while and
then cancelled. Whatever still watches long after that is given up, and counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from technic.cli.loading.account import Account
from technic.cli.loading.audience import SETTLE_SECONDS, see_through
from technic.cli.loading.ledger import Frame, Ledger
from technic.cli.loading.plan import LoadPlan, parts
from technic.cli.loading.target import REFUSED, Target, code_of
from technic.errors import QueueFull, TechnicError

LINGER_SECONDS = 10.0
"""How long scans may run on when the time is up, and how long they may take to stop when cancelled."""
_AGAIN_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 60.0


class Driver:
    """One load.

    Args:
        plan: What it consists of.
        target: The server, entered.
        account: Where all that it sees is counted.
    """

    def __init__(self, plan: LoadPlan, target: Target, account: Account) -> None:
        self._plan = plan
        self._target = target
        self._account = account
        self._parts = parts(plan)
        self._over = asyncio.Event()
        self._running: set[str] = set()

    async def run(self) -> None:
        """Drive for as long as is planned, or until `stop`, and see everything to its end."""
        lanes = [asyncio.create_task(self._lane(number)) for number in range(self._plan.scans)]
        try:
            if await self._over_within(self._plan.seconds):
                await self._cancel()  # asked to stop: nobody wants to wait for what runs
            self._over.set()
            _, left = await asyncio.wait(lanes, timeout=LINGER_SECONDS)
            if left and await self._cancel():
                _, left = await asyncio.wait(left, timeout=LINGER_SECONDS + SETTLE_SECONDS)
            self._account.unfinished += len(left)
        finally:
            for lane in lanes:
                lane.cancel()
            ended = await asyncio.gather(*lanes, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    def stop(self) -> None:
        """Start no more scans, and cancel those that run."""
        self._over.set()

    async def _over_within(self, seconds: float) -> bool:
        """Wait; whether the time was up before."""
        try:
            await asyncio.wait_for(self._over.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _lane(self, number: int) -> None:
        """One scan after the other; the first when its turn in the ramp has come."""
        if await self._over_within(self._plan.ramp_seconds * number / self._plan.scans):
            return
        before: asyncio.Task[None] | None = None
        async with asyncio.TaskGroup() as group:
            while not self._over.is_set():
                scan = await self._start()
                if scan is None:
                    continue
                ledger = Ledger(self._account, timed=self._target.near)
                watching = group.create_task(self._see_through(scan, ledger))
                with self._counted(scan["scan_id"]):
                    await _first(watching, group.create_task(ledger.ended.wait()))
                if before is not None:
                    await asyncio.wait([before])
                before = watching

    async def _start(self) -> Frame | None:
        """The answer to one start; None where it was refused, after a while."""
        asked = time.monotonic()
        try:
            scan = await self._target.ask(
                "POST", "/scan/start", holds="progress_url", body=self._plan.request
            )
        except REFUSED as error:
            if isinstance(error, QueueFull):
                self._account.refused += 1
            else:
                self._account.err(code_of(error))
            await self._over_within(_wait_of(error))
            return None
        self._account.start.add(time.monotonic() - asked)
        return scan

    @contextmanager
    def _counted(self, scan_id: str) -> Iterator[None]:
        """A scan runs, for the length of a block."""
        self._running.add(scan_id)
        self._account.running += 1
        try:
            yield
        finally:
            self._running.discard(scan_id)
            self._account.running -= 1

    async def _see_through(self, scan: Frame, ledger: Ledger) -> None:
        """One scan with its watchers to the end; then it is forgotten, unless it is to be kept."""
        cast = [next(self._parts) for _ in range(self._plan.watchers)]
        await see_through(self._target, ledger, scan, cast)
        if ledger.last is not None and not self._plan.keep:
            await self._tell("DELETE", f"/scan/{scan['scan_id']}")

    async def _cancel(self) -> bool:
        """Cancel every scan that runs; whether there still is a server that hears of it."""
        told = [self._tell("POST", f"/scan/cancel/{scan_id}") for scan_id in self._running]
        return not told or any(await asyncio.gather(*told))

    async def _tell(self, method: str, path: str) -> bool:
        """A call of which nothing but its errors matters; whether it was answered."""
        try:
            await self._target.tell(method, path)
        except REFUSED as error:
            self._account.err(code_of(error))
            return isinstance(error, TechnicError)
        return True


async def _first(watching: asyncio.Task[None], ended: asyncio.Task[bool]) -> None:
    """Wait until a scan has ended, or nobody watches it any more."""
    try:
        await asyncio.wait([watching, ended], return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended.cancel()


def _wait_of(error: Exception) -> float:
    """How long to wait before the next try: what the server says, within reason."""
    said = error.retry_after if isinstance(error, TechnicError) else None
    return min(said or _AGAIN_SECONDS, _LONGEST_WAIT_SECONDS)
