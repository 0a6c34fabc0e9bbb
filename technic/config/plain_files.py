"""Opening files that people name or drop into folders: plain ones only, never what blocks or has no end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_NOT_PLAIN = "it is a pipe, a socket or a device, not a file"


def open_plain(path: Path) -> BinaryIO:
    """Open a file to read its bytes; a link stands for what it leads to.

    Never waits: a pipe is opened without waiting for a writer, seen to be one, and closed again.

    Raises:
        OSError: It cannot be opened, or is a folder, a pipe, a socket or a device.
    """
    _refuse_other(os.stat(path), path)  # noqa: PTH116 - as the descriptor's; a device may be harmed by opening
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - pathlib's knows no opener
    try:
        _refuse_other(os.fstat(file.fileno()), path)  # it may have been exchanged since
    except OSError:
        file.close()
        raise
    return file


def is_other(path: Path) -> bool:
    """Whether something is there, and is no plain file: a folder, a pipe, a socket or a device."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _refuse_other(status: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, _NOT_PLAIN, str(path))


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
