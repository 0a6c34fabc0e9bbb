"""Scans on a server that are to stop: each is asked, and told what happened to it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import typer

from technic.cli.complaints import ExitCode, complain, tell
from technic.cli.interrupts import Interrupts
from technic.cli.naming import resolve
from technic.cli.plain import plain
from technic.cli.remote import connected, in_words
from technic.cli.screens import screen
from technic.cli.streams import check_stdout, write_rows
from technic.cli.watching import show, unless_interrupted
from technic.client import TechnicClient
from technic.errors import UnknownScan


def cancel(url: str, named: Sequence[str], *, yes: bool, wait: bool, patience_seconds: float) -> ExitCode:
    """Ask scans to stop, and write what happened to each to stdout.

    Args:
        url: The server.
        named: Their ids, or how these begin; none for all that go on.
        yes: Whether all may be cancelled unasked.
        wait: Whether to wait until they have stopped.
        patience_seconds: How long the server may be away.

    Raises:
        typer.BadParameter: The url is none, or an id is not clear.
        typer.Abort: Somebody thought better of it.
        Unusable: No server answers.
    """
    check_stdout()
    return asyncio.run(_cancel(url, named, yes=yes, wait=wait, patience_seconds=patience_seconds))


async def _cancel(
    url: str, named: Sequence[str], *, yes: bool, wait: bool, patience_seconds: float
) -> ExitCode:
    async def work() -> ExitCode:
        async with connected(url, patience_seconds=patience_seconds) as client:
            await client.health()  # it is there, and a technic server
            scan_ids = await resolve(client, named) if named else await _all(client, yes=yes)
            code, stopping = await _ask_each(client, scan_ids)
            if wait and stopping:
                with screen(one=len(stopping) == 1, as_json=False) as shown:
                    await show(client, stopping, shown)
            return code

    with Interrupts() as interrupts:
        code = await unless_interrupted(work(), interrupts)
    return ExitCode.INTERRUPTED if code is None else code


async def _all(client: TechnicClient, *, yes: bool) -> list[str]:
    """The scans that go on, once somebody at a terminal has agreed. Raises typer.Abort."""
    scan_ids = [snapshot.scan_id for snapshot in await client.active()]
    if not scan_ids:
        tell("No scan goes on.")
    elif not yes and sys.stdin.isatty():
        count = "1 scan" if len(scan_ids) == 1 else f"all {len(scan_ids):,} scans"
        typer.confirm(f"Cancel {count} on {client.url}?", abort=True, err=True)
    return scan_ids


async def _ask_each(client: TechnicClient, scan_ids: Sequence[str]) -> tuple[ExitCode, list[str]]:
    """How it went, and those that begin to stop."""
    code, stopping = ExitCode.DONE, []
    for scan_id in scan_ids:
        try:
            answer = await client.cancel(scan_id)
        except UnknownScan as error:
            complain(in_words(error, client.url))
            code = ExitCode.FAILED
            continue
        write_rows(f"{plain(scan_id)}  {plain(answer.status)}  {plain(answer.message)}\n".encode())
        if answer.status == "cancelling":
            stopping.append(scan_id)
    return code, stopping
