"""A file that rows are written to: whole, or not there at all, and looked at before the scan runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

import typer

from technic.errors import Unusable
from technic.remote import whole

IN_MEMORY_BYTES = 1 << 24
"""What goes elsewhere before it goes where it shall is kept in memory up to here, else in a file."""
_NAME_MOST = 60
"""So many characters of a name are said."""


def check_file(path: Path) -> None:
    """See that a file can be written, without touching what it holds.

    Raises:
        typer.BadParameter: It cannot; says why.
    """
    try:
        why = _fault(path)
    except OSError as error:
        why = f"{path.name[:_NAME_MOST]} cannot be written: {error.strerror}"
    if why is not None:
        raise typer.BadParameter(why, param_hint="--output")


def _fault(path: Path) -> str | None:
    """What is wrong with a file, None where nothing is. Raises OSError."""
    if path.is_dir():
        return f"{path} is a folder; name a file in it"
    if _is_device(path):  # a pipe is not opened: it would wait for its reader
        return None if os.access(path, os.W_OK) else f"{path} cannot be written to"
    target = whole.place_of(path)
    if not os.access(target.parent, os.W_OK):
        return f"the folder {path.parent} cannot be written to"
    with suppress(FileNotFoundError):
        target.lstat()  # finds a name that is too long
    unfinished = whole.unfinished_at(target)
    unfinished.open("xb").close()
    unfinished.unlink()
    return None


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is whole or not there at all. Raises Unusable."""
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to be written within a block, that is whole afterwards or not there at all. Raises Unusable.

    It can be sought in, but for a device: that is given what was written once the block is left.
    """
    try:
        with _before(path) if _is_device(path) else whole.whole_file(path) as file:
            yield file
    except OSError as error:
        raise Unusable(
            f"{path} cannot be written: {error.strerror}", suggestion="Name another file with --output."
        ) from error


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file()


@contextmanager
def _before(path: Path) -> Iterator[IO[bytes]]:
    """Write elsewhere first: there is nothing to put in a device's place."""
    with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        yield file
        file.seek(0)
        with path.open("wb") as device:
            shutil.copyfileobj(file, device)
