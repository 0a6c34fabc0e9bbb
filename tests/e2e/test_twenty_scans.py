"""Twenty scans at once, each watched over both kinds of stream and by polling."""

import asyncio

import pytest

from technic.scanner.stages import STAGES
from tests.support.watching import ENDED, call, check_order, over_sse, over_websocket, start

pytestmark = pytest.mark.timeout(60)

SCANS = 20
SYMBOLS = 300


async def poll(client, scan):
    """Every snapshot that polling shows until the end."""
    seen = []
    while not seen or seen[-1]["status"] not in ENDED:
        seen.append((await call(client, "GET", scan["progress_url"]))[1])
    return seen


async def test_every_scan_completes_and_every_watcher_sees_it_in_order(quick):
    scans = await asyncio.gather(
        *(start(quick, lookback_bars=100 + n % 4, fresh=n % 2 == 0, priority=n % 10) for n in range(SCANS))
    )
    assert len({scan["scan_id"] for scan in scans}) == SCANS
    sockets, events, polled = await asyncio.gather(
        asyncio.gather(*(over_websocket(quick, scan["websocket_url"]) for scan in scans)),
        asyncio.gather(*(over_sse(quick, scan["sse_url"]) for scan in scans)),
        asyncio.gather(*(poll(quick, scan) for scan in scans[:4])),
    )
    for scan, by_socket, by_event in zip(scans, sockets, events, strict=True):
        for frames in (by_socket, by_event):
            check_order(frames)
            assert {frame["scan_id"] for frame in frames} == {scan["scan_id"]}
            stages = [frame["stage"] for frame in frames]
            assert stages == sorted(stages, key=("queued", *STAGES).index)
        assert by_socket[-1] == by_event[-1]
        last = by_socket[-1]
        assert (last["status"], last["percentage"], last["matches"]) == ("completed", 100, SYMBOLS)
    for seen in polled:
        for name in ("seq", "percentage"):
            assert [one[name] for one in seen] == sorted(one[name] for one in seen)
    assert (await call(quick, "GET", "/scan/active"))[1]["count"] == 0


async def test_scans_with_the_same_request_have_the_same_rows(quick):
    scans = await asyncio.gather(*(start(quick, lookback_bars=120, fresh=n % 2 == 0) for n in range(6)))
    await asyncio.gather(*(over_sse(quick, scan["sse_url"]) for scan in scans))
    bodies = [(await call(quick, "GET", scan["results_url"]))[1] for scan in scans]
    assert len(bodies[0]["results"]) == SYMBOLS
    assert all(body["results"] == bodies[0]["results"] for body in bodies)
