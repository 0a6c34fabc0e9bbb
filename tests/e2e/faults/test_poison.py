"""Poisoned symbols and hurt workers, on a server that nobody kills."""

import pytest

from tests.e2e.faults.conftest import SMALL
from tests.support.poisoned_market import answer_of, undisturbed
from tests.support.poisoned_work import FATES, Poison
from tests.support.waiting import until
from tests.support.watching import call

pytestmark = pytest.mark.timeout(90)

TWO = [{"fresh": True}, {"fresh": True, "lookback_bars": 60, "sectors": ["Financials", "Health Care"]}]
VICTIM = "SIM0100"

POISONS = [
    *(
        Poison(deed, at)
        for deed in ("segfault", "hang", "allocate", "raise")
        for at in ("fetching", "rating")
    ),
    Poison("nan", "fetching"),
]


@pytest.mark.parametrize("poison", POISONS, ids=lambda poison: f"{poison.deed} at {poison.at}")
async def test_a_poisoned_symbol_fails_alone(poison, begin, tmp_path):
    clean = await undisturbed(tmp_path / "clean", TWO, {}, SMALL)
    ordeal = await begin({VICTIM: poison}, engine__unit_seconds=0.5)
    scans = [await ordeal.watched(asked, ("ws", "sse")) for asked in TWO]
    await ordeal.ended()
    kind, codes = FATES[poison.deed]
    assert VICTIM in dict(clean[0].rows)
    for scan, pure in zip(scans, clean, strict=True):
        answer = await answer_of(ordeal.client, scan)
        assert answer.status == "completed"
        assert answer.canonical == pure.without([VICTIM])
        found = set(answer.failures) - set(pure.failures)
        assert len(answer.failures) == len(pure.failures) + len(found)
        if VICTIM in dict(pure.rows):
            ((symbol, error, code),) = found
            assert (symbol, error, code in codes) == (VICTIM, kind, True)
        else:
            assert found == set()
    assert [watch.complaints for watch in ordeal.watches] == [[]] * 4


async def test_a_stopped_worker_costs_no_row(begin, tmp_path):
    """All workers are stopped while they wait; each is found out by the unit that it gets."""
    (right,) = await undisturbed(tmp_path / "right", TWO[:1], {}, SMALL)
    ordeal = await begin(engine__unit_seconds=0.5)
    await until(lambda: _all_ready(ordeal))
    stopped = ordeal.server.workers()
    for worker in stopped:
        worker.suspend()
    scan = await ordeal.watched(TWO[0], ("ws",))
    await ordeal.ended()
    answer = await answer_of(ordeal.client, scan)
    assert (answer.status, answer.canonical) == ("completed", right.canonical)
    assert answer.failures == right.failures
    assert any(not worker.is_running() for worker in stopped)
    assert ordeal.watches[0].complaints == []


async def _all_ready(ordeal):
    """Whether both workers and their spare are there."""
    return (await call(ordeal.client, "GET", "/health"))[1]["workers"]["ready"] == 3
