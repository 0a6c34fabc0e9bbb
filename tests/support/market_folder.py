"""A folder of bars as people have them: one CSV file a symbol."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

HEADER = "date,open,high,low,close,volume"


def write_bars(folder: Path, symbols: Iterable[str], *, count: int = 60) -> Path:
    """A file of so many days for each symbol, each with prices of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for symbol in symbols:
        (folder / f"{symbol}.csv").write_text("\n".join([HEADER, *_days(symbol, count)]) + "\n")
    return folder


def _days(symbol: str, count: int) -> Iterable[str]:
    steps = random.Random(symbol)
    close = 50.0
    for number in range(count):
        before, close = close, close * (1 + steps.gauss(0, 0.02))
        high, low = max(before, close) * 1.01, min(before, close) * 0.99
        day = date(2024, 1, 1) + timedelta(days=number)
        yield f"{day},{before:.4f},{high:.4f},{low:.4f},{close:.4f},{steps.randrange(1000, 9000)}"


def write_sectors(folder: Path, sectors: Mapping[str, str]) -> None:
    """The folder's constituents.csv."""
    lines = [f"{symbol},{symbol} Inc.,{sector}" for symbol, sector in sectors.items()]
    (folder / "constituents.csv").write_text("\n".join(["Symbol,Name,Sector", *lines]) + "\n")
