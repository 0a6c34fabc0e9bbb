"""Ctrl-C during a scan: the first asks it to stop and keep what it found, the second ends the process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from types import FrameType, TracebackType
from typing import Self

from technic.cli.complaints import ExitCode

_SHOW_CURSOR = b"\x1b[?25h\n"


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
