"""A view of the very version that a scan began with, after the market has moved on."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from technic.config.settings import FilesSettings, SimulatedSettings
from technic.errors import WorkerDied
from technic.scanner.cutting import alone
from technic.scanner.market import LOOK_SECONDS, Market
from technic.scanner.segments import read_header
from technic.scanner.sources.files import FilesSource
from technic.scanner.sources.simulated import SimulatedSource
from technic.scanner.units import FetchResult, RateUnit, SourceSpec
from technic.scanner.work import perform
from tests.support.clock import FakeClock
from tests.support.market_folder import write_bars

OLD, NEW = date(2026, 6, 29), date(2026, 6, 30)


def simulated(end=NEW, symbols=70, seed=7):
    return SimulatedSource(SimulatedSettings(symbols=symbols, years=1, end=end, seed=seed))


def fetched(view, group):
    unit = view.fetch_unit(group)
    result = perform(unit, lambda: False)
    view.keep(unit, result)
    return result


def files(folder, clock=None):
    return FilesSource(FilesSettings(path=folder), clock)


def test_the_present_version_is_the_present_view(tmp_path):
    market = Market(simulated(), tmp_path)
    present = market.view()
    result = fetched(present, 0)
    view = market.view_of(present.spec)
    assert view.universe is present.universe
    assert view.segment(0) == result.segment


def test_yesterdays_market_is_opened_again_with_what_is_there_and_the_rest_can_be_fetched(tmp_path):
    before = Market(simulated(OLD), tmp_path).view()
    result, spec = fetched(before, 1), before.spec
    market = Market(simulated(NEW), tmp_path)
    view = market.view_of(spec)
    assert view.spec == spec != market.view().spec
    assert view.universe.symbols == before.universe.symbols
    assert (view.segment(0), view.segment(1)) == (None, result.segment)
    segment = fetched(view, 0).segment
    block = perform(RateUnit((segment,), None, 0), lambda: False)
    assert block.columns["as_of"].max() == (OLD - date(1970, 1, 1)).days
    assert segment == fetched(before, 0).segment, "the same bars"
    assert market.view().segment(0) is None, "and not those of today"


def test_many_scans_of_an_old_version_share_what_they_know(tmp_path):
    spec = simulated(OLD).spec
    market = Market(simulated(NEW), tmp_path)
    first, second = market.view_of(spec), market.view_of(spec)
    fetched(first, 0)
    assert second.segment(0) == first.segment(0) is not None


def test_a_universe_that_has_grown_is_another_one_though_its_bars_are_the_same(tmp_path):
    small, large = simulated(symbols=70), simulated(symbols=90)
    assert small.spec.version == large.spec.version
    market = Market(large, tmp_path)
    view = market.view_of(small.spec)
    assert len(view.universe) == 70
    last = fetched(view, 1)
    market.view().keep(view.fetch_unit(1), last)
    assert market.view().segment(1) is None, "its second group has other symbols"
    whole = fetched(view, 0)
    market.view().keep(view.fetch_unit(0), whole)
    assert market.view().segment(0) == whole.segment


def test_the_folder_of_an_old_version_stays_while_it_is_used(tmp_path):
    clock = FakeClock()
    source = simulated(OLD)
    market = Market(source, tmp_path, clock=clock)
    view = market.view_of(simulated(date(2026, 1, 5)).spec)
    folder = Path(view.fetch_unit(0).folder)
    for day in range(2, 9):
        source._settings = source._settings.model_copy(update={"end": date(2026, 3, day)})
        clock.advance(LOOK_SECONDS)
        market.view()
        os.utime(folder, (1.0, 1.0))
    assert folder.is_dir()
    del view
    gc.collect()
    source._settings = source._settings.model_copy(update={"end": date(2026, 4, 1)})
    clock.advance(LOOK_SECONDS)
    market.view()
    assert not folder.exists()


def test_files_that_are_as_they_were_are_the_same_on_another_day(tmp_path):
    clock = FakeClock(datetime(2026, 6, 29, tzinfo=UTC))
    source = files(write_bars(tmp_path / "bars", ["A", "B"]), clock)
    spec = source.spec
    clock.advance(86_400)
    market = Market(source, tmp_path / "panels", clock=clock)
    assert source.spec != spec
    assert market.view_of(spec).universe is market.view().universe


def test_files_that_have_changed_cannot_be_had_any_more(tmp_path):
    folder = write_bars(tmp_path / "bars", ["A", "B"])
    spec = files(folder).spec
    write_bars(folder, ["C"])
    assert Market(files(folder), tmp_path / "panels").view_of(spec) is None


def test_another_folder_that_is_still_there_is_read_where_it_lies(tmp_path):
    spec = files(write_bars(tmp_path / "old", ["A"])).spec
    market = Market(files(write_bars(tmp_path / "new", ["B"])), tmp_path / "panels")
    view = market.view_of(spec)
    assert view.universe.symbols == ("A",)
    assert fetched(view, 0).segment.symbols == ("A",)
    (tmp_path / "old" / "A.csv").unlink()
    (tmp_path / "old").rmdir()
    del view
    gc.collect()
    assert market.view_of(spec) is None


@pytest.mark.parametrize(
    "spec",
    [
        SourceSpec("moon", {}, "1"),
        SourceSpec("simulated", {}, "1"),
        SourceSpec("simulated", {"seed": 7, "symbols": 5, "years": 1, "last_day": "soon"}, "1"),
        SourceSpec("files", {"path": None}, "1"),
        replace(simulated(OLD).spec, version="of another generator"),
    ],
    ids=["no such source", "no options", "no day", "no path", "other bars"],
)
def test_a_version_that_nobody_can_make_is_none(tmp_path, spec):
    assert Market(simulated(), tmp_path).view_of(spec) is None


def test_symbols_that_were_given_up_are_not_tried_again_by_this_process_or_the_next(tmp_path):
    view = Market(simulated(), tmp_path).view()
    whole = view.fetch_unit(0)
    own = alone("SIM0002", WorkerDied("signal 11").failure())
    unit = replace(
        whole, symbols=tuple(s for s in whole.symbols if s != "SIM0002"), group=whole.symbols, given_up=(own,)
    )
    result = perform(unit, lambda: False)
    view.keep(unit, result)
    assert result.failures == (own,)
    assert read_header(Path(result.segment.path)).asked == whole.symbols
    later = Market(simulated(), tmp_path).view()
    assert (later.segment(0), later.failures(0)) == (result.segment, (own,))
    Path(result.segment.path).unlink()
    assert later.segment(0) is None
    assert later.fetch_unit(0) == unit


def test_a_probe_is_no_group_and_leaves_no_file(tmp_path):
    view = Market(simulated(), tmp_path).view()
    whole = view.fetch_unit(1)
    probe = replace(whole, folder="")
    result = perform(probe, lambda: False)
    assert (result.segment, result.failures) == (None, ())
    own = alone("SIM0065", WorkerDied("signal 11").failure())
    view.keep(probe, FetchResult(None, (own,)))
    assert (view.failures(1), view.fetch_unit(1)) == ((), whole)
    assert list(Path(whole.folder).iterdir()) == []
