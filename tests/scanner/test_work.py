"""A worker's one door."""

import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from technic.config.settings import FilesSettings, Settings, SimulatedSettings
from technic.errors import CacheError, ConfigError, Unusable
from technic.scanner.market import Market
from technic.scanner.panel import align, read_bars
from technic.scanner.sources.files import FilesSource
from technic.scanner.sources.registry import latest_day, open_source
from technic.scanner.sources.simulated import SimulatedSource
from technic.scanner.units import FetchUnit, RatedBlock, RateUnit, SourceSpec
from technic.scanner.work import WorkCancelled, perform
from tests.support.clock import FakeClock

END = date(2026, 6, 30)


def never():
    return False


def view_of(folder, symbols=96, years=2):
    source = SimulatedSource(SimulatedSettings(symbols=symbols, years=years, end=END))
    return Market(source, folder).view()


@pytest.fixture
def view(tmp_path):
    return view_of(tmp_path)


@pytest.fixture
def refs(view):
    return tuple(perform(view.fetch_unit(group), never).segment for group in range(view.groups))


def test_a_fetch_unit_brings_its_symbols_into_the_panel(view):
    result = perform(view.fetch_unit(0), never)
    assert result.segment.symbols == view.group_symbols(0)
    assert result.failures == ()
    days, values = read_bars(result.segment, "SIM0001", None, 0)
    assert values.shape == (5, len(days))
    assert days[-1] == (END - date(1970, 1, 1)).days


def test_a_rate_unit_rates_every_column(refs):
    block = perform(RateUnit(refs, None, 300), never)
    assert isinstance(block, RatedBlock)
    assert block.symbols == tuple(f"SIM{number:04d}" for number in range(1, 97))
    assert (block.votes.shape, block.failures, block.history) == ((26, 96), (), None)
    assert np.abs(block.columns["tech_rating"]).max() <= 100.0
    assert perform(RateUnit(refs, None, 300, history=True), never).history.shape == (11, 21, 96)


def test_a_row_has_the_same_bits_in_a_whole_block_and_in_half_of_it(refs):
    whole, half = perform(RateUnit(refs, None, 0), never), perform(RateUnit(refs[1:], None, 0), never)
    np.testing.assert_array_equal(whole.votes[:, 64:], half.votes)
    for name, column in half.columns.items():
        np.testing.assert_array_equal(whole.columns[name][64:], column)


@pytest.mark.parametrize("part", [(0, 48), (63, 66), (64, 96), (95, 96), (7, 8)])
def test_a_part_has_the_bits_that_it_has_in_the_whole(refs, part):
    whole = perform(RateUnit(refs, None, 0, history=True), never)
    block = perform(RateUnit(refs, None, 0, history=True, part=part), never)
    inside = slice(*part)
    assert block.symbols == whole.symbols[inside]
    np.testing.assert_array_equal(whole.votes[:, inside], block.votes)
    np.testing.assert_array_equal(whole.history[:, :, inside], block.history)
    for name, column in block.columns.items():
        np.testing.assert_array_equal(whole.columns[name][inside], column)


def test_of_a_part_no_other_bars_are_looked_at(refs, monkeypatch):
    seen = []

    def look(segments, *args, **kwargs):
        seen.extend((segment.days.shape, segment.values.shape) for segment in segments)
        return align(segments, *args, **kwargs)

    monkeypatch.setattr("technic.scanner.work.align", look)
    perform(RateUnit(refs, None, 300, part=(62, 65)), never)
    assert [(days[1], values[2]) for days, values in seen] == [(2, 2), (1, 1)]


def test_the_last_bar_is_on_or_before_the_day(refs):
    day = date(2026, 3, 1)  # a Sunday
    block = perform(RateUnit(refs, day, 300), never)
    last = block.columns["as_of"]
    assert last.max() == (date(2026, 2, 27) - date(1970, 1, 1)).days


def test_a_result_holds_no_scratch_memory(refs):
    first = perform(RateUnit(refs[:1], None, 300), never)
    kept = {name: column.copy() for name, column in first.columns.items()}
    perform(RateUnit(refs[1:], None, 300), never)
    for name, column in first.columns.items():
        np.testing.assert_array_equal(column, kept[name])


def files_unit(folder, panel, **tables):
    folder.mkdir()
    for symbol, rows in tables.items():
        (folder / f"{symbol}.csv").write_text("date,open,high,low,close,volume\n" + rows)
    return Market(FilesSource(FilesSettings(path=folder)), panel).view().fetch_unit(0)


def rows(count, first=1):
    return "".join(
        f"2018-{at // 28 + 1:02d}-{at % 28 + 1:02d},10,12,9,11,7\n" for at in range(first, first + count)
    )


def test_what_is_wrong_with_one_symbol_is_a_failure_and_the_rest_goes_on(tmp_path):
    unit = files_unit(tmp_path / "bars", tmp_path / "panel", BAD="x", GOOD=rows(40), YOUNG=rows(19))
    result = perform(unit, never)
    assert result.segment.symbols == ("GOOD",)
    assert [(each.code, each.affected_symbols) for each in result.failures] == [
        ("unreadable_bars", ("BAD",)),
        ("insufficient_history", ("YOUNG",)),
    ]


def test_a_group_of_failures_alone_has_a_segment_without_columns(tmp_path):
    unit = files_unit(tmp_path / "bars", tmp_path / "panel", YOUNG=rows(3))
    result = perform(unit, never)
    assert result.segment.symbols == ()
    block = perform(RateUnit((result.segment,), None, 600), never)
    assert (block.symbols, block.failures, block.votes.shape) == ((), (), (26, 0))


