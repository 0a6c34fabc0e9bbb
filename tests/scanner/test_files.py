"""Bars from folders and tables as people have them."""

import datetime as dt
import os
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest

from technic.config.settings import FilesSettings
from technic.errors import Failure, NothingToScan, SettingsError, Unusable
from technic.scanner.bars import GoodBars, validate
from technic.scanner.sources import files, tables
from technic.scanner.sources.base import SymbolBars
from technic.scanner.sources.files import FilesSource
from technic.scanner.sources.folder import contents_of

SP500 = Path(__file__).parents[3] / "shared" / "market" / "sp500"
HEADER = "date,open,high,low,close,volume"
ROWS = [f"2018-01-{day:02d},{day},{day + 2},{day - 0.5},{day + 1},{100 * day}" for day in range(1, 29)]
GOOD = "\n".join([HEADER, *ROWS]) + "\n"


def source_of(path):
    return FilesSource(FilesSettings(path=path))


def read_one(path, symbol):
    return source_of(path).read([symbol], lambda: False)[0]


def good_table(**columns):
    """A table of good bars as Arrow columns; some may be exchanged or added."""
    days = [dt.date(2018, 1, day) for day in range(1, 29)]
    numbers = [float(day) for day in range(1, 29)]
    prices = {"open": numbers, "high": numbers, "low": numbers, "close": numbers, "volume": numbers}
    return pa.table({"date": days, **prices, **columns})


def is_good(bars):
    assert isinstance(bars, SymbolBars), bars
    np.testing.assert_array_equal(bars.dates, np.arange("2018-01-01", "2018-01-29", dtype="datetime64[D]"))
    np.testing.assert_array_equal(bars.values[0], np.arange(1.0, 29.0))
    return True


def rows_in(sentences, verb):
    """How many rows the sentences that begin so speak of, in all."""
    counts = (re.search(r"\d+", sentence) for sentence in sentences if sentence.startswith(verb))
    return sum(int(count[0]) for count in counts)


def test_all_files_of_the_index_are_read():
    if not SP500.is_dir():
        pytest.skip(f"the shared market data is not here: {SP500} is missing")
    source = source_of(SP500)
    universe = source.universe()
    assert len(universe) == 505
    assert sum(listing.name is None for listing in universe.listings) == 505 - 498
    assert universe.find("BRK.B").sector == "Financials"
    assert universe.find("GE").sector == "Industrials"
    good = [validate(bars) for bars in source.read(universe.symbols, lambda: False)]
    assert all(isinstance(each, GoodBars) for each in good)
    assert sum(len(each.days) for each in good) == 619_040 - 11
    said = [sentence for each in good for sentence in each.warnings]
    assert rows_in(said, "Dropped") == 11
    assert rows_in(said, "Widened") == 12


