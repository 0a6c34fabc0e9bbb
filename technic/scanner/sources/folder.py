"""Which files hold which symbols: the table of contents of a folder of bars.

A symbol is what a table's own column says, else the file's name without its ending. Tables that hold the
same symbol are read one after the other, in the order of their names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from technic.config.plain_files import is_other
from technic.errors import NothingToScan, UnreadableBars, Unusable
from technic.scanner.sources.constituents import find_constituents, is_constituents
from technic.scanner.sources.table_files import SUFFIXES
from technic.scanner.sources.tables import symbols_in
from technic.scanner.units import content_key

_ADVICE = "Set sources.files.path to a folder of CSV or Parquet files, or to one long table."


@dataclass(frozen=True, slots=True)
class Contents:
    """What a folder holds.

    Attributes:
        files: The files in which each symbol has rows, in order.
        long: Those that hold more than one symbol.
        faults: What is wrong with the content of others; they stand for the symbol of their name.
    """

    files: Mapping[str, tuple[Path, ...]]
    long: frozenset[Path]
    faults: Mapping[Path, str]


def bar_files(path: Path) -> tuple[Path, ...]:
    """The files of bars in a folder, in the order of their names; of a file itself that alone.

    Hidden files, a constituents.csv, and whatever is no plain file (a folder, a pipe, a device) are none.

    Raises:
        Unusable: There is no such folder, or it may not be read.
        NothingToScan: It holds no such file; says where there are some, if near.
    """
    try:
        found = (
            (path,) if path.is_file() else tuple(sorted(file for file in path.iterdir() if _holds_bars(file)))
        )
    except OSError as error:
        raise Unusable(
            f"the folder of bars {path} cannot be read: {error.strerror}", suggestion=_ADVICE
        ) from None
    if not found:
        raise NothingToScan(f"there is no CSV or Parquet file in {path}", suggestion=_nearby(path))
    return found


def version_of(path: Path) -> str:
    """Differs whenever a file of bars, or the names and sectors, may have changed."""
    files = bar_files(path)
    names = find_constituents(path if path.is_dir() else path.parent)
    stamps = [_stamp(file) for file in (*files, *((names,) if names else ()))]
    return content_key("files", str(path), stamps)


@lru_cache(maxsize=4)
def contents_of(path: Path, version: str) -> Contents:  # noqa: ARG001 - another version is other contents
    """The table of contents of one version of a folder: about 0.2 ms a file, then remembered.

    Raises:
        NothingToScan: No file in it can be read as bars.
    """
    files: dict[str, tuple[Path, ...]] = {}
    long: set[Path] = set()
    faults: dict[Path, str] = {}
    closed: dict[Path, str] = {}
    found = bar_files(path)
    for file in found:
        symbols: tuple[str, ...] = ()
        try:
            symbols = symbols_in(file)
        except UnreadableBars as error:
            faults[file] = error.detail
        except OSError as error:  # it may be open to us when its symbol is read
            closed[file] = error.strerror or str(error)
        long.update([file] if len(symbols) > 1 else [])
        for symbol in symbols or (_name_of(file),):
            files[symbol] = (*files.get(symbol, ()), file)
    if len(faults) + len(closed) == len(found):
        _refuse(path, faults | closed)
    return Contents(files, frozenset(long), faults)


def _name_of(file: Path) -> str:
    """The symbol that a file's name stands for; bytes in it that are no UTF-8 could be told nobody."""
    return os.fsencode(file.stem).decode(errors="replace")


def _refuse(path: Path, faults: Mapping[Path, str]) -> NoReturn:
    first, fault = min(faults.items())
    raise NothingToScan(f"no file in {path} can be read as bars; {first.name}: {fault}", suggestion=_ADVICE)


def _holds_bars(file: Path) -> bool:
    named_so = file.suffix.casefold() in SUFFIXES and not file.name.startswith(".")
    return named_so and not is_constituents(file) and not is_other(file)


def _stamp(file: Path) -> tuple[object, ...]:
    """A file's name, size, time of change, and who may read it; a file that is gone has only its name."""
    try:
        status = file.stat()
    except OSError:
        return (file.name,)
    return file.name, status.st_size, status.st_mtime_ns, status.st_mode, status.st_uid, status.st_gid


def _nearby(path: Path) -> str:
    """Where there are files of bars, one level down."""
    try:
        below = sorted(folder for folder in path.iterdir() if folder.is_dir())
        counted = [(folder, sum(map(_holds_bars, folder.iterdir()))) for folder in below[:100]]
    except OSError:
        return _ADVICE
    found = [f"{folder} holds {count}" for folder, count in counted if count]
    return f"{_ADVICE} {'; '.join(found[:3])}." if found else _ADVICE
