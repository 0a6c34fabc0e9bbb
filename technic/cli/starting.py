"""A scan on a server: started, and where that is wanted watched to its end."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer

from technic.cli.complaints import ExitCode, tell
from technic.cli.interrupts import Interrupts
from technic.cli.plain import plain
from technic.cli.remote import connected
from technic.cli.requests import request_of
from technic.cli.screens import screen
from technic.cli.streams import check_stdout, write_rows
from technic.cli.watching import show, unless_interrupted
from technic.scanner.request import ScanRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a scan is started.

    Attributes:
        key: The Idempotency-Key; None for a new one.
        watch: Whether to see it to its end.
        as_json: Whether a script reads its progress.
        patience_seconds: How long the server may be away, or busy.
    """

    key: str | None
    watch: bool
    as_json: bool
    patience_seconds: float


def start(url: str, asked: Mapping[str, Any], how: How) -> ExitCode:
    """Start a scan and write its id to stdout.

    Args:
        url: The server.
        asked: The request as the options say it, by field; filters as texts.
        how: And what then.

    Raises:
        InvalidRequest: It points to each option that cannot be used.
        typer.BadParameter: The url or the key is none.
        Unusable: No server answers, or it refuses.
    """
    if how.key is not None and not re.fullmatch(r"[!-~]{1,255}", how.key):
        raise typer.BadParameter("1 to 255 visible ASCII characters", param_hint="--key")
    request = request_of(asked, presets=None)
    check_stdout()
    return asyncio.run(_start(url, request, how))


async def _start(url: str, request: ScanRequest, how: How) -> ExitCode:
    started: list[str] = []
    with Interrupts() as interrupts:
        code = await unless_interrupted(_started(url, request, how, started), interrupts)
    for scan_id in started:
        write_rows(f"{plain(scan_id)}\n".encode())
    if code is None and started:
        tell(
            f"Left; the scan goes on. `technic watch {started[0]}` shows it again, `technic cancel` stops it."
        )
    return ExitCode.INTERRUPTED if code is None else code


class _Waiting:
    """Says on stderr that it is waited for the server, once for each reason.

    Args:
        patience_seconds: How long it is waited at most.
    """

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._said = ""

    def __call__(self, why: str) -> None:
        if why != self._said:
            tell(f"Not yet: {why}. Asking again for up to {self._patience_seconds:g} s; Ctrl-C leaves.")
        self._said = why


async def _started(url: str, request: ScanRequest, how: How, started: list[str]) -> ExitCode:
    """Start it, put its id where it is found whatever happens then, and watch it."""
    async with connected(url, patience_seconds=how.patience_seconds) as client:
        scan_id = (await client.start(request, key=how.key, on_wait=_Waiting(how.patience_seconds))).scan_id
        started.append(scan_id)
        if not how.watch:
            return ExitCode.DONE
        with screen(one=True, as_json=how.as_json, stream=sys.stderr) as shown:
            return await show(client, [scan_id], shown)
