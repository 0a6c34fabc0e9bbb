"""One symbol looked at closely, in a market where others end their worker."""

from __future__ import annotations

from technic.engine.inspection import Look
from technic.scanner.request import ScanRequest
from technic.scanner.units import RateUnit
from technic.scanner.work import perform
from tests.support.manual_pool import HELD


def deadly(symbol: str):
    """Work in which rating one symbol ends the worker."""

    def inline(unit, cancelled):
        return HELD if isinstance(unit, RateUnit) and symbol in unit.symbols else perform(unit, cancelled)

    return inline


async def test_a_symbol_is_rated_apart_from_one_of_its_group_that_ends_its_worker(start):
    async with start(inline=deadly("SIM0008"), symbols=64) as (engine, pool):
        await engine.submit(ScanRequest())
        (await pool.has_started(2))[1].die()
        report = await engine.inspect(Look("SIM0007", ScanRequest(lookback_bars=100)))
    assert report["symbol"] == "SIM0007"
    assert len(report["votes"]) == 26
