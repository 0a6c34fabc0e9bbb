"""Scan in this process, without a server: progress through a callback, rows as a pandas DataFrame.

Run it: `.venv/bin/python examples/scan_in_a_script.py`
"""

from __future__ import annotations

import sys
from typing import Any

from technic import ScanRequest, run_scan

REQUEST = ScanRequest(
    filters=[
        {"field": "close", "op": ">", "value": {"field": "sma200"}},
        {"field": "rsi", "op": "<", "value": 60},
    ],
    min_tech_rating=10,
)


def show(stage: str, current: int, total: int, message: str, metadata: dict[str, Any]) -> None:  # noqa: ARG001 - the signature of every progress callback
    """Tell a person how far it is."""
    print(f"\r{metadata['overall_progress_pct']:6.2f} %  {message}\033[K", end="", file=sys.stderr)


result = run_scan(config=REQUEST, progress_cb=show)
print(file=sys.stderr)

frame = result.frame
columns = ["symbol", "sector", "tech_rating", "close", "entry", "stop", "target", "reward_risk"]
print(frame[columns].head(10).round(2).to_string(index=False))
print()
print(frame.groupby("sector")["tech_rating"].agg(["count", "mean"]).round(1))
for warning in result.warnings:
    print(warning)
