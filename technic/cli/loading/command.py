"""What `technic load` does: look whether it can be, drive the server, and say what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from technic.cli.complaints import ExitCode
from technic.cli.interrupts import Interrupts
from technic.cli.loading.account import Account
from technic.cli.loading.bounds import Bounds, passed
from technic.cli.loading.driver import Driver
from technic.cli.loading.live import shown
from technic.cli.loading.plan import LoadPlan
from technic.cli.loading.report import Report, whole
from technic.cli.loading.target import Target
from technic.cli.loading.vitals import Vitals, watch_own_loop
from technic.cli.output import like_stdout, put
from technic.cli.remote import connected
from technic.cli.streams import check_stdout
from technic.http.encoding import json_bytes

_SPARE_DESCRIPTORS = 64


def load(plan: LoadPlan, bounds: Bounds, *, as_json: bool) -> ExitCode:
    """Drive a server as planned, and write the report to stdout.

    Raises:
        typer.BadParameter: The url is none, or so many connections cannot be held.
        Unusable: No technic server answers there, or the report cannot be written.
    """
    check_stdout()
    _make_room(plan.streams)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        report = runner.run(_drive(plan, bounds))
    put(json_bytes(report.body()) + b"\n" if as_json else _printed(report), None)
    if report.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.FAILED if report.passed else ExitCode.DONE


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """Uvloop's loop where there is one: the less this program takes, the truer are its durations."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - not on Windows

    loop: type[asyncio.AbstractEventLoop] = uvloop.Loop
    return loop


def _make_room(streams: int) -> None:
    """Have as many descriptors as connections are planned, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = streams + _SPARE_DESCRIPTORS
    if hard != resource.RLIM_INFINITY and wanted > hard:
        raise typer.BadParameter(
            f"{streams:,} connections are more than the {hard:,} open files that this process may have; "
            "take fewer, or raise the limit (ulimit -Hn)",
            param_hint="--watchers",
        )
    if soft != resource.RLIM_INFINITY and wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _drive(plan: LoadPlan, bounds: Bounds) -> Report:
    """The whole load, from the first look at the server to the report."""
    vitals = Vitals()
    async with connected(plan.url) as client:
        vitals.take(await client.health())
    with Interrupts() as interrupts:
        async with Target(plan.url) as target:
            account = Account()
            driver = Driver(plan, target, account)
            async with shown(plan, account, vitals), _beside(driver, target, account, vitals, interrupts):
                await driver.run()
        found = passed(bounds, account, vitals)
        return Report(plan, account, vitals, account.seconds, found, interrupts.came)


@asynccontextmanager
async def _beside(
    driver: Driver, target: Target, account: Account, vitals: Vitals, interrupts: Interrupts
) -> AsyncIterator[None]:
    """What goes on beside a load: looks at the server and at ourselves, and Ctrl-C."""

    async def interrupted() -> None:
        await interrupts.first()
        driver.stop()

    beside = [
        asyncio.create_task(vitals.watch(target, account)),
        asyncio.create_task(watch_own_loop(account)),
        asyncio.create_task(interrupted()),
    ]
    try:
        yield
    finally:
        for task in beside:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*beside)


def _printed(report: Report) -> bytes:
    paper = io.BytesIO()
    console = like_stdout(paper)
    for part in whole(report):
        console.print(part)
    return paper.getvalue()
