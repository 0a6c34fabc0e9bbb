"""The source of examples/own_source: installed as a package is, and a database for it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "own_source"


def install_example(folder: Path) -> Path:
    """Install it with pip, from a copy and without a network; returns what has to be on the path."""
    copy, target = folder / "copy", folder / "installed"
    shutil.copytree(EXAMPLE, copy)
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return target


def write_database(path: Path, bars: Mapping[str, int]) -> Path:
    """A database with so many bars of each symbol; every other one has a name and a sector."""
    rows = [
        (symbol, str(np.datetime64("2024-01-01") + day), 10 + day, 12 + day, 9 + day, 11 + day, 1000)
        for symbol, count in bars.items()
        for day in range(count)
    ]
    companies = [(symbol, f"{symbol} Corp", "Energy", None) for symbol in list(bars)[::2]]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE bars (symbol, day, open, high, low, close, volume)")
        database.execute("CREATE TABLE companies (symbol, name, sector, industry)")
        database.executemany("INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        database.executemany("INSERT INTO companies VALUES (?, ?, ?, ?)", companies)
    return path