def test_column_names_in_any_case_and_order_and_further_columns_do(tmp_path):
    rows = "".join(f"x,{day},AAPL,1,2018-01-{day:02d} 00:00:00,{day},{day},{day}\n" for day in range(1, 29))
    (tmp_path / "whatever.csv").write_text(
        "Adj Close,LOW,Ticker,Volume,Timestamp,Open,High,CLOSE\n" + rows, encoding="utf-8-sig"
    )
    assert source_of(tmp_path).universe().symbols == ("AAPL",)
    assert is_good(read_one(tmp_path, "AAPL"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_tables_with_other_delimiters_and_line_ends_do(tmp_path, delimiter, ending):
    (tmp_path / "A.csv").write_bytes(GOOD.replace(",", delimiter).replace("\n", ending).encode())
    assert is_good(read_one(tmp_path, "A"))


@pytest.mark.parametrize("form", ["{}", "{}T21:00:00Z", "{} 16:00:00-05:00", " {} "])
def test_iso_dates_and_times_are_days(tmp_path, form):
    rows = "".join(f"{form.format(row[:10])}{row[10:]}\n" for row in ROWS)
    (tmp_path / "A.csv").write_text(f"{HEADER}\n{rows}")
    assert is_good(read_one(tmp_path, "A"))


def test_a_symbol_without_a_column_is_the_name_of_its_file(tmp_path):
    (tmp_path / "BRK.B.csv").write_text(GOOD)
    assert is_good(read_one(tmp_path, "BRK.B"))


def test_empty_fields_are_missing_values(tmp_path):
    (tmp_path / "A.csv").write_text(f"{GOOD}2018-01-30,,NA,nan,1,\n,1,1,1,1,1\n")
    bars = read_one(tmp_path, "A")
    assert np.isnan(bars.values[[0, 1, 2, 4], 28]).all()
    assert np.isnat(bars.dates[29])


def test_a_table_without_volume_has_no_volume(tmp_path):
    (tmp_path / "A.csv").write_text("\n".join(line.rsplit(",", 1)[0] for line in GOOD.splitlines()))
    bars = read_one(tmp_path, "A")
    assert is_good(bars)
    assert np.isnan(bars.values[4]).all()


@pytest.mark.parametrize("kept", [0, files.KEPT_BYTES], ids=["read in pieces", "kept"])
@pytest.mark.parametrize("by_date", [False, True])
@pytest.mark.parametrize(
    ("as_parquet", "as_file"), [(False, False), (False, True), (True, False), (True, True)]
)
def test_one_long_table_holds_many_symbols(tmp_path, monkeypatch, kept, by_date, as_parquet, as_file):  # noqa: PLR0917 - pytest passes them by name
    monkeypatch.setattr(files, "KEPT_BYTES", kept)
    rows = [(symbol, row) for symbol in ("B", "A", "C") for row in ROWS]
    if by_date:
        rows.sort(key=lambda each: each[1])
    text = f"symbol,{HEADER}\n" + "".join(f"{symbol},{row}\n" for symbol, row in rows)
    path = tmp_path / "market.csv"
    path.write_text(text)
    if as_parquet:
        path = tmp_path / "market.parquet"
        pa_parquet.write_table(pa_csv.read_csv(tmp_path / "market.csv"), path)
        (tmp_path / "market.csv").unlink()
    source = source_of(path if as_file else tmp_path)
    assert source.universe().symbols == ("A", "B", "C")
    assert all(is_good(bars) for bars in source.read(("C", "A", "B"), lambda: False))


@pytest.mark.parametrize("as_parquet", [False, True])
def test_a_table_read_in_several_pieces_has_all_rows_of_the_symbols_asked_for(tmp_path, as_parquet):
    path = tmp_path / "all.csv"
    rows = "".join(f"{symbol},{row}\n" for row in ROWS * 800 for symbol in ("A", "B", "C", "D"))
    path.write_text(f"symbol,{HEADER}\n" + rows)  # several of the megabytes that Arrow takes at once
    if as_parquet:
        table, path = pa_csv.read_csv(path), tmp_path / "all.parquet"
        pa_parquet.write_table(table, path)
    whole, some = tables.read_rows(path), tables.read_rows_of(path, ("D", "B", "nobody"))
    assert (sorted(whole), sorted(some)) == (["A", "B", "C", "D"], ["B", "D"])
    for symbol, found in some.items():
        np.testing.assert_array_equal(found.dates, whole[symbol].dates)
        np.testing.assert_array_equal(found.values, whole[symbol].values)


def test_a_large_sorted_table_is_seen_to_be_long_from_its_ends(tmp_path):
    rows = [f"{symbol},{row}\n" for symbol in ("A", "B") for row in ROWS * 20]
    (tmp_path / "all.csv").write_text(f"symbol,{HEADER}\n" + "".join(rows))
    assert source_of(tmp_path).universe().symbols == ("A", "B")


def test_a_table_that_hides_other_symbols_in_its_middle_is_not_read_as_one(tmp_path):
    rows = [f"{symbol},{row}\n" for symbol in ("A", "B", "A") for row in ROWS * 20]
    (tmp_path / "all.csv").write_text(f"symbol,{HEADER}\n" + "".join(rows))
    bars = read_one(tmp_path, "A")
    assert isinstance(bars, Failure)
    assert "rows of B" in bars.detail


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(good_table(), id="dates"),
        pytest.param(good_table(Symbol=["A"] * 28), id="a column of symbols"),
        pytest.param(good_table(symbol=pa.array(["A"] * 28).dictionary_encode()), id="categories"),
        pytest.param(
            good_table(date=[dt.datetime(2018, 1, day, 21) for day in range(1, 29)]),  # noqa: DTZ001
            id="times",
        ),
        pytest.param(good_table(date=[f"2018-01-{day:02d}" for day in range(1, 29)]), id="texts"),
        pytest.param(good_table(open=list(range(1, 29))), id="whole numbers"),
        pytest.param(good_table(open=[str(day) for day in range(1, 29)]), id="numbers as text"),
    ],
)
def test_parquet_columns_of_many_types_do(tmp_path, table):
    pa_parquet.write_table(table, tmp_path / "A.parquet")
    assert is_good(read_one(tmp_path, "A"))


