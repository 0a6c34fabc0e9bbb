"""One scan through an engine of its own: from what was asked to the rows, and the exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from technic.app import open_engine
from technic.cli.complaints import ExitCode, complain_of
from technic.cli.forms import Form
from technic.cli.interrupts import Interrupts, finishing
from technic.cli.output import destination, write
from technic.cli.places import check_places
from technic.cli.progress import Progress, progress_on_stderr
from technic.cli.requests import request_of
from technic.config.loader import DEFAULT_ORIGIN, LoadedSettings
from technic.config.logs import configure_logs
from technic.config.settings import LogSettings, Settings
from technic.engine.engine import Engine
from technic.engine.outcome import ScanOutcome
from technic.engine.scan.events import MatchesFound, Snapshot, Status
from technic.errors import InvalidRequest
from technic.scanner.own_presets import known_presets
from technic.scanner.request import ScanRequest

_CTRL_C = "Ctrl-C"


def scan(
    loaded: LoadedSettings,
    asked: Mapping[str, Any],
    form: Form | None,
    output: Path | None,
    *,
    as_json: bool = False,
) -> ExitCode:
    """Run a scan and write its rows.

    Args:
        loaded: The settings in force.
        asked: The request as the options say it, by field; filters as texts.
        form: How to write the rows.
        output: The file to write them to; None for stdout.
        as_json: Whether progress is for a script.

    Raises:
        TechnicError: Nothing could be run, or its rows could not be written.
    """
    request = request_of(asked, known_presets(loaded.settings))
    to = destination(form, output)
    check_places(loaded.settings)
    quiet_logs(loaded)
    ended, interrupted = asyncio.run(_watched(loaded.settings, request, as_json=as_json))
    with finishing():
        write(ended, to, limited="limit" in asked)
    if ended.snapshot.error is not None:
        complain_of(ended.snapshot.error)
    return _exit_code(ended.snapshot, interrupted=interrupted)


def _exit_code(last: Snapshot, *, interrupted: bool) -> ExitCode:
    """A scan that had ended before Ctrl-C reached it ended as it ended."""
    if last.status is Status.COMPLETED:
        return ExitCode.DONE
    if last.error is not None and last.error.code == InvalidRequest.code:  # a name that the market lacks
        return ExitCode.USAGE
    return ExitCode.INTERRUPTED if interrupted and last.status is Status.CANCELLED else ExitCode.FAILED


def quiet_logs(loaded: LoadedSettings) -> None:
    """Log warnings only, unless somebody asked for more: the progress is what to look at."""
    configure_logs(_log_settings(loaded))


def _log_settings(loaded: LoadedSettings) -> LogSettings:
    if loaded.origins["log.level"] == DEFAULT_ORIGIN:
        return loaded.settings.log.model_copy(update={"level": "warning"})
    return loaded.settings.log


async def _watched(settings: Settings, request: ScanRequest, *, as_json: bool) -> tuple[ScanOutcome, bool]:
    """Run the request; how it ended, and whether Ctrl-C was pressed."""
    with Interrupts() as interrupts:
        async with open_engine(on_its_own(settings)) as engine:
            scan_id = (await engine.submit(request)).scan_id
            stopping = asyncio.create_task(_stop_on_interrupt(engine, scan_id, interrupts))
            try:
                with progress_on_stderr(as_json=as_json) as progress:
                    await _show(engine, scan_id, progress)
            finally:
                stopping.cancel()
            return await engine.result(scan_id), interrupts.came


def on_its_own(settings: Settings) -> Settings:
    """The same with the store in memory: the database of the data folder belongs to its one server."""
    return settings.model_copy(update={"store": settings.store.model_copy(update={"kind": "memory"})})


async def _stop_on_interrupt(engine: Engine, scan_id: str, interrupts: Interrupts) -> None:
    await interrupts.first()
    await engine.cancel(scan_id, reason=_CTRL_C)


async def _show(engine: Engine, scan_id: str, progress: Progress) -> None:
    """Show every snapshot until the scan has ended."""
    with await engine.subscribe(scan_id) as subscription:
        while events := await subscription.take():
            for event in events:
                if not isinstance(event, MatchesFound):
                    progress.show(event.snapshot)
