"""A file that rows are written to: whole, or not there at all, and looked at before the scan runs."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import typer

from technic.errors import Unusable

_NAME_MOST = 60
"""Characters of a name that the unfinished file's has of it: a name may have 255 bytes in all."""


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
    target = path.resolve()
    if not os.access(target.parent, os.W_OK):
        return f"the folder {path.parent} cannot be written to"
    if _is_device(target):  # a pipe is not opened: it would wait for its reader
        return None if os.access(target, os.W_OK) else f"{path} cannot be written to"
    with suppress(FileNotFoundError):
        target.lstat()  # finds a name that is too long
    unfinished = _unfinished(target)
    unfinished.open("ab").close()
    unfinished.unlink()
    return None


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is whole or not there at all. Raises Unusable."""
    try:
        if _is_device(path):  # there is nothing to put in its place
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)
    except OSError as error:
        raise Unusable(
            f"{path} cannot be written: {error.strerror}", suggestion="Name another file with --output."
        ) from error


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name[:_NAME_MOST]}.unfinished")


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file and put the result in its place; a full disk or Ctrl-C leaves the old one."""
    unfinished = _unfinished(path)
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
