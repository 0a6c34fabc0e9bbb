"""For which scans this process computes at this moment, in a file that tells the next process if it dies.

What a scan's units do happens in workers. What can end the server for a scan's sake is what its own threads
do for that scan: open its plan, take results in, rank, write them down. Whatever runs beside is innocent.
The file is mapped: a write costs a microsecond, and is there after SIGKILL, for it is the kernel's then.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from technic.errors import Unusable

P = ParamSpec("P")
T = TypeVar("T")

SUSPECTS = "scans.suspects"
"""The file's name, in `data_dir`."""

PLACES = OPENING, ROWS, WRITING, LOOP = range(4)
"""One for each thread that computes for scans."""

_PLACE_BYTES = 64
_SIZE = len(PLACES) * _PLACE_BYTES


class Suspects:
    """Notes who is being computed for; from the threads that compute, each in its own place.

    Args:
        path: The file; None notes nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._places: mmap.mmap | None = None

    def open(self) -> frozenset[str]:
        """Begin to note; whom an earlier process computed for when it died. Raises Unusable."""
        if self._path is None:
            return frozenset()
        try:
            self._path.touch()
            with self._path.open("r+b") as file:
                file.truncate(_SIZE)
                self._places = mmap.mmap(file.fileno(), _SIZE)
        except OSError as error:
            raise Unusable(f"{self._path} cannot be written: {error.strerror}") from error
        found = (self._places[at : at + _PLACE_BYTES] for at in range(0, _SIZE, _PLACE_BYTES))
        return frozenset(place.rstrip(b"\0").decode(errors="replace") for place in found) - {""}

    def clear(self) -> None:
        """Whom an earlier process computed for is known by now, and noted elsewhere."""
        for place in PLACES:
            self._note(place, "")

    def noted(self, place: int, scan_id: str, function: Callable[P, T]) -> Callable[P, T]:
        """A function that notes for whom it computes, for as long as it does."""

        def computed(*args: P.args, **kwargs: P.kwargs) -> T:
            self._note(place, scan_id)
            try:
                return function(*args, **kwargs)
            finally:
                self._note(place, "")

        return computed

    def close(self) -> None:
        """Note nothing more; a thread that still computes notes in vain. Idempotent."""
        places, self._places = self._places, None
        if places is not None:
            places.close()

    def _note(self, place: int, scan_id: str) -> None:
        places = self._places
        if places is not None:
            at = place * _PLACE_BYTES
            places[at : at + _PLACE_BYTES] = scan_id.encode()[:_PLACE_BYTES].ljust(_PLACE_BYTES, b"\0")
