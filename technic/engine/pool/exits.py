"""Tells the event loop when a child process has ended, and reaps it.

Works on any loop and in any thread: a process descriptor where there is one (Linux 5.3), else a thread
that waits. asyncio's own watchers want the main thread or a thread a child, and uvloop has others.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import weakref
from collections.abc import Callable

Exited = Callable[[int, float], None]
"""Called on the loop with the exit code (a negative signal number) and the CPU seconds it had in all."""

UNKNOWN_EXIT = 255
"""The exit code of a child that somebody else has reaped."""


def watch_exit(loop: asyncio.AbstractEventLoop, pid: int, exited: Exited) -> Callable[[], None]:
    """Call `exited` once when the child has ended, and reap it.

    Returns:
        What ends the watching; harmless when it has ended.
    """
    if hasattr(os, "pidfd_open"):
        return _DescriptorWatch(loop, pid, exited).stop
    return _watch_in_thread(loop, pid, exited)


class _DescriptorWatch:
    """Watches a process descriptor; closes it also where the loop was closed before."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pid: int, exited: Exited) -> None:
        self._loop = loop
        self._pid = pid
        self._exited = exited
        self._descriptor = os.pidfd_open(pid)
        self._close = weakref.finalize(self, os.close, self._descriptor)
        loop.add_reader(self._descriptor, self._ended)

    def stop(self) -> None:
        if self._close.alive and not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
        self._close()

    def _ended(self) -> None:
        self.stop()
        self._exited(*_reap(self._pid))


def _watch_in_thread(loop: asyncio.AbstractEventLoop, pid: int, exited: Exited) -> Callable[[], None]:
    watching = True

    def tell(exit_code: int, cpu_seconds: float) -> None:
        if watching:
            exited(exit_code, cpu_seconds)

    def wait() -> None:
        ended = _reap(pid)
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody is left to tell
            loop.call_soon_threadsafe(tell, *ended)

    def stop() -> None:
        nonlocal watching
        watching = False

    threading.Thread(target=wait, daemon=True, name=f"exit of {pid}").start()
    return stop


def _reap(pid: int) -> tuple[int, float]:
    """Wait for a child; at once where it has ended."""
    try:
        _, status, usage = os.wait4(pid, 0)
    except ChildProcessError:
        return UNKNOWN_EXIT, 0.0
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
