"""Figures of a measurement, and how they are printed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any


def parser(description: str) -> argparse.ArgumentParser:
    """A command line that knows --json."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return made


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def spread(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and maximum, to three decimals."""
    return {
        "p50": round(percentile(values, 50), 3),
        "p95": round(percentile(values, 95), 3),
        "p99": round(percentile(values, 99), 3),
        "max": round(max(values, default=0.0), 3),
        "count": len(values),
    }


def show(figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Print figures, nested ones with their path."""
    if as_json:
        print(json.dumps(figures))
        return
    flat = dict(_flat(figures, ""))
    width = max(map(len, flat))
    for name, value in flat.items():
        print(f"{name:<{width}}  {value}")


def _flat(figures: Mapping[str, Any], prefix: str):
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
