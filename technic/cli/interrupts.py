"""Ctrl-C: during a scan the first asks it to stop and keep what it found, the second ends the process.

Before a scan there is nothing to keep, and the first ends the process at once: Python would raise it within
whatever is being imported, which makes of it what it likes. While rows are written they are finished.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from technic.cli.complaints import ExitCode

_SHOW_CURSOR = b"\x1b[?25h\n"


def leave_at_once() -> None:
    """Let Ctrl-C end the process without a word from now on, wherever nobody else takes it."""
    signal.signal(signal.SIGINT, lambda _signal, _frame: os._exit(ExitCode.INTERRUPTED))


@contextmanager
def finishing() -> Iterator[None]:
    """Finish what is done within though Ctrl-C is pressed; pressed twice it ends the process."""
    pressed = False

    def interrupted(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            os._exit(ExitCode.INTERRUPTED)
        pressed = True

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Interrupts:
    """Counts Ctrl-C between entering and leaving; to be entered on the main thread, in a running loop.

    The handler is Python's own and not the loop's, so that the second Ctrl-C works however busy or stuck
    the loop may be. Workers end by themselves when this process does.
    """

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def came(self) -> bool:
        """Whether there was one."""
        return self._asked.is_set()

    async def first(self) -> None:
        """Wait until the first Ctrl-C."""
        await self._asked.wait()

    def __enter__(self) -> Self:
        self._pressed = False
        self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _interrupted(self, _signal: int, _frame: FrameType | None) -> None:
        """The signal's handler: may run between any two instructions, so it touches nothing that locks."""
        if self._pressed:
            if sys.stderr.isatty():
                os.write(sys.stderr.fileno(), _SHOW_CURSOR)
            os._exit(ExitCode.INTERRUPTED)
        self._pressed = True
        self._loop.call_soon_threadsafe(self._asked.set)
