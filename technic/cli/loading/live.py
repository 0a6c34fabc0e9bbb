"""How a load looks on stderr while it runs: a table on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.live import Live

from technic.cli.complaints import tell
from technic.cli.loading.account import Account
from technic.cli.loading.plan import LoadPlan
from technic.cli.loading.report import PROCESS, picture
from technic.cli.loading.vitals import Vitals

_TABLE_SECONDS = 0.5
_LINE_SECONDS = 5.0


@asynccontextmanager
async def shown(plan: LoadPlan, account: Account, vitals: Vitals) -> AsyncIterator[None]:
    """Show how it stands for the length of a block."""
    console = Console(stderr=True)
    tell(f"Driving {plan.url}: {_planned(plan)}. Ctrl-C ends it with the report so far.")
    showing = asyncio.create_task(
        _table(account, vitals, console) if console.is_terminal else _lines(account)
    )
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.wait([showing])


def _planned(plan: LoadPlan) -> str:
    scans = "1 scan" if plan.scans == 1 else f"{plan.scans:,} scans"
    watchers = "1 watcher" if plan.watchers == 1 else f"{plan.watchers:,} watchers"
    return f"{scans} at a time with {watchers} each for {plan.seconds:g} s"


async def _table(account: Account, vitals: Vitals, console: Console) -> None:
    with Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False) as live:
        while True:
            live.update(picture(account, vitals, only=PROCESS), refresh=True)
            await asyncio.sleep(_TABLE_SECONDS)


async def _lines(account: Account) -> None:
    while True:
        await asyncio.sleep(_LINE_SECONDS)
        tell(_line(account))


def _line(account: Account) -> str:
    return (
        f"{account.seconds:5.0f} s  {account.ended.total():,} scans ended, {account.running:,} run, "
        f"{account.readers:,} watch; {account.frames.total():,} frames, {account.lost:,} lost, "
        f"{account.doubled:,} doubled, {account.out_of_order:,} out of order; "
        f"{account.errors.total():,} errors"
    )
