"""The process's own streams, which may be closed, full or gone: what is told on one never costs the rows.

stderr forgives: whatever cannot be written there is dropped, be it a line of progress, of the log or of an
error. stdout does not, because the rows are what was asked for.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from contextlib import suppress

from technic.errors import Unusable

_STDIN, STDOUT, _STDERR = 0, 1, 2


class Forgiving(io.TextIOWrapper):
    """A text stream that takes all that is written; once it cannot be written it goes nowhere."""

    def write(self, text: str) -> int:
        """As every stream; never raises OSError."""
        try:
            return super().write(text)
        except OSError:
            silence(self.fileno())
            return len(text)

    def flush(self) -> None:
        """As every stream; never raises OSError."""
        try:
            super().flush()
        except OSError:
            silence(self.fileno())


def settle_streams() -> None:
    """Give closed streams something to stand on, and let stderr forgive; to be called before all else.

    The next file that is opened would get the number of a closed one, and all that is said on stderr.
    """
    for number in (_STDIN, STDOUT, _STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for number in (STDOUT, _STDERR):
        os.set_blocking(number, True)  # whoever shares it may have said otherwise
    if sys.stdout is None:
        sys.stdout = os.fdopen(STDOUT, closefd=False)  # to be read: rows shall not get lost there
    if sys.stderr is sys.__stderr__:  # else it is somebody's who looks after it
        encoding = "utf-8" if sys.stderr is None else sys.stderr.encoding
        raw = os.fdopen(_STDERR, "wb", closefd=False)
        sys.stderr = Forgiving(raw, encoding=encoding, errors="backslashreplace", line_buffering=True)


def check_stdout() -> None:
    """See that there is one. Raises Unusable."""
    if not sys.stdout.writable():
        raise _unwritable("it is closed")


def write_rows(content: bytes) -> None:
    """Write to stdout; a reader that has seen enough, as `head`, ends it quietly.

    Raises:
        Unusable: The rows found no room.
    """
    write_portions((content,))


def write_portions(portions: Iterable[bytes]) -> None:
    """The same for what comes in portions. Raises Unusable."""
    try:
        for portion in portions:
            rest = memoryview(portion)
            while rest:  # where Python does not buffer, Ctrl-C cuts a write short
                rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.flush()
    except BrokenPipeError:
        silence(STDOUT)
    except OSError as error:
        silence(STDOUT)
        raise _unwritable(error.strerror or str(error)) from error


def refused(error: OSError) -> Unusable:
    """The error that tells of one from the system which nobody foresaw."""
    why = "stdout is closed" if isinstance(error, io.UnsupportedOperation) else error.strerror or str(error)
    where = f"{error.filename}: " if error.filename else ""
    return Unusable(
        f"the system refused it: {where}{why}",
        suggestion="Look whether the disk has room, and whether the files that were named may be used.",
    )


def _unwritable(why: str) -> Unusable:
    return Unusable(
        f"the rows cannot be written to stdout: {why}", suggestion="Name a file with --output FILE."
    )


def silence(number: int) -> None:
    """Lead a stream nowhere, so that what it still holds does not fail again when the process ends."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
