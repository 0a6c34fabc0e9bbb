"""Segments on disk, and columns side by side."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import psutil
import pytest

from technic.errors import CacheError, InsufficientHistory, UnknownSymbol, UnreadableBars
from technic.scanner import segment_layout
from technic.scanner.bars import GoodBars
from technic.scanner.panel import OpenSegments, align, opened, read_bars
from technic.scanner.segments import (
    PanelUnwritable,
    open_segment,
    read_header,
    read_segment,
    write_segment,
)


def bars_of(symbol, count, *, last=date(2018, 2, 7), seed=1, lacking=(), warnings=()):
    """Random good bars on consecutive days up to `last`, without those `lacking` days before it."""
    ages = [age for age in range(count + len(lacking) - 1, -1, -1) if age not in lacking]
    days = np.array(ages, dtype=np.int32) * -1 + np.int32(last.toordinal() - date(1970, 1, 1).toordinal())
    values = np.random.default_rng([seed, count]).uniform(1.0, 99.0, (5, len(days)))
    return GoodBars(symbol, days, values, tuple(warnings))


@pytest.fixture
def group():
    return [
        bars_of("A", 50, warnings=["Dropped 1 row."]),
        bars_of("B", 30, seed=2),
        bars_of("C", 45, lacking=(1, 5), seed=3),
        bars_of("D", 25, last=date(2018, 1, 31), seed=4),
    ]


def written(folder, group, failures=()):
    return write_segment(Path(folder), [each.symbol for each in group], group, failures)


def test_what_was_written_is_read_again(tmp_path, group):
    ref = written(tmp_path, group)
    for each in group:
        days, values = read_bars(ref, each.symbol, None, 0)
        np.testing.assert_array_equal(days, each.days)
        np.testing.assert_array_equal(values, each.values)


def test_the_header_says_what_was_asked_and_why_something_is_missing(tmp_path, group):
    lost = InsufficientHistory("few", affected_symbols=("E",), bars=3).failure()
    ref = write_segment(tmp_path, ["A", "B", "C", "D", "E"], group, [lost])
    header = read_header(Path(ref.path))
    assert header.asked == ("A", "B", "C", "D", "E")
    assert header.symbols == ref.symbols == ("A", "B", "C", "D")
    assert header.failures == (lost,)
    assert header.warnings == {"A": ("Dropped 1 row.",)}
    assert header.settled


def test_a_failure_that_may_not_come_again_leaves_a_segment_unsettled(tmp_path, group):
    assert not read_header(Path(written(tmp_path, group, [CacheError("later").failure()]).path)).settled


def test_a_group_without_any_bars_has_a_segment_without_columns(tmp_path):
    ref = write_segment(tmp_path, ["E"], [], [UnreadableBars("bad", affected_symbols=("E",)).failure()])
    assert ref.symbols == ()
    assert open_segment(ref).values.shape == (5, 0, 0)


def test_equal_bars_make_the_same_file_and_others_another(tmp_path, group):
    first = written(tmp_path, group)
    assert written(tmp_path, group) == first
    assert written(tmp_path, group[:3]).version != first.version
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".segment", ".segment"]


def test_arrays_are_mapped_read_only_and_aligned(tmp_path, group):
    segment = open_segment(written(tmp_path, group))
    assert segment.values.ctypes.data % 64 == segment.days.ctypes.data % 64 == 0
    with pytest.raises(ValueError, match="read-only"):
        segment.values[0, 0, 0] = 1.0


def zeros(content, start):
    """As a disk leaves a file whose last pages were never written."""
    return content[:start] + bytes(len(content) - start)


@pytest.mark.parametrize("read", [open_segment, read_segment])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: zeros(content, len(content) // 2), id="values that are zeros"),
        pytest.param(lambda content: zeros(content, len(content) - 8), id="a last value that is zero"),
        pytest.param(lambda content: content[:-9] + b"\x7f" + content[-8:], id="one changed byte"),
        pytest.param(lambda content: content[:40] + b"\1\2\3\4" + content[44:], id="a changed checksum"),
        pytest.param(lambda content: content[:-8], id="cut short"),
        pytest.param(lambda content: content + b"\0" * 8, id="too long"),
        pytest.param(lambda content: content[:20], id="cut in the prefix"),
        pytest.param(lambda content: b"", id="empty"),
        pytest.param(lambda content: b"NOTHINGS" + content[8:], id="another kind of file"),
        pytest.param(lambda content: content[:8] + b"\x63" + content[9:], id="another version"),
        pytest.param(lambda content: content[:60] + b"\xff" + content[61:], id="a changed header"),
        pytest.param(lambda content: content[:12] + b"\xff\xff\xff\x7f" + content[16:], id="a wild length"),
    ],
)
def test_a_damaged_file_is_noticed_and_set_aside(tmp_path, group, damage, read):
    ref = written(tmp_path, group)
    path = Path(ref.path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CacheError) as found:
        read(ref)
    assert str(tmp_path) not in found.value.detail
    assert found.value.affected_symbols == ref.symbols
    assert [path.name for path in tmp_path.iterdir()] == [f"{ref.version}.segment.damaged"]


def test_a_file_that_is_gone_is_a_cache_error(tmp_path, group):
    ref = written(tmp_path, group)
    Path(ref.path).unlink()
    with pytest.raises(CacheError, match="No such file"):
        open_segment(ref)


def test_what_has_taken_a_damaged_files_place_is_left_there(tmp_path, group, monkeypatch):
    """Two workers find the damage, one fetches the bars anew before the other has come to it."""
    ref = written(tmp_path, group)
    path = Path(ref.path)
    path.write_bytes(b"nothing")

    def meanwhile(_file):
        path.unlink()
        written(tmp_path, group)
        raise segment_layout.Damage("it is cut short")

    with monkeypatch.context() as patch:
        patch.setattr("technic.scanner.segments.read_head", meanwhile)
        with pytest.raises(CacheError):
            open_segment(ref)
    assert open_segment(ref).header.symbols == ref.symbols


def test_a_file_that_changes_after_it_was_opened_is_noticed_at_its_next_use(tmp_path, group):
    ref = written(tmp_path, group)
    cache = OpenSegments()
    cache.get(ref)
    path = Path(ref.path)
    with path.open("r+b") as file:
        file.seek(-200, os.SEEK_END)
        file.write(bytes(200))
    os.utime(path, (1.0, 1.0))  # a clock's tick may be too coarse for so quick a test
    with pytest.raises(CacheError, match="its bars are not what was written"):
        cache.get(ref)
    assert len(cache) == 0
    assert written(tmp_path, group) == ref
    cache.get(ref)
    os.truncate(path, 100)
    with pytest.raises(CacheError, match="it does not have its size"):
        cache.get(ref)


CUT_SHORT = """
import os, sys
from technic.errors import CacheError
from technic.scanner.panel import opened, read_bars
from technic.scanner.units import SegmentRef
ref = SegmentRef(sys.argv[1], sys.argv[2], ("A", "B", "C", "D"))
opened(ref)
read_bars(ref, "A", None, 0)
os.truncate(sys.argv[1], 100)
try:
    read_bars(ref, "A", None, 0)