def test_a_symbol_in_several_files_is_read_from_all_of_them(tmp_path):
    (tmp_path / "2018a.csv").write_text(f"symbol,{HEADER}\n" + "".join(f"A,{row}\n" for row in ROWS[:10]))
    (tmp_path / "2018b.csv").write_text(f"symbol,{HEADER}\n" + "".join(f"A,{row}\n" for row in ROWS[10:]))
    assert source_of(tmp_path).universe().symbols == ("A",)
    assert is_good(read_one(tmp_path, "A"))


BROKEN = {
    "garbage": (bytes(range(256)) * 40, "no text"),
    "text in numbers": (GOOD.replace(",5,", ",five,").encode(), "five"),
    "missing columns": (b"date,open,volume\n2018-01-01,1,1\n", "no column high, low, close"),
    "no rows": (f"{HEADER}\n".encode(), "no rows"),
    "empty": (b"", "is empty"),
    "blank": (b"\n\n\n", "is empty"),
    "American dates": (GOOD.replace("2018-01-05", "01/05/2018").encode(), "01/05/2018"),
    "cut short": (GOOD[:-12].encode(), "Expected 6 columns"),
    "utf-16": (GOOD.encode("utf-16"), "no text"),
    "a web page": (b"<html><body>rate limit</body></html>", "no column date"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_fails_its_symbol_alone_and_says_which_file_and_why(tmp_path, fault):
    content, why = BROKEN[fault]
    (tmp_path / "BAD.csv").write_bytes(content)
    (tmp_path / "GOOD.csv").write_text(GOOD)
    assert source_of(tmp_path).universe().symbols == ("BAD", "GOOD")
    bad, good = source_of(tmp_path).read(("BAD", "GOOD"), lambda: False)
    assert is_good(good)
    assert (bad.code, bad.affected_symbols, bad.recoverable) == ("unreadable_bars", ("BAD",), False)
    assert "BAD: BAD.csv: " in bad.detail
    assert bad.metadata["file"] == "BAD.csv"
    assert str(tmp_path) not in repr(bad), "a folder of the server"
    assert why in bad.detail
    assert "Traceback" not in bad.detail


@pytest.mark.parametrize(
    "content",
    [b"PAR1 and then nothing", b"", good_table().to_pandas().to_csv().encode()],
    ids=["cut short", "empty", "no Parquet"],
)
def test_a_broken_parquet_file_fails_its_symbol_alone(tmp_path, content):
    (tmp_path / "BAD.parquet").write_bytes(content)
    (tmp_path / "GOOD.csv").write_text(GOOD)
    bad, good = source_of(tmp_path).read(("BAD", "GOOD"), lambda: False)
    assert is_good(good)
    assert bad.code == "unreadable_bars"


def test_parquet_columns_that_are_no_bars_fail_their_symbol(tmp_path):
    pa_parquet.write_table(good_table(open=["x"] * 28), tmp_path / "TEXT.parquet")
    pa_parquet.write_table(good_table(date=list(range(28))), tmp_path / "DAYS.parquet")
    pa_parquet.write_table(good_table(), tmp_path / "GOOD.parquet")
    text, days, good = source_of(tmp_path).read(("TEXT", "DAYS", "GOOD"), lambda: False)
    assert is_good(good)
    assert "x" in text.detail
    assert "its dates are int64" in days.detail


def forbid(monkeypatch, name):
    """Files of this name cannot be opened any more, as if their rights had been taken away."""
    real = os.open

    def opened(path, *args, **kwargs):
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", opened)


def test_a_file_that_may_not_be_read_now_may_be_read_later(tmp_path, monkeypatch):
    (tmp_path / "A.csv").write_text(GOOD)
    (tmp_path / "B.csv").write_text(GOOD)
    with monkeypatch.context() as patch:
        forbid(patch, "A.csv")
        bad, good = source_of(tmp_path).read(("A", "B"), lambda: False)
    assert is_good(good)
    assert (bad.code, bad.recoverable) == ("unreadable_bars", True)
    assert "Permission denied" in bad.detail
    assert is_good(read_one(tmp_path, "A"))


def test_a_folder_of_which_no_file_may_be_read_is_nothing_to_scan(tmp_path, monkeypatch):
    (tmp_path / "A.csv").write_text(GOOD)
    forbid(monkeypatch, "A.csv")
    with pytest.raises(NothingToScan, match="Permission denied"):
        source_of(tmp_path).universe()


def test_a_file_that_is_gone_fails_its_symbol_alone(tmp_path):
    (tmp_path / "A.csv").write_text(GOOD)
    (tmp_path / "B.csv").write_text(GOOD)
    spec = source_of(tmp_path).spec
    contents_of(tmp_path, spec.version)
    (tmp_path / "A.csv").unlink()
    bad, good = files.read_files(spec, ("A", "B"), lambda: False)
    assert isinstance(bad, Failure)
    assert is_good(good)


def test_a_symbol_is_never_made_a_path_of(tmp_path):
    (tmp_path / "secret.csv").write_text(GOOD)
    (tmp_path / "bars").mkdir()
    (tmp_path / "bars" / "A.csv").write_text(GOOD)
    for symbol in ("../secret", "../secret.csv", str(tmp_path / "secret"), "A.csv", "."):
        assert read_one(tmp_path / "bars", symbol).code == "unknown_symbol"


def test_names_and_sectors_come_from_the_nearest_constituents_file(tmp_path):
    folder = tmp_path / "market" / "bars"
    folder.mkdir(parents=True)
    (folder / "A.csv").write_text(GOOD)
    assert source_of(folder).universe().find("A").name is None
    for level, name in ((tmp_path, "far"), (tmp_path / "market", "near"), (folder, "nearest")):
        (level / "Constituents.CSV").write_text(
            f'Symbol,Name,Sector,Industry\nA,"{name}, Inc",Energy,Oil\nB\n'
        )
        listing = source_of(folder).universe().find("A")
        assert (listing.name, listing.sector, listing.industry) == (f"{name}, Inc", "Energy", "Oil")
    assert source_of(folder).universe().symbols == ("A",), "it was taken for bars"
    assert source_of(folder / "A.csv").universe().find("A").name == "nearest, Inc"


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"Company,Sector\nA,Energy\n", b'Symbol,Name\n"A'])
def test_a_constituents_file_that_cannot_be_used_is_left_out(tmp_path, content):
    (tmp_path / "A.csv").write_text(GOOD)
    (tmp_path / "constituents.csv").write_bytes(content)
    assert source_of(tmp_path).universe().symbols == ("A",)


