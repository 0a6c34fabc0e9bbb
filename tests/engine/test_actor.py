"""What an actor owes the other scans, seen between two turns of the loop."""

from technic.scanner.request import ScanRequest
from technic.scanner.units import FetchUnit, RateUnit
from technic.scanner.work import perform
from tests.support.manual_pool import HELD
from tests.support.waiting import until


def held_fetching(unit, cancelled):
    """Bars wait for the test, ratings do not."""
    return HELD if isinstance(unit, FetchUnit) else perform(unit, cancelled)


async def test_bars_that_have_come_are_there_for_every_scan_at_once(start):
    """A scan that looked for them before the one that had asked took them in fetched them again."""
    async with start(inline=held_fetching, symbols=64) as (engine, pool):
        first = await engine.submit(ScanRequest())
        fetching = await until(lambda: next(iter(pool.running), None))
        result = perform(fetching.unit, lambda: False)
        view = engine._market.view()
        assert view.segment(0) is None
        fetching.end(result)
        assert view.segment(0) == result.segment, "without a turn of the loop in between"
        second = await engine.submit(ScanRequest(max_symbols=3))
        for scan in (first, second):
            await engine.wait(scan.scan_id)
        assert [isinstance(unit.unit, RateUnit) for unit in pool.started].count(False) == 1
