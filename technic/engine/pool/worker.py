"""A worker process: `python -m technic.engine.pool.worker`, started by the pool and by nobody else.

Loads one function by its dotted name, then does one unit after the other until the engine lets go of the
socket. It imports what the function needs and little else: that decides its memory and its start time.
"""

from __future__ import annotations

import contextlib
import importlib
import mmap
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from technic.engine.pool import confine, endings
from technic.engine.pool.framing import Decoder, FrameError, decode, encode
from technic.engine.pool.protocol import Orders, Ready, Reply
from technic.errors import Failure, TechnicError

UnitFunction = Callable[[Any, Callable[[], bool]], Any]


class StopFlag:
    """The shared byte that asks for the unit to stop, and whether the unit was told.

    A unit that raises after it was told has been cancelled; one that never looked failed by itself.
    """

    def __init__(self, descriptor: int) -> None:
        self._byte = mmap.mmap(descriptor, 1)
        self.told = False

    def __call__(self) -> bool:
        """Whether to stop. Cheap: may be polled for each symbol."""
        if self._byte[0]:
            self.told = True
        return self.told


def load(name: str) -> UnitFunction:
    """The function behind `module:name`. Raises whatever its import does."""
    module, _, attribute = name.partition(":")
    function: UnitFunction = getattr(importlib.import_module(module), attribute)
    return function


def serve(connection: socket.socket, function: UnitFunction, stop: StopFlag) -> None:
    """Do units until the engine lets go."""
    connection.sendall(encode(Ready(os.getpid(), confine.resident_bytes())))
    decoder = Decoder()
    while count := connection.recv_into(decoder.room()):
        for body in decoder.advance(count):
            connection.sendall(_answer(body, function, stop))


def _answer(body: bytearray, function: UnitFunction, stop: StopFlag) -> bytes:
    began, cpu_began = time.perf_counter(), time.process_time()
    result, failure = _perform(body, function, stop)
    cpu = time.process_time()
    reply = Reply(
        result=result,
        failure=failure,
        seconds=time.perf_counter() - began,
        cpu_seconds=cpu - cpu_began,
        worker_cpu_seconds=cpu,
        worker_bytes=confine.resident_bytes(),
    )
    try:
        return encode(reply)
    except (FrameError, MemoryError) as error:
        return encode(reply._replace(result=None, failure=endings.unreturned(str(error))))


def _perform(body: bytearray, function: UnitFunction, stop: StopFlag) -> tuple[Any, Failure | None]:
    stop.told = False
    try:
        unit = decode(body)
    except FrameError as error:
        return None, endings.unsent(str(error))
    try:
        return function(unit, stop), None
    except BaseException as error:  # noqa: BLE001 - whatever a unit raises fails the unit, not the worker
        return None, _failure(error, stop)


def _failure(error: BaseException, stop: StopFlag) -> Failure:
    if stop.told:
        return endings.cancelled()
    if not isinstance(error, TechnicError):  # to stderr: the engine logs it at debug and shows it to nobody
        traceback.print_exception(error)
    return endings.raised(error)


def main(words: list[str]) -> None:
    """Be a worker."""
    orders = Orders.read(words)
    confine.settle_signals()
    confine.step_back(orders.nice)
    confine.end_with_parent(orders.parent, orders.socket)
    confine.bound_memory(orders.data_bytes)
    confine.go_first()
    sys.stdout = sys.stderr  # standard output belongs to the engine's process, which may print rows on it
    connection, stop = socket.socket(fileno=orders.socket), StopFlag(orders.flag)
    os.close(orders.flag)
    with contextlib.suppress(ConnectionError):  # the engine is gone; so are we
        serve(connection, load(orders.function), stop)
    os._exit(0)  # nothing to tidy up, and a unit's stray thread shall not keep us


if __name__ == "__main__":
    main(sys.argv[1:])
