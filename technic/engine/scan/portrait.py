"""How a scan looks at one moment: identity, tally and progress make a Snapshot."""

from __future__ import annotations

from dataclasses import dataclass

from technic.clock import Moment
from technic.engine.scan.events import Snapshot
from technic.engine.scan.lifecycle import Phase
from technic.engine.scan.narration import narrate
from technic.engine.scan.progress import Progress
from technic.engine.scan.tally import Tally


@dataclass(frozen=True, slots=True)
class Identity:
    """What never changes of a scan."""

    scan_id: str
    priority: int
    tags: tuple[str, ...]
    created: Moment


def portray(
    identity: Identity, seq: int, phase: Phase, *, progress: Progress, tally: Tally, now: Moment
) -> Snapshot:
    """The snapshot of a scan at `now`; an ended scan's clocks stand still."""
    at = now.seconds if tally.ended is None else tally.ended.seconds
    stage = progress.stage
    name = progress.stage_name
    current, total = (0, 0) if stage is None else (stage.current, stage.total or 0)
    share = 0.0 if stage is None else stage.share
    return Snapshot(
        scan_id=identity.scan_id,
        seq=seq,
        status=phase.status,
        stage=name,
        current=current,
        total=total,
        stage_percentage=int(share * 10_000.0) / 100.0,
        percentage=progress.percentage(completed=phase is Phase.COMPLETED),
        message=narrate(phase, name, (current, total), tally),
        eta_seconds=0.0 if phase.ended else progress.eta_seconds(at),
        stage_eta_seconds=0.0 if phase.ended else progress.stage_eta_seconds(at),
        symbols_per_second=progress.rate(at),
        elapsed_seconds=0.0 if tally.started is None else at - tally.started.seconds,
        last_symbol=tally.last_symbol,
        stages=tuple(entry.view(at, stopped=phase.ended) for entry in progress.stages),
        matches=tally.matches,
        failures=tally.failures,
        created_at=identity.created.at,
        started_at=None if tally.started is None else tally.started.at,
        completed_at=None if tally.ended is None else tally.ended.at,
        error=tally.error,
        priority=identity.priority,
        queue_position=tally.queue_position,
        cancel_requested=tally.cancel_reason is not None,
        tags=identity.tags,
    )
