"""Names and sectors for a folder of bars: a `constituents.csv` in it or above it."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

from technic.config.plain_files import open_plain
from technic.scanner.universe import Listing

FILE_NAME = "constituents.csv"

_LEVELS = 3
_log = logging.getLogger(__name__)
_NAMES = {
    "symbol": ("symbol", "ticker"),
    "name": ("name", "security", "company"),
    "sector": ("sector", "gics sector"),
    "industry": ("industry", "sub-industry", "gics sub-industry"),
}


def is_constituents(path: Path) -> bool:
    """Whether a file is one of names, never of bars."""
    return path.name.casefold() == FILE_NAME


def find_constituents(folder: Path) -> Path | None:
    """The nearest one: in the folder, beside it, or one further up."""
    for level in (folder, *folder.parents)[:_LEVELS]:
        try:
            found = sorted(path for path in level.iterdir() if is_constituents(path) and path.is_file())
        except OSError:
            continue  # what may not be listed is not ours
        if found:
            return found[0]
    return None


def read_constituents(path: Path) -> dict[str, Listing]:
    """Listings by symbol; none, and a line in the log, where the file cannot be used."""
    try:
        with (
            open_plain(path) as content,
            TextIOWrapper(content, encoding="utf-8-sig", errors="replace", newline="") as file,
        ):
            return {listing.symbol: listing for listing in _listings(csv.reader(file))}
    except (OSError, csv.Error) as error:
        _log.warning("names and sectors are missing: %s cannot be read: %s", path, error)
    except LookupError:
        _log.warning("names and sectors are missing: %s has no column symbol", path)
    return {}


def _listings(rows: Iterator[list[str]]) -> Iterator[Listing]:
    """A listing for each row that has a symbol."""
    header = [name.strip().casefold() for name in next(rows, [])]
    places = {
        field: next((header.index(name) for name in known if name in header), None)
        for field, known in _NAMES.items()
    }
    if places["symbol"] is None:
        raise LookupError
    for row in rows:
        fields = {
            field: row[at].strip() or None if at is not None and at < len(row) else None
            for field, at in places.items()
        }
        symbol = fields.pop("symbol")
        if symbol:
            yield Listing(symbol, **fields)
