"""What a worker writes to its stderr: shown at debug, and its end kept for whoever asks why it died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os

KEPT_BYTES = 4096
_READ_BYTES = 16 * 1024

_log = logging.getLogger(__name__)


class LastWords:
    """Reads a worker's stderr on the event loop and keeps the last few kilobytes of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptor: int, pid: int) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._pid = pid
        self._kept = b""
        self._reading = True
        loop.add_reader(descriptor, self._read)

    @property
    def text(self) -> str:
        """The last of what it wrote."""
        return self._kept.decode(errors="replace").strip()

    def close(self) -> None:
        """Take what is there (the worker has ended) and let go of the descriptor. Idempotent."""
        for _ in range(64):  # a pipe holds no more than this; a grandchild may write for ever
            if not self._reading or not self._read():
                break
        self._stop()

    def _read(self) -> bool:
        """Whether something was read."""
        words = b""
        with contextlib.suppress(BlockingIOError, InterruptedError):
            words = os.read(self._descriptor, _READ_BYTES)
            if not words:
                self._stop()
        if words:
            self._kept = (self._kept + words)[-KEPT_BYTES:]
            _log.debug("worker %d: %s", self._pid, words.decode(errors="replace").rstrip())
        return bool(words)

    def _stop(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._descriptor)
