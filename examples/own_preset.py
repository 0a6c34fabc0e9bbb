"""Scan by a preset of one's own, without a server: `.venv/bin/python examples/own_preset.py`.

The preset stands in own_presets.toml beside this file. Settings that lie in the working folder's technic.toml
need no path: then `run_scan(config={"preset": "pullback"})` is all.
"""

from __future__ import annotations

import sys
from pathlib import Path

from technic import run_scan
from technic.config.loader import load_settings
from technic.errors import TechnicError

PRESETS = Path(__file__).with_name("own_presets.toml")


def main(preset: str) -> None:
    """One scan, its rows, and whatever there is to know about them."""
    settings = load_settings(PRESETS).settings
    result = run_scan(config={"preset": preset, "lookback_bars": 300}, settings=settings)
    print(result.frame[["symbol", "signal", "rsi", "close", "sma200"]].round(2).to_string(index=False))
    print(*result.warnings, sep="\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "pullback")
    except TechnicError as error:
        sys.exit(f"{error.detail}\n{error.advice}")
