"""Bars from a folder of CSV or Parquet files, one file a symbol or one long table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from technic.clock import Clock, SystemClock
from technic.errors import Failure, SettingsError, UnknownSymbol, UnreadableBars, told
from technic.scanner.sources.base import SymbolBars
from technic.scanner.sources.constituents import find_constituents, read_constituents
from technic.scanner.sources.folder import Contents, contents_of, version_of
from technic.scanner.sources.tables import Rows, Table, read_rows, read_rows_of
from technic.scanner.units import SourceSpec
from technic.scanner.universe import Listing, Universe

if TYPE_CHECKING:  # a worker opens the source from its spec and has no use for pydantic
    from technic.config.settings import FilesSettings

NAME = "files"

LATEST = "latest"
"""The option of its spec that says which day is the last that a bar can be of."""

KEPT_BYTES = 2**27
"""A long table up to this size stays in the process that has read it: the next group needs it too."""


class FilesSource:
    """A folder of bars as a source; see the port.

    Args:
        settings: Its settings.
        clock: Tells today: no bar can be of a day that has not come; the machine's own where none is given.

    Raises:
        SettingsError: They name no folder.
    """

    connections = 0
    arrival_seconds = 0.0

    def __init__(self, settings: FilesSettings, clock: Clock | None = None) -> None:
        if settings.path is None:
            raise SettingsError(
                "sources.files.path is not set",
                suggestion="Say where the files are: --data DIR, or TECHNIC_SOURCES__FILES__PATH.",
            )
        self._path = settings.path.expanduser().absolute()
        self._clock = clock or SystemClock()

    @property
    def spec(self) -> SourceSpec:
        """What a worker needs to open it again; its version changes with its files, and not with the day."""
        tomorrow = self._clock.now().date() + timedelta(days=1)  # UTC: somewhere it is that day already
        options = {"path": str(self._path), LATEST: tomorrow.isoformat()}
        return SourceSpec(NAME, options, version_of(self._path))

    def universe(self) -> Universe:
        """Every symbol there is, with its name and sector where they are known."""
        return _universe(self._path, self.spec.version)

    def read(self, symbols: Sequence[str], cancelled: Callable[[], bool]) -> list[SymbolBars | Failure]:
        """Bars or a failure for each symbol, in the order asked."""
        return read_files(self.spec, symbols, cancelled)

    async def arrive(self, symbols: Sequence[str], advanced: Callable[[int], None]) -> None:
        """Everything is there already."""
        advanced(len(symbols))


def files_universe(spec: SourceSpec) -> Universe | None:
    """Every symbol of a folder; None where its files are not those of the spec's version any more."""
    path = Path(spec.options["path"])
    return _universe(path, spec.version) if version_of(path) == spec.version else None


def _universe(path: Path, version: str) -> Universe:
    contents = contents_of(path, version)
    constituents = find_constituents(path if path.is_dir() else path.parent)
    known = read_constituents(constituents) if constituents else {}
    return Universe(known.get(symbol) or Listing(symbol) for symbol in contents.files)


def read_files(
    spec: SourceSpec, symbols: Sequence[str], cancelled: Callable[[], bool]
) -> list[SymbolBars | Failure]:
    """Bars or a failure for each symbol, in the order asked; between symbols it polls `cancelled`.

    Once cancelled it ends early with what it has, which its caller does not use.
    """
    reader = _Reader(contents_of(Path(spec.options["path"]), spec.version), symbols)
    results: list[SymbolBars | Failure] = []
    for symbol in symbols:
        if cancelled():
            break
        results.append(reader.bars(symbol))
    return results


class _Reader:
    """Reads the symbols of one unit; a file that holds several of them is read once."""

    def __init__(self, contents: Contents, symbols: Sequence[str]) -> None:
        self._contents = contents
        self._symbols = symbols
        self._tables: dict[Path, Table] = {}

    def bars(self, symbol: str) -> SymbolBars | Failure:
        """One symbol from all files that hold rows of it. A symbol is looked up, never made a path of."""
        files = self._contents.files.get(symbol)
        if files is None:
            return UnknownSymbol(f"no file holds {symbol!r}", affected_symbols=(symbol,)).failure()
        parts: list[Rows] = []
        for file in files:
            try:
                parts.append(self._rows(symbol, file))
            except UnreadableBars as error:
                return _unreadable(symbol, file, error.detail)
            except OSError as error:  # whoever gives the right to read it changes nothing else of the file
                return replace(_unreadable(symbol, file, error.strerror or str(error)), recoverable=True)
        dates = np.concatenate([part.dates for part in parts])
        return SymbolBars(symbol, dates, np.concatenate([part.values for part in parts], axis=1))

    def _rows(self, symbol: str, file: Path) -> Rows:
        """A symbol's rows in one file."""
        if file in self._contents.faults:
            raise UnreadableBars(self._contents.faults[file])
        if file not in self._tables:
            self._tables[file] = self._table(file)
        table = self._tables[file]
        rows = table.get(symbol) or table.get(None)
        if rows is None:
            raise UnreadableBars(f"it has no rows of {symbol}")
        return rows

    def _table(self, file: Path) -> Table:
        """A table's rows; of a very long one those of the unit's symbols alone."""
        if file in self._contents.long:
            status = file.stat()
            if status.st_size <= KEPT_BYTES:
                return _kept_table(file, status.st_size, status.st_mtime_ns)
            return read_rows_of(file, self._symbols)
        table = read_rows(file)
        known = self._contents.files
        stray = [symbol for symbol in table if symbol and file not in known.get(symbol, ())]
        if stray:
            raise UnreadableBars(f"it also holds rows of {stray[0]}, amid those of others: sort it by symbol")
        return table


@lru_cache(maxsize=1)
def _kept_table(file: Path, size: int, changed: int) -> Table:  # noqa: ARG001 - they tell a changed file
    return read_rows(file)


def _unreadable(symbol: str, file: Path, fault: str) -> Failure:
    """One symbol's failure; the file by its name alone, for whoever reads this need not know our folders."""
    name = told(file.name)
    detail = f"{symbol}: {name}: {told(fault)}"
    return UnreadableBars(detail, affected_symbols=(symbol,), file=name).failure()
