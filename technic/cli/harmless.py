"""What rich prints, with nothing in its texts that a terminal would obey."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment


@dataclass(frozen=True, slots=True)
class Harmless:
    """Something to print whose texts may be a server's or a file's, wherever in it they stand.

    rich itself lets escape sequences through. They are taken out last, when all is laid out: a cell more or
    less cannot be forgotten. Its own, colours and the cursor's moves, are no part of the texts.

    Attributes:
        content: What is printed.
    """

    content: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """As rich asks for it."""
        for segment in console.render(self.content, options):
            yield segment if segment.control else Segment(_printable(segment.text), segment.style)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """As wide as what it holds."""
        return Measurement.get(console, options, self.content)


def _printable(text: str) -> str:
    """These signs have no width for rich, so nothing stands in their place."""
    return "".join(char for char in text if char.isprintable() or char == "\n")
