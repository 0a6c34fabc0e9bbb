"""One source and its panel, as a process sees them."""

import os
import threading
from datetime import date
from pathlib import Path

import pytest

from technic.config.settings import SimulatedSettings
from technic.errors import ApiError, DataError, NothingToScan, UnknownSymbol, UnreadableBars, Unusable
from technic.scanner.market import LOOK_SECONDS, RETRY_SECONDS, Market
from technic.scanner.sources.base import SymbolBars
from technic.scanner.sources.simulated import SimulatedSource
from technic.scanner.units import FetchResult, SourceSpec, content_key
from technic.scanner.universe import Listing, Universe
from technic.scanner.work import perform
from tests.support.clock import FakeClock


class ShiftingSource:
    """A source whose version, symbols and answers the test sets."""

    connections = 0
    arrival_seconds = 0.0

    def __init__(self, symbols=5):
        self.version = content_key("first")
        self.symbols = [f"S{number}" for number in range(symbols)]
        self.asked = 0

    @property
    def spec(self):
        self.asked += 1
        return SourceSpec("shifting", {}, self.version)

    def universe(self):
        return Universe(Listing(symbol) for symbol in self.symbols)

    def read(self, symbols, cancelled):
        return [SymbolBars(symbol, None, None) for symbol in symbols]

    async def arrive(self, symbols, advanced):
        advanced(len(symbols))


def simulated(symbols=130, **settings):
    return SimulatedSource(SimulatedSettings(symbols=symbols, years=1, end=date(2026, 6, 30), **settings))


def fetched(view, group):
    """Do a group's fetch unit and keep its result."""
    unit = view.fetch_unit(group)
    result = perform(unit, lambda: False)
    view.keep(unit, result)
    return result


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def source():
    return ShiftingSource()


@pytest.fixture
def market(source, clock, tmp_path):
    return Market(source, tmp_path / "panels", group_symbols=2, clock=clock)


def unsettled(symbol="S0"):
    return FetchResult(None, (ApiError("busy", affected_symbols=(symbol,)).failure(),))


def test_groups_are_fixed_runs_of_the_universe(market):
    view = market.view()
    assert view.groups == 3
    assert [view.group_symbols(group) for group in range(3)] == [("S0", "S1"), ("S2", "S3"), ("S4",)]
    assert [view.group_of(symbol) for symbol in view.universe.symbols] == [0, 0, 1, 1, 2]
    assert view.group_of("s3") == 1
    with pytest.raises(UnknownSymbol):
        view.group_of("S9")


def test_a_group_is_in_the_panel_once_it_was_fetched(tmp_path):
    view = Market(simulated(), tmp_path).view()
    assert view.segment(1) is None
    result = fetched(view, 1)
    assert view.segment(1) == result.segment
    assert result.segment.symbols == view.group_symbols(1)
    assert view.segment(0) is None
    assert view.segment(2) is None


def test_every_view_of_a_version_knows_what_another_was_told(tmp_path):
    market = Market(simulated(), tmp_path)
    first, second = market.view(), market.view()
    result = fetched(first, 0)
    assert second.segment(0) == result.segment == market.view().segment(0)


def test_a_new_process_finds_the_panel_on_disk(tmp_path):
    result = fetched(Market(simulated(), tmp_path).view(), 0)
    again = Market(simulated(), tmp_path).view()
    assert again.segment(0) == result.segment
    assert again.segment(1) is None


def test_a_segment_of_another_group_is_not_taken_for_this_one(tmp_path):
    fetched(Market(simulated(symbols=100), tmp_path).view(), 1)  # 36 symbols
    larger = Market(simulated(symbols=130), tmp_path).view()
    assert larger.segment(1) is None


def test_lasting_failures_are_known_after_a_restart(tmp_path):
    folder = tmp_path / "bars"
    folder.mkdir()
    (folder / "BAD.csv").write_text("date,open,high,low,close,volume\n2018-01-01,x,1,1,1,1\n")
    good = "".join(f"2018-01-{day:02d},1,1,1,1,1\n" for day in range(1, 31))
    (folder / "GOOD.csv").write_text("date,open,high,low,close,volume\n" + good)
    result = fetched(files_market(folder, tmp_path).view(), 0)
    assert [failure.code for failure in result.failures] == ["unreadable_bars"]
    again = files_market(folder, tmp_path).view()
    assert again.segment(0).symbols == ("GOOD",)
    assert again.failures(0) == result.failures


def files_market(folder, tmp_path):
    from technic.config.settings import FilesSettings  # noqa: PLC0415 - one test's own
    from technic.scanner.sources.files import FilesSource  # noqa: PLC0415 - one test's own

    return Market(FilesSource(FilesSettings(path=folder)), tmp_path / "panels")


def test_a_failure_that_may_pass_is_not_the_last_word_after_a_restart(tmp_path, monkeypatch):
    from technic.scanner import work  # noqa: PLC0415 - patched here alone

    real = work.read_from

    def with_one_busy(spec, symbols, cancelled):
        busy = ApiError("busy", affected_symbols=(symbols[0],)).failure()
        return [busy, *real(spec, symbols, cancelled)[1:]]

    monkeypatch.setattr(work, "read_from", with_one_busy)
    view = Market(simulated(), tmp_path).view()
    assert fetched(view, 0).failures[0].recoverable
    assert view.segment(0) is not None, "for the scan that asked, it counts"
    assert Market(simulated(), tmp_path).view().segment(0) is None


