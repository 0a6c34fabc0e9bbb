"""`technic serve` in a poisoned market: its workers run `poisoned_work`, and some requests kill it.

`python tests/support/poisoned_server.py serve --port 0`; as `technic serve` in all other respects.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (str(Path(__file__).resolve()),)
"""What `ServerProcess` runs in place of run.py."""

DEADLY_TAG = "deadly"
DEADLY_SYMBOL = "SIM0065"
"""A scan with this tag kills the server whenever a block with this symbol is taken in."""

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from technic import app  # noqa: E402 - see above
from technic.cli.main import main  # noqa: E402
from technic.config.settings import Settings  # noqa: E402
from technic.engine.parts import Parts  # noqa: E402
from technic.engine.pool.processes import ProcessPool  # noqa: E402
from technic.scanner.plan import PlanStep, ScanPlan  # noqa: E402
from technic.scanner.units import RatedBlock, RateUnit  # noqa: E402
from tests.support import poisoned_work  # noqa: E402

Rated = Callable[[ScanPlan, RateUnit, RatedBlock], PlanStep]


def poisoned(serve: Callable[[Settings, Parts], None]) -> Callable[[Settings], None]:
    """`app.serve` with workers that run the poisoned work."""

    def serve_poison(settings: Settings) -> None:
        pool = ProcessPool(poisoned_work.FUNCTION, settings=settings.engine)
        serve(settings, Parts(pool=pool))

    return serve_poison


def deadly(rated: Rated) -> Rated:
    """`ScanPlan.rated`, where a scan that asked for it kills the process."""

    def take_in(plan: ScanPlan, unit: RateUnit, block: RatedBlock) -> PlanStep:
        if DEADLY_TAG in plan.request.tags and DEADLY_SYMBOL in block.symbols:
            os._exit(9)
        return rated(plan, unit, block)

    return take_in


if __name__ == "__main__":
    app.serve = poisoned(app.serve)
    ScanPlan.rated = deadly(ScanPlan.rated)  # type: ignore[method-assign]
    main()
