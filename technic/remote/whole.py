"""A file that appears when it is whole; until then, and where something fails, what was there stays."""

from __future__ import annotations

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
    place = path.resolve()
    unfinished = place.with_name(f".{place.name[:_NAME_MOST]}.{token_hex(4)}.part")
    try:
        with unfinished.open("xb") as file:
            yield file
        unfinished.replace(place)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
