"""Which column of a table is which: names in any case, further columns ignored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from technic.errors import UnreadableBars

_NAMES = {
    "date": ("date", "timestamp", "datetime", "time", "day"),
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close",),
    "volume": ("volume",),
    "symbol": ("symbol", "ticker", "name"),
}
_OPTIONAL = ("volume", "symbol")


@dataclass(frozen=True, slots=True)
class Headings:
    """Where the columns stand, from 0; None for one that is not there.

    Attributes:
        names: All of the table's columns, as it spells them.
    """

    names: tuple[str, ...]
    date: int
    open: int
    high: int
    low: int
    close: int
    volume: int | None
    symbol: int | None

    @property
    def prices(self) -> tuple[int, int, int, int, int | None]:
        """Open, high, low, close and volume, the rows of a symbol's values."""
        return self.open, self.high, self.low, self.close, self.volume

    @property
    def wanted(self) -> tuple[int, ...]:
        """Where the columns that are there stand."""
        return tuple(at for at in (self.date, *self.prices, self.symbol) if at is not None)


def headings(names: Sequence[str]) -> Headings:
    """Find the columns among a table's names.

    Raises:
        UnreadableBars: One that is needed is not there; the detail names it.
    """
    spelled: dict[str, int] = {}
    for at, name in enumerate(names):
        spelled.setdefault(name.strip().strip("\ufeff\"'").casefold(), at)
    found = {
        field: next((spelled[name] for name in known if name in spelled), None)
        for field, known in _NAMES.items()
    }
    missing = [field for field, at in found.items() if at is None and field not in _OPTIONAL]
    if missing:
        raise UnreadableBars(f"it has no column {', '.join(missing)}")
    return Headings(tuple(names), **found)  # type: ignore[arg-type] # those that are needed are there
