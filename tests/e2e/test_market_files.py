"""The market of 505 real symbols, from its files to its ratings, by the command that a user types."""

from fractions import Fraction

import pytest

from tests.support.server import SHARED, run_technic
from tests.support.watching import strict

pytestmark = pytest.mark.timeout(60)

MARKET = SHARED / "market" / "sp500"
GOLDEN = SHARED / "golden" / "ratings-2018-02-07.json"
RATINGS = {
    "all": "tech_rating",
    "moving_averages": "moving_average_rating",
    "oscillators": "oscillator_rating",
}


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """The object that `technic scan --format json` prints."""
    for needed in (MARKET, GOLDEN):
        if not needed.exists():
            pytest.skip(f"the shared market is missing: there is no {needed}")
    arguments = ("--source", "files", "--data", str(MARKET), "--lookback-bars", "0", "--format", "json")
    done = run_technic(tmp_path_factory.mktemp("market"), "scan", *arguments, engine__workers=2)
    assert done.returncode == 0, done.stderr
    return strict(done.stdout)


def test_all_505_symbols_are_rated_as_of_the_last_day_over_all_their_bars(scanned):
    assert (scanned["status"], scanned["complete"], scanned["failures"]) == ("completed", True, [])
    rows = scanned["results"]
    assert len(rows) == len({row["symbol"] for row in rows}) == scanned["total"] == 505
    assert {row["as_of"] for row in rows} == {"2018-02-07"}
    assert max(row["bars"] for row in rows) == 1259
    assert all(row["tech_rating"] is not None and row["signal"] for row in rows)


def test_the_golden_symbols_have_their_bars_ratings_and_labels(scanned):
    golden = strict(GOLDEN.read_bytes())
    rows = {row["symbol"]: row for row in scanned["results"]}
    assert golden.keys() <= rows.keys()
    for symbol, expected in golden.items():
        row = rows[symbol]
        assert (row["as_of"], row["bars"], row["signal"]) == (
            expected["date"],
            expected["bars"],
            expected["label"],
        )
        assert row["close"] == expected["close"]
        for golden_name, name in RATINGS.items():
            exact = Fraction(expected[golden_name]) * 100
            assert row[name] == exact.numerator / exact.denominator, (symbol, name)


def test_names_and_sectors_come_from_the_constituents_above_the_folder(scanned):
    rows = {row["symbol"]: row for row in scanned["results"]}
    assert (rows["MMM"]["name"], rows["MMM"]["sector"]) == ("3M Company", "Industrials")
    assert sum(row["sector"] is not None for row in scanned["results"]) > 400
