"""Who is being sent a large answer: how many there are, and the thread that makes what they get."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import technic.scanner.arrow  # noqa: F401 - now: loaded by the first export it would hold the event loop
from technic.engine.offload import Offload
from technic.http.refusals import TooManyExports

MOST = 32
"""So many large answers are under way at once; another is refused, for each holds a portion."""


class Exports:
    """The large answers that are under way, and the one thread that makes them; on the event loop only.

    One thread for all: they hold the interpreter, and a second one beside it would make the event loop wait
    for both. Portions are small, so each gets its turn.

    Args:
        most: How many there may be.
    """

    def __init__(self, most: int = MOST) -> None:
        self.make = Offload("exports")
        self.under_way = 0
        self._most = most

    @contextmanager
    def seat(self) -> Iterator[None]:
        """One is under way. Raises TooManyExports."""
        if self.under_way >= self._most:
            raise TooManyExports(f"{self._most} exports are under way already.", retry_after=2.0)
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    def close(self) -> None:
        """Let go of the thread."""
        self.make.close()