def test_a_failure_that_may_pass_is_tried_again_by_scans_that_begin_later(market, clock):
    view = market.view()
    view.keep(view.fetch_unit(0), unsettled())
    assert market.view().failures(0)
    clock.advance(RETRY_SECONDS)
    assert market.view().failures(0) == ()
    assert view.failures(0), "a scan that runs keeps what it was told"


def test_a_failure_that_lasts_is_not_tried_again(market, clock):
    view = market.view()
    lasting = UnreadableBars("bad", affected_symbols=("S0",)).failure()
    view.keep(view.fetch_unit(0), unsettled())
    view.keep(view.fetch_unit(0), FetchResult(None, (lasting,)))
    clock.advance(10 * RETRY_SECONDS)
    assert market.view().failures(0) == (lasting,)


def test_a_segment_that_is_gone_is_not_in_the_panel_any_more(tmp_path):
    view = Market(simulated(), tmp_path).view()
    Path(fetched(view, 0).segment.path).unlink()
    assert view.segment(0) is None
    assert fetched(view, 0).segment == view.segment(0)


def test_the_source_is_asked_at_most_once_in_a_while(market, source, clock):
    for _ in range(5):
        market.view()
    assert source.asked == 1
    clock.advance(LOOK_SECONDS)
    market.view()
    assert source.asked == 2


def test_a_changed_source_makes_a_new_view_and_leaves_the_old_one_as_it_was(market, source, clock):
    old = market.view()
    source.version, source.symbols = content_key("second"), ["T1"]
    assert market.view().spec == old.spec, "not looked at yet"
    clock.advance(LOOK_SECONDS)
    new = market.view()
    assert new.universe.symbols == ("T1",)
    assert old.universe.symbols == ("S0", "S1", "S2", "S3", "S4")
    assert new.fetch_unit(0).folder != old.fetch_unit(0).folder


def test_what_comes_late_from_an_old_version_is_not_kept_in_the_new_one(market, source, clock):
    unit = market.view().fetch_unit(0)
    source.version = content_key("second")
    clock.advance(LOOK_SECONDS)
    new = market.view()
    new.keep(unit, unsettled())
    assert new.failures(0) == ()


def folders(tmp_path):
    return {path.name for path in (tmp_path / "panels").iterdir()}


def versions(market, source, clock, names):
    """Move through versions; the views, newest last."""
    views = []
    for name in names:
        source.version = content_key(name)
        clock.advance(LOOK_SECONDS)
        views.append(market.view())
    return views


def test_folders_of_old_versions_go_but_for_the_newest_three(market, source, clock, tmp_path):
    (tmp_path / "panels" / "notes").mkdir(parents=True)
    (tmp_path / "panels" / f"files-{content_key('other')}").mkdir()
    for name in "abcdefg":
        versions(market, source, clock, name)
    kept = {f"shifting-{content_key(name)}" for name in "efg"}
    assert folders(tmp_path) == kept | {"notes", f"files-{content_key('other')}"}


def test_a_folder_in_use_does_not_go(market, source, clock, tmp_path):
    held = versions(market, source, clock, "a")
    for name in "bcdef":
        versions(market, source, clock, name)
    assert f"shifting-{held[0].spec.version}" in folders(tmp_path)
    held.clear()
    versions(market, source, clock, "g")
    assert f"shifting-{content_key('a')}" not in folders(tmp_path)


def test_a_damaged_segment_is_no_reason_not_to_start(tmp_path):
    result = fetched(Market(simulated(), tmp_path).view(), 0)
    Path(result.segment.path).write_bytes(b"nothing")
    again = Market(simulated(), tmp_path).view()
    assert again.segment(0) is None
    assert fetched(again, 0).segment.version == result.segment.version


def test_what_a_killed_process_left_half_written_is_cleared_but_not_what_is_being_written(tmp_path):
    folder = Path(Market(simulated(), tmp_path).view().fetch_unit(0).folder)
    for name in ("old.tmp", "new.tmp"):
        (folder / name).write_bytes(b"half")
    os.utime(folder / "old.tmp", (1.0, 1.0))
    Market(simulated(), tmp_path).view()
    assert [path.name for path in folder.iterdir()] == ["new.tmp"]


def test_an_empty_universe_is_nothing_to_scan(market, source):
    source.symbols = []
    with pytest.raises(NothingToScan):
        market.view()


@pytest.mark.parametrize("asked", ["spec", "universe"])
def test_a_source_that_raises_what_it_may_not_is_named_with_what_it_said(market, source, monkeypatch, asked):
    def raises(*_):
        raise ValueError("no such table: bars")

    monkeypatch.setattr(type(source), asked, property(raises) if asked == "spec" else raises)
    with pytest.raises(DataError, match="ValueError: no such table: bars") as caught:
        market.view()
    assert type(source).__qualname__ in caught.value.detail
    assert "package that brings it" in caught.value.failure().suggestion


def test_a_panel_folder_that_cannot_be_made_is_unusable_and_says_what_to_do(source, tmp_path):
    (tmp_path / "panels").write_text("a file")
    with pytest.raises(Unusable, match="panels") as refused:
        Market(source, tmp_path / "panels").view()
    assert "data_dir" in refused.value.advice


def test_many_threads_see_one_catalog(market, source):
    barrier, seen = threading.Barrier(8), []

    def look():
        barrier.wait()
        view = market.view()
        view.keep(view.fetch_unit(0), unsettled())
        seen.append(view.universe)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len({id(universe) for universe in seen}) == 1
    assert source.asked == 1
