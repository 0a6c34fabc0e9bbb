"""Waiting for bars without an event loop of one's own: a remote source's bars arrive on a thread's.

A script and a notebook call `run_scan` where no loop runs, or where one runs already; so the waiting has
a thread with a loop of its own, and the caller reads what has arrived.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue

from technic.errors import Failure, TimeoutExceeded, failure_of
from technic.scanner.sources.base import GROUPS_AT_ONCE, BarSource
from technic.scanner.units import FetchUnit


@dataclass(frozen=True, slots=True)
class Arrival:
    """The waiting for a unit's bars has ended.

    Attributes:
        unit: Whose; it can be performed now.
        failure: Unless this says why its bars will not arrive.
    """

    unit: FetchUnit
    failure: Failure | None = None


def arrivals(source: BarSource, units: Sequence[FetchUnit], seconds: float | None) -> Iterator[Arrival]:
    """Each unit when the waiting for it has ended; closing the iterator ends the waiting at once.

    Args:
        source: Where the bars come from.
        units: What is waited for, a few groups at once.
        seconds: How long at most; None for no limit.
    """
    if not source.connections:
        yield from map(Arrival, units)
        return
    told: SimpleQueue[Arrival] = SimpleQueue()
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = Future()
    thread = threading.Thread(
        target=lambda: asyncio.run(_bring_all(source, units, seconds, told, begun)),
        name="arrivals",
        daemon=True,
    )
    thread.start()
    loop, task = begun.result()
    try:
        for _ in units:
            yield told.get()
    finally:
        if thread.is_alive():
            _cancel(loop, task)
        thread.join()


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    try:
        loop.call_soon_threadsafe(task.cancel)
    except RuntimeError:  # the loop has ended in this moment
        return


async def _bring_all(
    source: BarSource,
    units: Sequence[FetchUnit],
    seconds: float | None,
    told: SimpleQueue[Arrival],
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]],
) -> None:
    """All units, some at a time; ends quietly when it is cancelled."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None, "a coroutine that runs is a task's"  # noqa: S101
    gate = asyncio.Semaphore(GROUPS_AT_ONCE)
    end = None if seconds is None else loop.time() + seconds
    begun.set_result((loop, task))
    try:
        async with asyncio.TaskGroup() as group:
            for unit in units:
                group.create_task(_bring(source, unit, gate, end, told))
    except asyncio.CancelledError:
        return


async def _bring(
    source: BarSource, unit: FetchUnit, gate: asyncio.Semaphore, end: float | None, told: SimpleQueue[Arrival]
) -> None:
    try:
        async with asyncio.timeout_at(end), gate:
            await source.arrive(unit.symbols, lambda _: None)
    except TimeoutError:
        late = TimeoutExceeded("the bars did not arrive in the time that the scan was allowed")
        told.put(Arrival(unit, late.failure()))
    except Exception as error:  # noqa: BLE001 - whatever a source raises is its unit's failure
        told.put(Arrival(unit, failure_of(error)))
    else:
        told.put(Arrival(unit))
