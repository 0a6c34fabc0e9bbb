"""Whether a scan, a symbol and a watcher cost more where there are many: time, processor, memory.

    python -m benchmarks.growth [--rounds 3] [--parts scans symbols watchers] [--quick] [--json]

- scans: 1 to 1,000 at once, 500 symbols each, on a server of its own for each load; with sharing, and with
  `fresh: true`, where each rates for itself. A scan is lost if it does not end or lacks a row.
- symbols: one scan of 100 to 20,000, rated anew.
- watchers: 1 to 5,000 WebSockets on ten running scans that tell their progress ten times a second.

`growth` fits each cost in two ways: cost = fixed + each x n, and cost ~ n^exponent over those sizes (`over`)
at which the fixed part does not dominate. An exponent up to 1.1 is linear.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.growing.scans import grow_scans
from benchmarks.growing.symbols import grow_symbols
from benchmarks.growing.watchers import grow_watchers
from benchmarks.support.figures import parser, show
from benchmarks.support.room import make_room

PARTS = {
    "scans": (grow_scans, (1, 10, 100, 1000), (1, 10, 100)),
    "symbols": (grow_symbols, (100, 1_000, 10_000, 20_000), (100, 1_000, 4_000)),
    "watchers": (grow_watchers, (1, 10, 100, 1000, 5000), (1, 10, 100)),
}
"""What grows: how it is measured, at which sizes, and at which ones in a short pass."""
FILES = 3 * 5000 + 200


async def main(parts: list[str], rounds: int, *, quick: bool) -> dict[str, Any]:
    if not make_room(FILES):
        raise SystemExit(f"the hard limit of open files is too low: raise it to {FILES} (ulimit -Hn)")
    found: dict[str, Any] = {"rounds": rounds}
    for name in parts:
        grow, sizes, few = PARTS[name]
        with tempfile.TemporaryDirectory() as folder:
            found[name] = await grow(Path(folder), few if quick else sizes, rounds)
    return found


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--rounds", type=int, default=3)
    command.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    command.add_argument("--quick", action="store_true", help="small sizes, one round")
    asked = command.parse_args()
    if asked.rounds < 1:
        command.error("--rounds must be at least 1")
    figures = uvloop.run(main(asked.parts, 1 if asked.quick else asked.rounds, quick=asked.quick))
    show(figures, as_json=asked.json)
