"""A source of one's own: daily bars out of an SQLite database.

It reads a table `bars(symbol, day, open, high, low, close, volume)` and, for names and sectors, a table
`companies(symbol, name, sector, industry)`. Install it beside technic, and name it in technic.toml:

    source = "sqlite"

    [sources.own]
    path = "/srv/prices.db"
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from technic.errors import Failure, SettingsError, UnknownSymbol
from technic.scanner.sources.base import SymbolBars
from technic.scanner.units import SourceSpec, content_key
from technic.scanner.universe import Listing, Universe

NAME = "sqlite"
"""As the entry point in pyproject.toml has it."""

_LISTINGS = """
SELECT DISTINCT bars.symbol, companies.name, companies.sector, companies.industry
FROM bars LEFT JOIN companies ON companies.symbol = bars.symbol
"""
_BARS = "SELECT day, open, high, low, close, volume FROM bars WHERE symbol = ?"


class BarsInSqlite:
    """The source; technic makes one in the server and one for each group that a worker reads.

    Args:
        options: The table [sources.own]: `path`, the database.

    Raises:
        SettingsError: There is no such file.
    """

    connections = 0
    """`read` is all there is: nothing has to arrive over a network first."""
    arrival_seconds = 0.0

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._path = Path(str(options.get("path", ""))).absolute()
        if not self._path.is_file():
            raise SettingsError(
                f"sources.own.path: there is no database {self._path}", suggestion="Name the file."
            )

    @property
    def spec(self) -> SourceSpec:
        """Who reads where, and a version that changes with whatever may change a bar."""
        stamp = self._path.stat()
        version = content_key(NAME, str(self._path), stamp.st_mtime_ns, stamp.st_size)
        return SourceSpec(NAME, {"path": str(self._path)}, version)

    def universe(self) -> Universe:
        """Every symbol that has bars."""
        with self._database() as database:
            return Universe(Listing(*row) for row in database.execute(_LISTINGS))

    def read(self, symbols: Sequence[str], cancelled: Callable[[], bool]) -> list[SymbolBars | Failure]:
        """Bars or a failure for each symbol, in the order asked."""
        answers: list[SymbolBars | Failure] = []
        with self._database() as database:
            for symbol in symbols:
                if cancelled():
                    break
                rows = database.execute(_BARS, (symbol,)).fetchall()
                answers.append(_bars(symbol, rows) if rows else _unknown(symbol))
        return answers

    async def arrive(self, symbols: Sequence[str], advanced: Callable[[int], None]) -> None:
        """All can be read at once."""
        advanced(len(symbols))

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """Open to be read; what is wrong with it is told as what it is, and not as a fault of technic."""
        try:
            with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True)) as database:
                yield database
        except sqlite3.Error as error:
            raise SettingsError(
                f"sources.own.path: {self._path} cannot be read: {error}",
                suggestion="Name a database with the tables `bars` and `companies`.",
            ) from error


def _bars(symbol: str, rows: Sequence[tuple[Any, ...]]) -> SymbolBars:
    """As they are: technic sorts the days, and drops and counts what cannot be a bar."""
    days = np.array([row[0] for row in rows], dtype="datetime64[D]")
    return SymbolBars(symbol, days, np.array([row[1:] for row in rows], dtype=np.float64).T.copy())


def _unknown(symbol: str) -> Failure:
    return UnknownSymbol(f"the database has no bars of {symbol}", affected_symbols=(symbol,)).failure()
