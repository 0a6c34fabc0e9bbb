"""What the engine knows of a run: its figures, and what the next runs learn from it."""

from __future__ import annotations

from technic.engine.scan.machine import ScanMachine
from technic.scanner.plan import ScanPlan
from technic.scanner.result import RunFigures
from technic.scanner.stages import StageCosts


def run_figures(machine: ScanMachine, workers: int, now: float) -> RunFigures:
    """The figures of a scan of which every unit has ended."""
    tally = machine.tally
    created, started = machine.identity.created, tally.started
    begun = now if started is None else started.seconds
    return RunFigures(
        total_seconds=round(now - created.seconds, 6),
        queue_seconds=round(begun - created.seconds, 6),
        stage_seconds={stage.name: round(stage.seconds(now), 6) for stage in machine.progress.stages},
        cache_hits=tally.origins["cache"],
        cache_misses=tally.origins["computed"],
        cache_shared=tally.origins["shared"],
        units=tally.origins.total(),
        retries=tally.retries,
        attempts=tuple(tally.attempts),
        workers=workers,
    )


def teach(costs: StageCosts, machine: ScanMachine, plan: ScanPlan, now: float) -> None:
    """What this scan took is what the next ones are expected to take."""
    symbols = (1, plan.missing, machine.tally.rated, 1)
    for stage, (entry, count) in enumerate(zip(machine.progress.stages, symbols, strict=True)):
        costs.observe(stage, entry.seconds(now), count)
