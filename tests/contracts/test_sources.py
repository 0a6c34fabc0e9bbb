"""What every source promises, run on each of them."""

import asyncio
import json
import pickle
from datetime import date

import numpy as np
import pytest

from technic.config.settings import FilesSettings, SimulatedSettings
from technic.errors import Failure
from technic.scanner.sources.base import SymbolBars
from technic.scanner.sources.files import FilesSource
from technic.scanner.sources.installed import open_installed
from technic.scanner.sources.registry import read_from
from technic.scanner.sources.simulated import SimulatedSource
from technic.scanner.units import SourceSpec
from tests.support.own_source import write_database

HEADER = "date,open,high,low,close,volume,Name\n"


def table(symbol, count=30):
    rows = (f"2018-{1 + at // 28:02d}-{1 + at % 28:02d},10,12,9,11,{at},{symbol}\n" for at in range(count))
    return "".join(rows)


def simulated(_folder):
    settings = SimulatedSettings(symbols=5, years=1, end=date(2026, 6, 30), latency_seconds=0.001)
    return SimulatedSource(settings)


def a_file_a_symbol(folder):
    for symbol in ("A", "B.C", "D10", "D9"):
        (folder / f"{symbol}.csv").write_text(HEADER + table(symbol))
    return FilesSource(FilesSettings(path=folder))


def one_long_table(folder):
    (folder / "all.csv").write_text(HEADER + "".join(table(symbol) for symbol in ("A", "B.C", "D10", "D9")))
    return FilesSource(FilesSettings(path=folder))


def one_from_outside(folder):
    path = write_database(folder / "bars.db", dict.fromkeys(("A", "B.C", "D10", "D9"), 30))
    return open_installed("sqlite", {"path": str(path)})


SOURCES = [simulated, a_file_a_symbol, one_long_table, one_from_outside]


@pytest.fixture(params=SOURCES, ids=lambda make: make.__name__)
def source(request, tmp_path, own_source, monkeypatch):
    monkeypatch.syspath_prepend(own_source)
    return request.param(tmp_path)


@pytest.fixture
def symbols(source):
    return source.universe().symbols


def test_its_universe_is_in_natural_order_and_not_empty(source, symbols):
    assert len(symbols) >= 4
    assert source.universe().symbols == symbols


def test_its_spec_travels_as_json_and_stays_equal(source):
    spec = source.spec
    again = SourceSpec(spec.name, json.loads(json.dumps(dict(spec.options))), spec.version)
    assert again == source.spec == pickle.loads(pickle.dumps(spec))  # noqa: S301 - our own


def test_it_answers_for_every_symbol_in_the_order_asked(source, symbols):
    asked = (symbols[2], "no such", symbols[0], "../etc/passwd", symbols[0])
    answers = source.read(asked, lambda: False)
    names = [each.symbol if isinstance(each, SymbolBars) else each.affected_symbols[0] for each in answers]
    assert names == list(asked)
    assert [isinstance(each, Failure) for each in answers] == [False, True, False, True, False]
    assert {each.code for each in answers if isinstance(each, Failure)} == {"unknown_symbol"}


def test_bars_are_dates_and_five_rows_of_numbers(source, symbols):
    for each in source.read(symbols, lambda: False):
        assert each.dates.dtype == np.dtype("datetime64[D]")
        assert each.values.dtype == np.float64
        assert each.values.shape == (5, len(each.dates))
        assert len(each.dates) >= 20


def test_a_worker_reads_the_same_from_its_spec(source, symbols):
    here = source.read(symbols, lambda: False)
    there = read_from(pickle.loads(pickle.dumps(source.spec)), symbols, lambda: False)  # noqa: S301 - our own
    for one, other in zip(here, there, strict=True):
        assert one.symbol == other.symbol
        np.testing.assert_array_equal(one.dates, other.dates)
        np.testing.assert_array_equal(one.values, other.values)


def test_a_symbol_has_the_same_bars_whatever_it_is_asked_with(source, symbols):
    together = source.read(symbols, lambda: False)
    for at, symbol in enumerate(symbols):
        np.testing.assert_array_equal(source.read([symbol], lambda: False)[0].values, together[at].values)


def test_it_polls_whether_to_stop(source, symbols):
    polls = []

    def cancelled():
        polls.append(None)
        return True

    source.read(symbols, cancelled)
    assert len(polls) in range(1, 1 + len(symbols))


def test_asked_for_nothing_it_answers_nothing(source):
    assert source.read((), lambda: False) == []


async def test_arrivals_are_told_as_totals_up_to_all(source, symbols):
    totals = []
    async with asyncio.timeout(10):
        await source.arrive(symbols, totals.append)
    assert totals == sorted(totals)
    assert totals[-1] == len(symbols)
