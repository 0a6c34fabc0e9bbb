"""Twenty watched scans while workers and server are killed again and again, and five symbols are poisoned."""

import pytest

from tests.support.fault_account import ordeal
from tests.support.faults import FaultPlan

pytestmark = pytest.mark.timeout(600)

SCANS = 20
SEED = 20240628


async def test_nothing_is_lost_doubled_or_told_wrongly_whatever_is_killed(tmp_path):
    plan = FaultPlan(SEED)
    account = await ordeal(tmp_path, plan, SCANS)
    assert account.flaws[:20] == [], f"{len(account.flaws)} flaws; seed {plan.seed}"
    assert (account.scans, account.lost, account.doubled, account.changed) == (SCANS, 0, 0, 0)
    assert account.rows_found == account.rows_expected > 0
    assert account.happened.faults == {
        "worker killed": 50,
        "worker stopped": 1,
        "server killed": 5,
        "server and workers killed": 5,
    }
