"""The folders that the settings name: what is wrong with one is told before anything starts.

Somebody wrote the path, so it is a usage error, whichever of the three places it was written in.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from technic.config.settings import Settings
from technic.errors import SettingsError

_BARS = "Name a folder of CSV or Parquet files, or one long table, with --data or sources.files.path."
_DATA_DIR = "Name another one with --data-dir or TECHNIC_DATA_DIR, or change its permissions."


def check_places(settings: Settings) -> None:
    """Make the data folder, and look whether the bars are there.

    Raises:
        SettingsError: One of them cannot be had; says how far the path leads, and what to do.
    """
    bars = settings.sources.files.path if settings.source == "files" else None
    if bars is not None:
        _check_bars(bars)
    _make_data_dir(settings.data_dir)


def _check_bars(path: Path) -> None:
    try:
        path.stat()
        _check_rights(path, os.R_OK)
    except OSError as error:
        raise SettingsError(
            f"the folder of bars {path} cannot be read: {_why_not_read(path, error)}", suggestion=_BARS
        ) from error


def _make_data_dir(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        _check_rights(path, os.W_OK | os.X_OK)
    except OSError as error:
        raise SettingsError(
            f"the data folder {path} cannot be written: {_why_not_made(path, error)}", suggestion=_DATA_DIR
        ) from error


def _check_rights(path: Path, rights: int) -> None:
    if not os.access(path, rights):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _why_not_read(path: Path, error: OSError) -> str | None:
    there, missing = _how_far(path)
    if missing is not None and not there.is_dir():
        return f"{there} is a file, not a folder"
    return f"there is no {missing}" if error.errno == errno.ENOENT else error.strerror


def _why_not_made(path: Path, error: OSError) -> str | None:
    there, missing = _how_far(path)
    if not there.is_dir():
        return f"{there} is a file, not a folder"
    return error.strerror if missing is None else f"no folder can be made in {there} ({error.strerror})"


def _how_far(path: Path) -> tuple[Path, Path | None]:
    """The last place on the way to a path that is there, and the first that is not, if any."""
    way = [path.absolute(), *path.absolute().parents]
    last = next(at for at, place in enumerate(way) if os.path.exists(place))  # noqa: PTH110 - never raises
    return way[last], way[last - 1] if last else None
