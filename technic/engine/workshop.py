"""What all actors of an engine share, how a scan's plan is opened with it, and its rows ranked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from technic.clock import Clock
from technic.engine.bus import Bus
from technic.engine.dispatcher import Dispatcher
from technic.engine.offload import Offload
from technic.engine.once import OnceForAll
from technic.engine.recorder import Recorder
from technic.engine.suspects import LOOP, ROWS, Suspects
from technic.engine.turnstile import Turnstile
from technic.scanner.checkpoint import Checkpoint
from technic.scanner.market import Market
from technic.scanner.plan import PlanStep, ScanPlan, open_plan
from technic.scanner.request import ScanRequest
from technic.scanner.result import RunFigures, ScanResult
from technic.scanner.stages import StageCosts
from technic.scanner.terms import Terms
from technic.scanner.units import SourceSpec

FEW_ROWS = 1_000
"""So many are ranked on the event loop, in a fifth of a millisecond: to wake a thread takes as long."""
_ANEW = "The bars changed while the server was away, so the scan was begun anew on the present ones."


@dataclass(frozen=True, slots=True)
class Done:
    """What an earlier process has done of a scan: its checkpoints, and whose bars they were computed from."""

    source: SourceSpec
    checkpoints: tuple[Checkpoint, ...]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all actors of an engine share.

    Attributes:
        opening: The thread that looks at the disk.
        offload: The thread that computes.
        sifting: Has the rows of one scan found once for all that ask for them at the same time.
        terms: On which plans are made.
        turnstile: Lets so many actors go on in one turn of the loop.
        suspects: Notes for whom the two threads compute.
    """

    market: Market
    dispatcher: Dispatcher
    bus: Bus
    recorder: Recorder
    clock: Clock
    opening: Offload
    offload: Offload
    costs: StageCosts
    sifting: OnceForAll
    terms: Terms
    turnstile: Turnstile
    workers: int
    suspects: Suspects


def find_plan(request: ScanRequest, shop: Workshop, done: Done | None) -> tuple[ScanPlan, PlanStep, bool]:
    """A scan's plan, its first step, and whether what was done is good for nothing. For a thread.

    What was computed from some bars goes on with the same ones. Where those are gone, all is begun anew.
    """
    view = shop.market.view() if done is None else shop.market.view_of(done.source)
    anew = view is None
    plan = open_plan(
        request,
        shop.market.view() if view is None else view,
        replace(shop.terms, warnings=(_ANEW,)) if anew else shop.terms,
        done=() if done is None or anew else done.checkpoints,
    )
    return plan, plan.start(), anew


async def rank(plan: ScanPlan, figures: RunFigures, shop: Workshop, scan_id: str) -> ScanResult:
    """What a scan's plan has come to; many rows are ranked in the thread that computes."""
    if plan.found <= FEW_ROWS:
        return shop.suspects.noted(LOOP, scan_id, plan.result)(figures)
    return await shop.offload(shop.suspects.noted(ROWS, scan_id, plan.result), figures)
