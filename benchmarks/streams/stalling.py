"""A tenth of the watchers never reads: what the others notice of it, and how soon it is gone."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.delivery import listening
from benchmarks.streams.cuts import Cuts, noted_cuts
from benchmarks.streams.listener import Listener
from benchmarks.streams.served import SCANS, Ours
from benchmarks.streams.ticking import parties, tick
from benchmarks.streams.windows import Crowd, Window, ratios, summary, watched
from technic.config.settings import StreamSettings

NINE = 9
STALL_BYTES, LIMIT_SECONDS = 4096, 2.0
SPARE_SECONDS = 2.5  # besides the limit: to fill what lies between, and for the last words
FILLING_SECONDS, LOOK_SECONDS = 40.0, 1.0
"""How long a buffer of the default size may take to fill, here and in the kernel."""


class Stalling:
    """Nine readers of each scan, and a tenth that comes and goes.

    Args:
        server: Whose, with a short limit.
        port: Where it listens.
        crowd: The nine.
        staller: Holds those that do not read.
        cuts: Notes them.
    """

    def __init__(self, server: Ours, port: int, crowd: Crowd, staller: Listener, cuts: Cuts) -> None:
        self.server, self.port, self.crowd = server, port, crowd
        self.staller, self.cuts = staller, cuts
        self.gone = 0

    async def alone(self) -> Window:
        """The nine."""
        return await watched(self.crowd, LIMIT_SECONDS + SPARE_SECONDS)

    async def reading(self) -> Window:
        """The nine, and a tenth that reads like them."""
        listener = self.crowd.listener
        tenth = await listener.ask("open", self.port, self.server.paths(), None)
        window = await watched(self.crowd, LIMIT_SECONDS + SPARE_SECONDS, beside=tenth)
        await listener.ask("close", tenth)
        return window

    async def stalled(self) -> Window:
        """The nine, and a tenth that never reads, until it is gone."""
        tenth = await self.staller.ask("open", self.port, self.server.paths(), STALL_BYTES)
        window = await watched(self.crowd, LIMIT_SECONDS + SPARE_SECONDS)
        self.gone += SCANS
        await self.cuts.until_gone(self.gone, LIMIT_SECONDS + 10)
        await self.staller.ask("close", tenth)
        return window


async def beside_stalled(turns: int, warm_up: float) -> dict[str, Any]:
    """Each kind of tenth in turns; the others' frames, and when the stalled ones were gone."""
    listener, staller = await Listener.started(), await Listener.started()
    server = Ours(reader_bytes=STALL_BYTES, send_timeout_seconds=LIMIT_SECONDS)
    port = await listening(server.runner)
    group = await listener.ask("open", port, server.paths() * NINE, None)
    crowd = Crowd(server, listener, group, NINE)
    windows: dict[str, list[Window]] = {"alone": [], "without": [], "with": []}
    with noted_cuts() as cuts:
        stalling = Stalling(server, port, crowd, staller, cuts)
        await watched(crowd, warm_up)
        for _ in range(turns):
            windows["alone"].append(await stalling.alone())
            windows["without"].append(await stalling.reading())
            windows["with"].append(await stalling.stalled())
    await staller.end()
    await listener.end()
    await server.runner.cleanup()
    told: dict[str, Any] = {name: summary(each) for name, each in windows.items()}
    return told | {
        "others_with_to_without": ratios(windows["with"], windows["without"]),
        "others_with_to_alone": ratios(windows["with"], windows["alone"]),
        **ends(cuts),
    }


async def with_default_buffer() -> dict[str, Any]:
    """The same end where as much may wait for a reader as by default; nobody else is there."""
    staller, server = await Listener.started(), Ours(send_timeout_seconds=LIMIT_SECONDS)
    port = await listening(server.runner)
    await staller.ask("open", port, server.paths(), STALL_BYTES)
    with noted_cuts() as cuts:
        for _ in range(int(FILLING_SECONDS / LOOK_SECONDS)):
            now = 1e3 * time.time()
            await tick(server.tell, parties(SCANS, together=False), now, now + 1e3 * LOOK_SECONDS)
            if len(cuts.gone) == SCANS:
                break
    await staller.end()
    await server.runner.cleanup()
    return {"reader_bytes": StreamSettings().reader_bytes} | ends(cuts)


def ends(cuts: Cuts) -> dict[str, float]:
    return {
        "stalled": len(cuts.gone),
        "limit_seconds": LIMIT_SECONDS,
        "given_up_after_seconds": round(max(cuts.gave_up, default=0.0), 3),
        "gone_after_seconds": round(max(cuts.gone, default=0.0), 3),
    }
