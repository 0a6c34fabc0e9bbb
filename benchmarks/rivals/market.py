"""The one market of all rivals: its bars brought into a panel once, its units, its bars as data frames."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.rivals.base import LIMIT, Best, Place
from technic.config.settings import Settings
from technic.scanner.bars import GoodBars, validate
from technic.scanner.market import PANELS, Market, MarketView
from technic.scanner.plan import open_plan
from technic.scanner.request import ScanRequest
from technic.scanner.run import run_scan
from technic.scanner.sources.base import SymbolBars
from technic.scanner.sources.registry import latest_day, open_source, read_from
from technic.scanner.units import Floats, RatedBlock, RateUnit
from technic.scanner.work import perform

Ratings = tuple[tuple[str, ...], Floats, dict[str, Any]]
"""Symbols and their ratings, in the universe's order; and all columns of the rows, where they are wanted."""


def settings_of(place: Place) -> Settings:
    return Settings.model_validate(
        {"data_dir": place.folder, "sources": {"simulated": {"symbols": place.symbols}}}
    )


def bring_bars(folder: Path, symbols: int) -> Place:
    """A market whose bars are all in the panel."""
    place = Place(folder, symbols)
    run_scan(ScanRequest(limit=1), settings=settings_of(place))
    return place


def view_of(place: Place) -> MarketView:
    settings = settings_of(place)
    return Market(open_source(settings), settings.data_dir / PANELS).view()


def units_of(view: MarketView, symbols: int, lookback: int) -> list[RateUnit]:
    """The very units that technic makes of such a scan."""
    step = open_plan(ScanRequest(max_symbols=symbols, lookback_bars=lookback), view).start()
    units = [unit for unit in step.units if isinstance(unit, RateUnit)]
    assert len(units) == len(step.units), "bars are missing in the panel"
    return units


def rate_unit(unit: RateUnit, *, rows: bool) -> tuple[Ratings, int]:
    """What a rival's worker does: technic's kernel, of which it sends back the ratings, or all of the rows.

    Returns:
        The ratings, and when they were there (nanoseconds of the monotonic clock).
    """
    block = perform(unit, lambda: False)
    assert isinstance(block, RatedBlock)
    columns = dict(block.columns) if rows else {}
    return (block.symbols, block.columns["tech_rating"], columns), time.monotonic_ns()


def best_of(parts: Iterable[Ratings], wanted: tuple[str, ...]) -> Best:
    """The best of the wanted symbols; the parts in the universe's order."""
    chosen = frozenset(wanted)
    pairs = [
        pair
        for symbols, ratings, _ in parts
        for pair in zip(symbols, ratings.tolist(), strict=True)
        if pair[0] in chosen
    ]
    order = np.argsort([-rating for _, rating in pairs], kind="stable")[:LIMIT]
    return [pairs[at] for at in order]


def frames_of(place: Place) -> dict[str, pd.DataFrame]:
    """The same good bars, a data frame a symbol, in the universe's order."""
    view = view_of(place)
    latest, frames = latest_day(view.spec), {}
    for bars in read_from(view.spec, view.universe.symbols, lambda: False):
        good = validate(bars, latest) if isinstance(bars, SymbolBars) else bars
        if isinstance(good, GoodBars):
            days = pd.DatetimeIndex(good.days.astype("datetime64[D]"))
            columns = dict(zip(("open", "high", "low", "close", "volume"), good.values, strict=True))
            frames[good.symbol] = pd.DataFrame(columns, index=days)
    return frames
