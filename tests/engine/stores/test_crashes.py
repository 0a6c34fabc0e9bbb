"""What is there after a process was killed."""

from __future__ import annotations

import asyncio
import sys

import pytest

from technic.engine.codec.snapshots import decode_snapshot
from technic.engine.scan.events import Status
from technic.engine.stores.base import Reservation
from technic.engine.stores.database import FILE, connect
from technic.scanner.request import ScanRequest
from tests.support.scans import RESERVED, SOURCE, ended, kept, pending, result, running
from tests.support.waiting import until

CHILD = """
import asyncio, itertools, sys
from pathlib import Path
from technic.config.settings import StoreSettings
from technic.engine.stores.base import Reservation
from technic.engine.stores.sqlite import SqliteStore
from technic.scanner.request import ScanRequest
from tests.support.scans import RESERVED, SOURCE, ended, kept, pending, result, running

def say(*words):
    print(*words, flush=True)

async def life(store, name):
    await store.create(ScanRequest(), pending(name), RESERVED)
    say("created", name, 0)
    await store.commit(running(name))
    say("began", name, 1)
    for seq in itertools.count(2):
        await store.keep(name, kept(seq, f"S{seq}"), SOURCE)
        say("kept", name, seq)
        await store.reserve(name, Reservation(seq + 1000, 0.0))
        say("reserved", name, seq + 1000)
        if seq == 5 and name.endswith("5"):
            await store.commit(ended(name, 6), result(6))
            say("ended", name, 6)
            return

async def main():
    store = SqliteStore(Path(sys.argv[1]), StoreSettings())
    await store.open()
    await asyncio.gather(*(life(store, f"s{n}") for n in range(20)))

asyncio.run(main())
"""


async def killed_amid(folder, lines: int) -> list[tuple[str, str, int]]:
    """What a process said that it had kept when it was killed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(folder), stdout=asyncio.subprocess.PIPE
    )
    said = []
    async with asyncio.timeout(60):
        while len(said) < lines:
            said.append(await child.stdout.readline())
        child.kill()
        said += (await child.stdout.read()).splitlines(keepends=True)
        await child.wait()
    whole = [line.split() for line in said if line.endswith(b"\n")]
    return [(what.decode(), name.decode(), int(number)) for what, name, number in whole]


@pytest.mark.parametrize("lines", [30, 200, 900])
async def test_what_a_killed_process_said_it_kept_is_there(tmp_path, opened, lines):
    said = await killed_amid(tmp_path / "home", lines)
    assert len(said) >= lines
    store = await opened()
    left = {scan.snapshot.scan_id: scan for scan in await store.unfinished()}
    for what, name, number in said:
        known = await store.get(name)
        if known.snapshot.status.ended:
            assert known.result.total == 6
            continue
        assert what != "ended"
        if what == "began":
            assert left[name].snapshot.status is Status.RUNNING
        if what == "kept":
            assert number in [k.seq for k in left[name].kept]
        if what == "reserved":
            assert left[name].reserved.seq >= number


async def test_each_awaited_write_is_there_at_once(opened, after_crash):
    store = await opened()
    await store.create(ScanRequest(), pending(), RESERVED)
    copy, _ = await after_crash()
    assert [left.snapshot for left in await copy.unfinished()] == [pending()]
    await store.commit(running())
    await store.keep("a", kept(2, "A"), SOURCE)
    await store.reserve("a", Reservation(7000, 9.0))
    copy, _ = await after_crash()
    (left,) = await copy.unfinished()
    assert (left.snapshot.status, len(left.kept), left.reserved.seq) == (Status.RUNNING, 1, 7000)
    await store.commit(ended(), result(3))
    copy, _ = await after_crash()
    assert (await copy.get("a")).result.total == 3
    await store.forget("a")
    copy, _ = await after_crash()
    assert await copy.get("a") is None


async def test_progress_reaches_the_disk_without_anybody_waiting(tmp_path, opened):
    store = await opened()
    await store.create(ScanRequest(), pending(), RESERVED)
    await store.commit(running())
    store.note(running("a", 4, percentage=20.0))
    store.note(running("a", 5, percentage=30.0))
    other = connect(tmp_path / "home" / FILE, readonly=True)
    kept_snapshot = "SELECT snapshot FROM scans"
    await until(lambda: decode_snapshot(other.execute(kept_snapshot).fetchone()[0]).seq == 5)
    other.close()


async def test_strikes_are_kept_until_a_part_of_the_scan_is(opened, after_crash):
    store = await opened()
    await store.create(ScanRequest(), pending(), RESERVED)
    await store.commit(running())
    copy, folder = await after_crash()
    assert (await copy.unfinished())[0].strikes == 0
    await copy.readmit("a", Reservation(2000, 10.0), 2)
    copy.note(running("a", 1001, percentage=50.0))
    copy, folder = await after_crash(folder)
    assert (await copy.unfinished())[0].strikes == 2
    await copy.readmit("a", Reservation(3000, 10.0), 2)
    await copy.keep("a", kept(2001, "A"), SOURCE)
    copy, _ = await after_crash(folder)
    assert (await copy.unfinished())[0].strikes == 0
