"""What technic is measured beside does the same work: a service of today has the rating that we have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.rivals.market import best_of, bring_bars, frames_of, rate_unit, units_of, view_of
from benchmarks.rivals.pandas_rating import rate_frame
from benchmarks.rivals.threads import latencies
from technic.scanner.rating import rate
from tests.support.bars import side_by_side, walk

SYMBOLS, LOOKBACK = 130, 600


def framed(column: np.ndarray) -> pd.DataFrame:
    names = ("open", "high", "low", "close", "volume")
    return pd.DataFrame(dict(zip(names, column, strict=True)))


@pytest.mark.parametrize("tick", [0.0, 1.1], ids=["smooth", "with many equal prices"])
def test_pandas_and_talib_give_the_rating_of_long_walks(tick):
    rng = np.random.default_rng(4)
    columns = [walk(rng, int(bars), tick=tick) for bars in rng.integers(400, 700, 60)]
    ours = rate(side_by_side(columns)).columns["tech_rating"].tolist()
    assert [rate_frame(framed(column)) for column in columns] == ours
    assert len(set(ours)) > 20


def test_every_rival_finds_the_same_best_of_one_market(tmp_path):
    place = bring_bars(tmp_path, SYMBOLS)
    view = view_of(place)
    wanted = view.universe.symbols[:100]
    parts = [rate_unit(unit, rows=False)[0] for unit in units_of(view, len(wanted), LOOKBACK)]
    frames = frames_of(place)
    rated = np.array([rate_frame(frames[symbol].tail(LOOKBACK)) for symbol in wanted])
    found = best_of(parts, wanted)
    assert found == best_of([(wanted, rated, {})], wanted)
    assert len(found) == 50
    assert [rating for _, rating in found] == sorted((r for _, r in found), reverse=True)


def test_a_poll_tells_of_all_that_was_counted_since_the_one_before():
    counted_at = [1_000_000, 2_000_000, 9_000_000]
    seen = [(0, 500_000), (2, 5_000_000), (3, 10_000_000)]
    assert latencies(counted_at, seen) == [4.0, 3.0, 1.0]
