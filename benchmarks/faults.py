"""What is left of scans when everything around them is killed, and how soon they go on.

Scans with watchers run on a real server in a market of five poisoned symbols, while its workers are killed
(SIGKILL) and stopped (SIGSTOP), and the server itself is killed and started again on its folder: the ordeal
of `tests/e2e/faults`, as a table. Their rows are compared with those of servers that nothing disturbs.

    python -m benchmarks.faults [--scans 20] [--worker-kills 50] [--server-kills 10] [--seed 7] [--json]

Recovery is counted from the kill of the server to its greeting, and to the first progress that a watcher of
a resumed scan sees; and from the kill of a worker to the end of the next unit, on whichever worker.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.support.figures import parser, percentile, show
from tests.support.fault_account import Account, ordeal
from tests.support.faults import FaultPlan
from tests.support.poisoned_market import POISONS


def recovery(seconds: list[float]) -> dict[str, float]:
    """Milliseconds: median and maximum."""
    return {
        "p50": round(1000 * percentile(seconds, 50), 1),
        "max": round(1000 * max(seconds, default=0.0), 1),
        "count": len(seconds),
    }


def table(account: Account, plan: FaultPlan, seconds: float) -> dict[str, Any]:
    """The figures of an ordeal."""
    return {
        "seed": plan.seed,
        "seconds": round(seconds, 1),
        "faults": {**account.happened.faults, "poisoned symbols": len(POISONS)},
        "scans": account.scans,
        "tries_that_failed": account.retries,
        "rows": {
            "expected": account.rows_expected,
            "found": account.rows_found,
            "lost": account.lost,
            "doubled": account.doubled,
            "changed": account.changed,
        },
        "streams": {"connections": account.connections, "not_recovered": account.gaps},
        "recovery_ms": {
            "server_killed_to_greeting": recovery(account.greeting_seconds),
            "server_killed_to_progress": recovery(account.first_news_seconds),
            "worker_killed_to_next_unit": recovery(account.happened.next_unit_seconds),
        },
        "flaws": account.flaws,
    }


async def main(plan: FaultPlan, scans: int) -> dict[str, Any]:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        account = await ordeal(Path(folder), plan, scans)
    return table(account, plan, time.perf_counter() - began)


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--scans", type=int, default=20)
    command.add_argument("--worker-kills", type=int, default=50)
    command.add_argument("--server-kills", type=int, default=10)
    command.add_argument("--seed", type=int, default=7)
    asked = command.parse_args()
    chosen = FaultPlan(asked.seed, asked.worker_kills, asked.server_kills)
    figures = asyncio.run(main(chosen, asked.scans))
    show(figures, as_json=asked.json)
    sys.exit(1 if figures["flaws"] else 0)
