"""A scan in the caller's own process: the plan of the server without its engine.

No worker process and no event loop: it works in a script without a main guard and in a notebook.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any, cast

from technic.config.loader import load_settings
from technic.config.settings import Settings
from technic.errors import Failure, NothingToScan, TimeoutExceeded, failure_of
from technic.scanner.arrivals import arrivals
from technic.scanner.market import PANELS, Market, MarketView
from technic.scanner.own_presets import known_presets
from technic.scanner.plan import PlanStep, ScanPlan, open_plan
from technic.scanner.progress_calls import ProgressCallback, ProgressCalls
from technic.scanner.request import ScanRequest, parse_request
from technic.scanner.result import RunFigures, ScanResult
from technic.scanner.sources.base import BarSource
from technic.scanner.sources.registry import open_source
from technic.scanner.stages import FETCHING, FINALIZATION, SCANNING, UNIVERSE
from technic.scanner.terms import Terms
from technic.scanner.units import FetchResult, FetchUnit, RatedBlock, RateUnit, WorkUnit
from technic.scanner.work import WorkCancelled, perform


def run_scan(
    config: ScanRequest | Mapping[str, Any] | None = None,
    progress_cb: ProgressCallback | None = None,
    *,
    settings: Settings | None = None,
) -> ScanResult:
    """Scan in this process and return when it is done.

    Args:
        config: What to ask for; a plain scan of the whole universe where it is not given. As a dict of the
            fields of a ScanRequest it may also name a preset of the settings.
        progress_cb: Called with (stage, current, total, message, metadata) as symbols end; one that raises is
            logged once and never hurts the scan.
        settings: The settings in force; those of technic.toml and the environment where not given.

    Bars are read through maps of files in `data_dir`: a file that another program cuts short in the very
    moment of its use ends this process, as with every map.

    Returns:
        The rows and what failed. Symbols that a deadline left over are failures too (`deadline_passed`).

    Raises:
        InvalidRequest: A sector or an industry that nobody knows; with a dict whatever is wrong in it.
        NothingToScan: No known symbol is left to scan.
        TechnicError: The settings or the data source cannot be used.
    """
    settings = settings or load_settings().settings
    if not isinstance(config, ScanRequest):
        config = parse_request(config or {}, presets=known_presets(settings))
    return _Run(config, settings, ProgressCalls(progress_cb)).result()


class _Run:
    """One scan, unit after unit: first all fetching, then all rating, so that stages come in order."""

    def __init__(self, request: ScanRequest, settings: Settings, progress: ProgressCalls) -> None:
        self._began = time.monotonic()
        self._request = request
        self._progress = progress
        self._units = 0
        progress.begin(UNIVERSE, 1)
        self._source: BarSource = open_source(settings)
        view: MarketView = Market(self._source, settings.data_dir / PANELS).view()
        terms = Terms(block_symbols=settings.engine.unit_symbols, failed_share=settings.engine.failed_share)
        self._plan: ScanPlan = open_plan(request, view, terms)
        if not self._plan.known:
            raise NothingToScan(
                f"none of the {self._plan.total} symbols is known", affected_symbols=request.symbols or ()
            )
        progress.advance(1)

    def result(self) -> ScanResult:
        """Do all there is to do."""
        self._progress.begin(FETCHING, self._plan.total)
        start = self._plan.start()
        lost = len(start.failures)
        self._progress.advance(start.fetched, start.last_symbol)
        rating, failed = self._fetch([unit for unit in start.units if isinstance(unit, FetchUnit)])
        ready = [unit for unit in start.units if isinstance(unit, RateUnit)]
        self._progress.begin(SCANNING, self._plan.total - lost - failed)
        self._scan(ready + rating)
        self._progress.begin(FINALIZATION, 1)
        result = self._plan.result(self._figures())
        self._progress.advance(1)
        return result

    def _fetch(self, units: list[FetchUnit]) -> tuple[list[RateUnit], int]:
        """Bring bars; returns the units of rating that became possible, and how many symbols failed.

        Of a unit that came to harm the symbols are tried apart, which brings further units of fetching.
        """
        rating: list[RateUnit] = []
        failed = 0
        while units:
            following: list[FetchUnit] = []
            for arrival in arrivals(self._source, units, self._seconds_left()):
                step = self._do(arrival.unit, arrival.failure)
                rating += [unit for unit in step.units if isinstance(unit, RateUnit)]
                following += [unit for unit in step.units if isinstance(unit, FetchUnit)]
                failed += len(step.failures)
                self._progress.advance(step.fetched, step.last_symbol)
            units = following
        return rating, failed

    def _scan(self, units: list[RateUnit]) -> None:
        """Rate; where stored bars turn out to be damaged, that brings units of fetching once more."""
        queue: deque[WorkUnit] = deque(units)
        while queue:
            step = self._do(queue.popleft())
            queue.extend(step.units)
            self._progress.advance(step.scanned, step.last_symbol)

    def _do(self, unit: WorkUnit, failure: Failure | None = None) -> PlanStep:
        """One unit, and what it means for the scan."""
        self._units += 1
        if failure is not None:
            return self._plan.failed(unit, failure)
        try:
            done = perform(unit, self._late)
        except WorkCancelled:
            allowed = self._request.deadline_seconds
            late = TimeoutExceeded(f"the scan was allowed {allowed:g} seconds")
            return self._plan.failed(unit, late.failure())
        except Exception as error:  # noqa: BLE001 - one unit's failure is its symbols' alone
            return self._plan.failed(unit, failure_of(error))
        if isinstance(unit, FetchUnit):
            return self._plan.fetched(unit, cast(FetchResult, done))
        return self._plan.rated(unit, cast(RatedBlock, done))

    def _seconds_left(self) -> float | None:
        allowed = self._request.deadline_seconds
        return None if allowed is None else allowed - (time.monotonic() - self._began)

    def _late(self) -> bool:
        left = self._seconds_left()
        return left is not None and left < 0

    def _figures(self) -> RunFigures:
        return RunFigures(
            total_seconds=time.monotonic() - self._began,
            stage_seconds=self._progress.seconds,
            cache_misses=self._units,
            units=self._units,
        )
