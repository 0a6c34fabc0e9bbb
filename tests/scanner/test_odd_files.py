"""What people drop into a folder besides files: pipes, sockets, devices. Nothing of it is waited for."""

import os
import socket
from pathlib import Path

import pytest

from technic.config.settings import FilesSettings
from technic.errors import Unusable
from technic.scanner.sources import files, table_files
from technic.scanner.sources.constituents import find_constituents, read_constituents
from technic.scanner.sources.files import FilesSource
from tests.support.market_folder import write_bars

pytestmark = pytest.mark.timeout(20)


def pipe(path):
    os.mkfifo(path)


def endless(path):
    path.symlink_to("/dev/zero")


def listening(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(path))


def folder(path):
    path.mkdir()


def linked_pipe(path):
    os.mkfifo(path.with_name("hidden"))
    path.symlink_to("hidden")


ODD = pytest.mark.parametrize("make", [pipe, endless, listening, folder, linked_pipe])
ENDINGS = pytest.mark.parametrize("ending", ["csv", "parquet"])


@pytest.fixture
def bars(tmp_path):
    return write_bars(tmp_path / "bars", ["A", "B"])


def source_of(path):
    return FilesSource(FilesSettings(path=path))


@ODD
@ENDINGS
def test_the_files_beside_it_are_read_and_it_is_none(bars, make, ending):
    make(bars / f"ODD.{ending}")
    source = source_of(bars)
    assert source.universe().symbols == ("A", "B")
    assert [each.symbol for each in source.read(("A", "B"), lambda: False)] == ["A", "B"]


@ODD
@ENDINGS
def test_a_file_that_becomes_one_after_it_was_listed_fails_its_symbol_alone(bars, make, ending):
    (bars / "A.csv").rename(bars / f"A.{ending}")
    if ending == "parquet":
        (bars / "A.parquet").write_bytes(b"no Parquet, but listed")
    spec = source_of(bars).spec
    source_of(bars).universe()
    (bars / f"A.{ending}").unlink()
    make(bars / f"A.{ending}")
    odd, good = files.read_files(spec, ("A", "B"), lambda: False)
    assert odd.code == "unreadable_bars"
    assert good.symbol == "B"


@ODD
@ENDINGS
def test_no_way_to_read_a_table_waits_for_it(tmp_path, make, ending):
    path = tmp_path / f"ODD.{ending}"
    make(path)
    for read in (table_files.headings_of, table_files.table_of, table_files.pieces_of):
        with pytest.raises(OSError, match=r"pipe|directory"):
            read(path)


@ODD
def test_as_constituents_it_is_passed_over(bars, make):
    make(bars / "constituents.csv")
    (bars.parent / "constituents.csv").write_text("Symbol,Name\nA,Acme\n")
    assert source_of(bars).universe().find("A").name == "Acme"
    assert find_constituents(bars) == bars.parent / "constituents.csv"
    assert read_constituents(bars / "constituents.csv") == {}


@pytest.mark.parametrize("make", [pipe, endless, listening])
def test_as_the_folder_itself_it_is_unusable(tmp_path, make):
    make(tmp_path / "bars.csv")
    with pytest.raises(Unusable):
        source_of(tmp_path / "bars.csv").universe()


def test_a_link_to_a_file_is_that_file_and_a_dead_one_fails_alone(bars):
    elsewhere = Path(write_bars(bars.parent / "elsewhere", ["C"]) / "C.csv")
    (bars / "C.csv").symlink_to(elsewhere)
    (bars / "DEAD.csv").symlink_to(bars / "nowhere")
    read = source_of(bars).read(("C", "DEAD"), lambda: False)
    assert read[0].symbol == "C"
    assert "No such file" in read[1].detail
    assert str(bars) not in read[1].detail