except CacheError:
    print("noticed")
"""


def test_bars_of_a_file_that_is_cut_short_are_an_error_and_do_not_end_the_process(tmp_path, group):
    """Through a map they were SIGBUS, which ended the server."""
    ref = written(tmp_path, group)
    command = [sys.executable, "-c", CUT_SHORT, ref.path, ref.version]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "noticed\n"), done.stderr


def test_bars_of_one_symbol_are_a_copy_and_nothing_stays_open(tmp_path, group, monkeypatch):
    ref = written(tmp_path, group)
    monkeypatch.setattr("mmap.mmap", None)
    before = psutil.Process().num_fds()
    days, values = read_bars(ref, "A", None, 0)
    assert psutil.Process().num_fds() == before
    assert days.base is None
    assert values.base is None


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path, group, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(PanelUnwritable, match="No space left") as refused:
        written(tmp_path, group)
    assert list(tmp_path.iterdir()) == []
    failure = refused.value.failure()
    assert failure.message == "The data folder cannot be written."
    assert "data_dir" in failure.suggestion
    assert str(tmp_path) not in failure.detail


def test_a_folder_that_is_gone_is_made_again(tmp_path, group):
    ref = written(tmp_path / "removed" / "panels" / "v1", group)
    assert open_segment(ref).header.symbols == ref.symbols


def test_a_folder_that_cannot_be_made_again_is_told(tmp_path, group):
    (tmp_path / "panels").write_text("a file")
    with pytest.raises(PanelUnwritable):
        written(tmp_path / "panels" / "v1", group)


def test_a_segment_that_is_a_pipe_is_a_cache_error(tmp_path, group):
    ref = written(tmp_path, group)
    Path(ref.path).unlink()
    os.mkfifo(ref.path)
    for read in (open_segment, read_segment, lambda ref: read_header(Path(ref.path))):
        with pytest.raises(CacheError, match="it is a pipe"):
            read(ref)


def expected_column(each, end, lookback):
    """One symbol's last bars, worked out the slow way."""
    last = None if end is None else end.toordinal() - date(1970, 1, 1).toordinal()
    own = np.ones(len(each.days), dtype=bool) if last is None else each.days <= last
    values, days = each.values[:, own], each.days[own]
    return (values[:, -lookback:], days[-lookback:]) if lookback else (values, days)


