"""What tests let workers do: one function whose unit says what, from an echo to a segmentation fault.

A unit is a tuple: what to do, and its arguments.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from technic.errors import InsufficientHistory

FUNCTION = "tests.support.poison:perform"


class Stopped(Exception):
    """The function saw the flag."""


def perform(unit: tuple[Any, ...], cancelled: Callable[[], bool]) -> Any:
    """Do what the unit says."""
    what, *arguments = unit
    return globals()[f"do_{what}"](cancelled, *arguments)


def do_echo(_cancelled, value):
    return value


def do_echo_slowly(_cancelled, value):
    """Take a while and no processor, as a unit that reads does."""
    time.sleep(0.002)
    return value


def do_pid(_cancelled):
    return os.getpid()


def do_modules(_cancelled):
    return sorted(sys.modules)


def do_obey(cancelled, began: str | None = None):
    """Run until told to stop; say by a file that it has begun."""
    _tell(began)
    while not cancelled():
        time.sleep(0.001)
    raise Stopped


def do_finish_when_told(cancelled, began: str | None = None):
    """Run until told to stop, and return nevertheless."""
    _tell(began)
    while not cancelled():
        time.sleep(0.001)
    return "finished"


def do_hang(_cancelled, began: str | None = None):
    """Run for ever and never look at the flag."""
    _tell(began)
    while True:
        time.sleep(60)


def do_spin(_cancelled, began: str | None = None):
    """Run for ever without ever giving up the processor."""
    _tell(began)
    while True:
        pass


def do_raise(_cancelled, text):
    raise ValueError(text)


def do_fail(_cancelled, symbol):
    raise InsufficientHistory("12 bars", affected_symbols=(symbol,))


def do_exit(_cancelled, code):
    os._exit(code)


def do_quit(_cancelled):
    sys.exit("a unit that ends its process politely")


def do_segfault(_cancelled):
    ctypes.string_at(0)


def do_kill_self(_cancelled):
    os.kill(os.getpid(), signal.SIGKILL)


def do_allocate(_cancelled, count):
    return len(bytearray(count))


_leaked = []


def do_leak(_cancelled, count):
    """Keep so many bytes for ever; how many there are by now."""
    _leaked.append(b"x" * count)
    return sum(map(len, _leaked))


def do_allocate_without_end(_cancelled, piece):
    """Ask for more and more, by pieces of so many bytes."""
    kept = []
    while True:
        kept.append(b"x" * piece)


def do_swallow_memory_errors(_cancelled):
    """Allocate without end, and never mind that there is no more."""
    kept = []
    while True:
        with contextlib.suppress(MemoryError):
            kept.append(b"x" * 2**20)


def do_oom_score(_cancelled):
    return int(Path("/proc/self/oom_score_adj").read_text())


def do_unpicklable(_cancelled):
    return lambda: None


class Undecodable:
    """Pickles well and cannot be unpickled in the engine's process."""

    def __reduce__(self):
        return (_only_in_a_worker, (os.getpid(),))


def _only_in_a_worker(pid):
    if os.getpid() != pid:
        raise RuntimeError("not here")


def do_undecodable(_cancelled):
    return Undecodable()


def do_large(_cancelled, count):
    return bytes(count)


def do_array(_cancelled, rows, columns):
    import numpy as np  # noqa: PLC0415 - only this unit pays for it

    return np.arange(float(rows * columns)).reshape(rows, columns)


def do_print(_cancelled, text):
    print(text)  # noqa: T201 - that is the point


def do_environment(_cancelled, name):
    return os.environ.get(name)


def do_nice(_cancelled):
    return os.nice(0)


def do_descriptors(_cancelled):
    return sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir())


def do_signals(_cancelled):
    return signal.getsignal(signal.SIGINT).name, signal.getsignal(signal.SIGTERM).name


def _tell(began: str | None) -> None:
    if began is not None:
        Path(began).write_text(str(os.getpid()))