def test_the_version_follows_every_file(tmp_path):
    (tmp_path / "A.csv").write_text(GOOD)
    seen = [source_of(tmp_path).spec.version]

    def differs():
        seen.append(source_of(tmp_path).spec.version)
        return len(set(seen)) == len(seen)

    (tmp_path / "A.csv").write_text(GOOD + "2018-01-30,1,1,1,1,1\n")
    assert differs()
    os.utime(tmp_path / "A.csv", (1.0, 1.0))
    assert differs()
    (tmp_path / "A.csv").chmod(0o400)
    assert differs()
    (tmp_path / "B.csv").write_text(GOOD)
    assert differs()
    (tmp_path / "constituents.csv").write_text("Symbol\nA\n")
    assert differs()
    assert source_of(tmp_path).spec.version == seen[-1]


def test_without_a_path_it_says_how_to_give_one():
    with pytest.raises(SettingsError) as refused:
        FilesSource(FilesSettings())
    assert "--data" in refused.value.advice


def test_a_missing_folder_is_unusable(tmp_path):
    with pytest.raises(Unusable, match="No such file") as refused:
        _ = source_of(tmp_path / "nowhere").spec
    assert "sources.files.path" in refused.value.advice


def test_an_empty_folder_is_nothing_to_scan_and_points_to_files_below(tmp_path):
    (tmp_path / "bars").mkdir()
    (tmp_path / "bars" / "A.csv").write_text(GOOD)
    (tmp_path / ".hidden.csv").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(NothingToScan) as refused:
        source_of(tmp_path).universe()
    assert f"{tmp_path / 'bars'} holds 1" in refused.value.advice


def test_a_folder_of_broken_files_alone_is_nothing_to_scan_and_says_what_is_wrong(tmp_path):
    (tmp_path / "A.csv").write_bytes(b"Symbol,Name\nA,B\n")
    with pytest.raises(NothingToScan, match="no column date, open, high, low, close"):
        source_of(tmp_path).universe()