@pytest.mark.parametrize(
    "end", [None, date(2018, 2, 7), date(2018, 2, 6), date(2018, 1, 29), date(2018, 1, 20)]
)
@pytest.mark.parametrize("lookback", [0, 20, 28, 600])
@pytest.mark.parametrize("least", [1, 20])
def test_columns_are_aligned_by_their_own_bars(tmp_path, group, end, lookback, least):
    refs = [written(tmp_path, group[:3]), written(tmp_path, []), written(tmp_path, group[3:] + group[:1])]
    columns = [*group[:3], *group[3:], group[0]]
    aligned = align([opened(ref) for ref in refs], end, lookback, least=least)
    whole = [expected_column(each, end, 0) for each in columns]
    assert aligned.counts.tolist() == [len(days) for _, days in whole]
    kept = [each for each, (_, days) in zip(columns, whole, strict=True) if len(days) >= least]
    bars = aligned.bars
    fields = np.stack([bars.open, bars.high, bars.low, bars.close, bars.volume])
    assert fields.shape[2] == len(kept)
    for column, each in enumerate(kept):
        values, days = expected_column(each, end, lookback)
        above = fields.shape[1] - len(days)
        np.testing.assert_array_equal(fields[:, above:, column], values)
        assert not fields[:, :above, column].any()
        assert (bars.counts[column], bars.dates_last[column]) == (len(days), days[-1])


def test_scratch_left_by_a_longer_alignment_does_not_show(tmp_path, group):
    long, short = (opened(written(tmp_path, [each])) for each in group[:2])
    align([long, long], None, 0)
    assert not align([short, long], None, 0).bars.close[:20, 0].any()


def test_nothing_before_the_day_leaves_no_column(tmp_path, group):
    aligned = align([opened(written(tmp_path, group))], date(1999, 1, 1), 600, least=20)
    assert aligned.bars.close.shape == (0, 0)
    assert aligned.counts.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("lookback", [0, 7, 600])
def test_the_bars_of_one_symbol_end_with_the_day(tmp_path, group, lookback):
    ref, end = written(tmp_path, group), date(2018, 1, 30)
    for each in group:
        days, values = read_bars(ref, each.symbol, end, lookback)
        expected, expected_days = expected_column(each, end, lookback)
        np.testing.assert_array_equal(values, expected)
        np.testing.assert_array_equal(days, expected_days)


def test_a_symbol_that_is_not_in_the_segment_is_unknown(tmp_path, group):
    with pytest.raises(UnknownSymbol):
        read_bars(written(tmp_path, group), "E", None, 0)


def test_no_more_segments_stay_open_than_are_allowed(tmp_path, group):
    refs = [written(tmp_path, [each]) for each in group]
    cache = OpenSegments(most=2)
    before = psutil.Process().num_fds()
    first = cache.get(refs[0])
    assert cache.get(refs[0]) is first
    for ref in refs * 3:
        cache.get(ref)
    assert len(cache) == 2
    del first
    assert psutil.Process().num_fds() <= before + 2


def test_the_layout_is_what_its_version_says():
    """Another layout needs another version: change both, and this test."""
    layout = segment_layout
    assert (layout._MAGIC, layout._FORMAT, layout._PREFIX.size) == (b"TECHNICP", 2, 44)
