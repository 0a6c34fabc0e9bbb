"""A command on a terminal of its own: what it writes is read, keys are pressed, as a person would."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from select import select

from tests.support.server import GUARD_SECONDS

CTRL_C = b"\x03"


class Terminal:
    """A running command.

    Attributes:
        text: All that it has written so far.
    """

    def __init__(self, here: int, process: subprocess.Popen[bytes]) -> None:
        self._here = here
        self._written = b""
        self.process = process

    @property
    def text(self) -> str:
        return self._written.decode(errors="replace")

    @property
    def words(self) -> str:
        """The same without colours, boxes and line ends."""
        bare = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.text)
        return " ".join(re.sub("[│╭╮╰╯─]", " ", bare).split())

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._here, keys)

    def until(self, words: str) -> None:
        """Read until these words are there; a guard bounds it."""
        end = time.monotonic() + GUARD_SECONDS
        while words not in self.text:
            assert self._read(end), f"it ended without {words!r}: {self.text}"

    def end(self) -> int:
        """Read to the end; the exit code."""
        end = time.monotonic() + GUARD_SECONDS
        while self._read(end):
            pass
        return self.process.wait(GUARD_SECONDS)

    def _read(self, end: float) -> bool:
        """Read what is there, or wait for it; whether there was something."""
        ready, _, _ = select([self._here], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"nothing more came: {self.text}"
        try:
            chunk = os.read(self._here, 65_536)
        except OSError:  # the other end is closed
            return False
        self._written += chunk
        return bool(chunk)


@contextmanager
def terminal(
    words: Sequence[str], *, variables: Mapping[str, str] | None = None, stdout: int | None = None
) -> Iterator[Terminal]:
    """A command whose streams are a terminal of 100 by 30 characters; killed at the end of the block.

    Args:
        words: The command.
        variables: More of its environment.
        stdout: Where its rows go instead.
    """
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color"} | dict(variables or {})
    process = subprocess.Popen(
        words,
        stdin=there,
        stdout=there if stdout is None else stdout,
        stderr=there,
        env=environment,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(there, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - so that Ctrl-C is a signal
    )
    os.close(there)
    try:
        yield Terminal(here, process)
    finally:
        with contextlib.suppress(OSError):
            os.close(here)
        process.kill()
        process.wait(GUARD_SECONDS)
