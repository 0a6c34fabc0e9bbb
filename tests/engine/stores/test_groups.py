"""What waits for the disk goes there in groups, and none is so large that a new scan waits for long."""

from __future__ import annotations

import asyncio

from technic.engine.stores import changes
from technic.scanner.request import ScanRequest
from tests.support.scans import RESERVED, pending, running

SCANS = 10 * changes._GROUP_OTHERS


async def test_a_new_scan_waits_for_a_group_and_not_for_all_that_go_on(opened, after_crash):
    store = await opened()
    names = [f"{n:032x}" for n in range(SCANS)]
    await asyncio.gather(*(store.create(ScanRequest(), pending(name), RESERVED) for name in names))
    commits = [asyncio.ensure_future(store.commit(running(name))) for name in names]
    await asyncio.sleep(0)  # all of them wait, and a group of them is on its way
    await store.create(ScanRequest(), pending("new"), RESERVED)
    assert sum(commit.done() for commit in commits) <= 2 * changes._GROUP_OTHERS
    await asyncio.gather(*commits)
    crashed, _ = await after_crash()
    left = {each.snapshot.scan_id: each.snapshot.status for each in await crashed.unfinished()}
    assert left == {**dict.fromkeys(names, "running"), "new": "pending"}