def test_a_symbol_with_too_few_bars_up_to_the_day_is_a_failure_of_its_own(tmp_path):
    unit = files_unit(tmp_path / "bars", tmp_path / "panel", LATE=rows(30, first=30), OLD=rows(40, first=1))
    block = perform(RateUnit((perform(unit, never).segment,), date(2018, 2, 10), 600), never)
    assert block.symbols == ("OLD",)
    assert block.columns["bars"].tolist() == [37.0]
    (failure,) = block.failures
    assert (failure.code, failure.affected_symbols) == ("insufficient_history", ("LATE",))
    assert failure.detail == "LATE has 8 good bars up to 2018-02-10; a rating needs 20"


def test_what_was_mended_in_the_bars_comes_with_the_rating(tmp_path):
    unit = files_unit(tmp_path / "bars", tmp_path / "panel", A=rows(40) + "2018-06-01,,1,1,1,1\n")
    block = perform(RateUnit((perform(unit, never).segment,), None, 600), never)
    assert block.warnings == {"A": ("Dropped 1 row without a date or with a missing or non-positive price.",)}


def test_bars_of_days_to_come_are_dropped_by_the_clock_of_the_source(tmp_path):
    folder = tmp_path / "bars"
    folder.mkdir()
    days = rows(30) + "2018-02-14,10,12,9,11,7\n2999-01-01,1,1,1,1,1\n"
    (folder / "A.csv").write_text("date,open,high,low,close,volume\n" + days)
    clock = FakeClock(datetime(2018, 2, 13, 23, 59, tzinfo=UTC))  # in Tokyo it is the 14th
    source = FilesSource(FilesSettings(path=folder), clock)
    segment = perform(Market(source, tmp_path / "panel").view().fetch_unit(0), never).segment
    block = perform(RateUnit((segment,), None, 600), never)
    assert block.warnings == {"A": ("Dropped 1 row dated after 2018-02-14, which is still to come.",)}
    assert block.columns["as_of"].tolist() == [(date(2018, 2, 14) - date(1970, 1, 1)).days]


def test_the_version_of_a_folder_does_not_change_with_the_day(tmp_path):
    files_unit(tmp_path / "bars", tmp_path / "panel", A=rows(40))
    clock = FakeClock()
    settings = Settings(source="files", sources={"files": {"path": tmp_path / "bars"}})
    source = open_source(settings, clock)
    before = source.spec
    clock.advance(86_400)
    assert source.spec.version == before.version
    assert latest_day(source.spec) - latest_day(before) == timedelta(days=1)


def test_units_stop_when_they_are_asked_to(view, refs):
    for unit in (view.fetch_unit(0), RateUnit(refs, None, 300)):
        with pytest.raises(WorkCancelled):
            perform(unit, lambda: True)


@pytest.mark.parametrize("polls", range(1, 12))
def test_a_fetch_that_is_stopped_at_any_time_leaves_no_file(tmp_path, polls):
    view = view_of(tmp_path, symbols=3)
    unit, seen = view.fetch_unit(0), []

    def cancelled():
        seen.append(None)
        return len(seen) >= polls

    try:
        result = perform(unit, cancelled)
    except WorkCancelled:
        assert list(Path(unit.folder).iterdir()) == []
    else:
        assert len(seen) < polls, "it was asked to stop and did not"
        assert result.segment is not None


def test_damaged_bars_are_a_cache_error_that_names_the_symbols(refs):
    Path(refs[1].path).write_bytes(b"nothing")
    with pytest.raises(CacheError) as found:
        perform(RateUnit(refs, None, 300), never)
    assert found.value.recoverable
    assert found.value.affected_symbols == refs[1].symbols


def test_a_panel_that_is_gone_is_made_again(view):
    unit = view.fetch_unit(0)
    shutil.rmtree(Path(unit.folder).parent)
    assert Path(perform(unit, never).segment.path).is_file()


def test_a_panel_that_cannot_be_written_is_unusable(view, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Unusable):
        perform(FetchUnit(view.spec, ("SIM0001",), str(tmp_path / "file")), never)


def test_a_source_that_does_not_exist_is_a_config_error(tmp_path):
    with pytest.raises(ConfigError, match="'moon'"):
        perform(FetchUnit(SourceSpec("moon", {}, "1"), ("A",), str(tmp_path)), never)


IMPORTS = "import sys, technic.scanner.work; print(*sys.modules)"
READS = """
import sys
from datetime import date
from pathlib import Path
from technic.scanner.sources.simulated import SimulatedMarket
from technic.scanner.units import FetchUnit, RateUnit
from technic.scanner.work import perform
unit = FetchUnit(SimulatedMarket(7, 3, 1, date(2026, 6, 30)).spec, ("SIM0001", "SIM0002"), sys.argv[1])
perform(RateUnit((perform(unit, lambda: False).segment,), None, 300), lambda: False)
print(*sys.modules)
"""


@pytest.mark.parametrize("script", [IMPORTS, READS], ids=["imports", "works"])
def test_a_fresh_worker_loads_nothing_that_it_does_not_need(tmp_path, script):
    command = [sys.executable, "-c", script, str(tmp_path)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert "technic.scanner.work" in loaded
    assert not {"pandas", "aiohttp", "pyarrow", "pydantic", "asyncio"} & set(loaded)
