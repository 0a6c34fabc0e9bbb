"""Bars for the rating's tests: seeded walks, columns side by side, the spec's market in full."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from technic.scanner.aligned import AlignedBars

SHARED = Path(__file__).parents[3] / "shared"
GOLDEN = SHARED / "golden" / "ratings-2018-02-07.json"


def walk(rng: np.random.Generator, bars: int, *, tick: float = 0.0, price: float = 50.0) -> np.ndarray:
    """A random walk: 5 x bars, open, high, low, close, volume; a tick makes equal prices common."""
    close = price * np.exp(rng.normal(0, 0.015, bars).cumsum())
    open_ = close * np.exp(rng.normal(0, 0.006, bars))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, 0.006, bars)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, 0.006, bars)))
    prices = np.array([open_, high, low, close])
    if tick:
        prices = np.maximum(np.round(prices / tick), 1) * tick
    return np.vstack([prices, rng.integers(0, 1000, bars) * 100.0])


def side_by_side(columns: Sequence[np.ndarray], *, rows_above: int = 0) -> AlignedBars:
    """Columns of 5 x T each, right-aligned, with so many empty rows above the longest."""
    counts = np.array([column.shape[1] for column in columns], dtype=np.int64)
    rows = int(counts.max()) + rows_above
    values = np.zeros((5, rows, len(columns)))
    for at, column in enumerate(columns):
        values[:, rows - column.shape[1] :, at] = column
    days = np.arange(17_000, 17_000 + len(columns), dtype=np.int64)
    return AlignedBars(*values, counts=counts, dates_last=days)


def golden() -> dict[str, dict]:
    """The 58 symbols that the specification works out in full."""
    if not GOLDEN.exists():
        pytest.skip(f"the golden ratings are not here: {GOLDEN} is missing")
    return json.loads(GOLDEN.read_text())


def market_bars(symbol: str) -> np.ndarray:
    """All good bars of one file of the shared market, cleaned by the specification's rules."""
    with (SHARED / "market" / "sp500" / f"{symbol}.csv").open() as file:
        rows = [
            [row[name] for name in ("open", "high", "low", "close", "volume")] for row in csv.DictReader(file)
        ]
    values = np.array([[float(cell or "nan") for cell in row] for row in rows]).T
    values = values[:, (values[:4] > 0).all(axis=0)]
    open_, high, low, close, volume = values
    high, low = np.maximum(high, np.maximum(open_, close)), np.minimum(low, np.minimum(open_, close))
    return np.array([open_, high, low, close, np.nan_to_num(volume)])
