"""A line chart in characters: eight dots a cell in braille, or one mark a cell where that is all there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_BRAILLE = 0x2800
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bits of a cell's dots: two columns of four, from above (Unicode, chapter 21.1)."""
_EMPTY, _MARK = " ", "*"


@dataclass(frozen=True, slots=True)
class Scale:
    """Values on a number of lines, the highest above.

    Attributes:
        low: The value of the lowest line.
        high: That of the highest.
        lines: How many.
    """

    low: float
    high: float
    lines: int

    def line(self, value: float) -> int:
        """The line, from above, on which a value lies."""
        if self.high <= self.low:
            return self.lines // 2
        share = (self.high - value) / (self.high - self.low)
        return min(max(round(share * (self.lines - 1)), 0), self.lines - 1)


def chart(
    values: Sequence[float], width: int, height: int, *, low: float, high: float, ascii_only: bool = False
) -> list[str]:
    """A line through values, oldest at the left.

    Args:
        values: At least one.
        width: In characters.
        height: In lines.
        low: The value of the lowest line.
        high: That of the highest.
        ascii_only: Whether nothing but ASCII can be shown.

    Returns:
        `height` lines of `width` characters.
    """
    across, down = (1, 1) if ascii_only else (2, 4)
    scale = Scale(low, high, height * down)
    columns = [scale.line(value) for value in _stretched(values, width * across)]
    cells = [[0] * width for _ in range(height)]
    before = columns[0]
    for x, line in enumerate(columns):
        for y in _between(before, line):
            cells[y // down][x // across] |= 1 if ascii_only else _DOTS[x % across][y % down]
        before = line
    return ["".join(_cell(bits, ascii_only=ascii_only) for bits in row) for row in cells]


def _between(before: int, line: int) -> range:
    """The lines of one column of a curve: what parts it from the column before belongs to it."""
    if before < line:
        return range(before + 1, line + 1)
    return range(line, before) if before > line else range(line, line + 1)


def _stretched(values: Sequence[float], count: int) -> list[float]:
    """So many values evenly along the line through these."""
    if len(values) == 1:
        return [values[0]] * count
    stretched = []
    for number in range(count):
        place = number * (len(values) - 1) / max(1, count - 1)
        left = min(int(place), len(values) - 2)
        stretched.append(values[left] + (values[left + 1] - values[left]) * (place - left))
    return stretched


def _cell(bits: int, *, ascii_only: bool) -> str:
    if ascii_only:
        return _MARK if bits else _EMPTY
    return chr(_BRAILLE | bits) if bits else _EMPTY


def gauge(value: float, width: int, *, ascii_only: bool = False) -> str:
    """A rating from -100 to 100 on a line whose middle is 0."""
    rest, middle, mark = ("-", "+", "O") if ascii_only else ("─", "┼", "●")
    line = [rest] * width
    line[width // 2] = middle
    line[round((max(-100.0, min(100.0, value)) + 100) / 200 * (width - 1))] = mark
    return "".join(line)
