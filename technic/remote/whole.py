"""A file that appears when it is whole; until then, and where something fails, what was there stays."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO

_NAME_MOST = 60
"""Characters of its name that the unfinished one has of it: a name may have 255 bytes in all."""


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write within a block, beside the place that it gets when that ends well. Raises OSError."""
    place = place_of(path)
    unfinished = unfinished_at(place)
    try:
        with unfinished.open("xb") as file:
            yield file
        unfinished.replace(place)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise


def place_of(path: Path) -> Path:
    """Where a file lies once links have been followed. Raises OSError, also where they lead in a circle."""
    try:
        return path.resolve()
    except RuntimeError as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error


def unfinished_at(place: Path) -> Path:
    """A name beside a place that nobody else has: two may write one file, and the last one's stands."""
    return place.with_name(f".{place.name[:_NAME_MOST]}.{token_hex(4)}.part")
