"""Delivery at the stated load: 100 scans at 10 Hz with 10 WebSockets each, read by one other process.

The real application on the real runner and a real Bus, in this process, on uvloop; each frame carries when
it was published (`at`), and the readers' process takes the time at which it has the last byte. The parts:

- staggered: the scans' ticks are spread over the tenth of a second, as those of scans that know nothing of
  each other are; and at_once: all hundred publish at the same moment, a thousand frames in one go. Beside
  it, window by window in turns, a bare aiohttp handler with the same load: `send_str` to each of a scan's
  sockets in a loop, of a text that needs no encoding but for the time in it (ours encodes each event);
- stalled: nine readers of each scan alone, with a tenth that reads (without a stalled one), and with one
  that never reads, in turns; what is told is of the nine's frames. Each stalled stream has to be cut off:
  `gone_after_seconds` counts from when its connection was first seen not clear, the limit of one send and
  the last words' half second included; few bytes may wait for a reader (`reader_bytes`);
- default_buffer: when stalled ones are gone where as much may wait as by default.

`late_ms` is from publication to receipt. `conflated` counts frames that a reader was not sent because
a newer one was there. Other programs on the machine make all times grow: `waited_share` is for how much of
the time one of the two processes waited for a processor, and `calm` holds the half of the windows in which
they waited least. Ratios are medians over the turns of the ratio within a turn.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvloop

from benchmarks.delivery import FIRST_SEQ, listening, text_of
from benchmarks.streams.listener import Listener
from benchmarks.streams.served import SCANS, Ours, SendStr, Serving
from benchmarks.streams.stalling import beside_stalled, with_default_buffer
from benchmarks.streams.ticking import TICK_SECONDS
from benchmarks.streams.windows import Crowd, Window, ratios, summary, watched
from benchmarks.support.figures import parser, show
from benchmarks.support.room import make_room
from technic.app import favour_the_loop

WATCHERS = 10
WINDOW_SECONDS = 1.0
ENCODED = 1000
SECONDS_A_STALL = 1.5


@asynccontextmanager
async def serving(server: Serving, listener: Listener, watchers: int) -> AsyncIterator[Crowd]:
    """A server with so many readers a scan."""
    port = await listening(server.runner)
    group = await listener.ask("open", port, server.paths() * watchers, None)
    yield Crowd(server, listener, group, watchers)
    await listener.ask("close", group)
    await server.runner.cleanup()


async def beside_send_str(seconds: float, warm_up: float) -> dict[str, Any]:
    """Staggered and at once, beside the bare handler."""
    listener = await Listener.started()
    async with (
        serving(Ours(), listener, WATCHERS) as ours,
        serving(SendStr(), listener, WATCHERS) as bare,
    ):
        for crowd in (ours, bare):
            await watched(crowd, warm_up)
        told = {
            name: await in_turns(ours, bare, turns_for(seconds, WINDOW_SECONDS), together=together)
            for name, together in (("staggered", False), ("at_once", True))
        }
    await listener.end()
    return told


async def in_turns(ours: Crowd, bare: Crowd, turns: int, *, together: bool) -> dict[str, Any]:
    windows: dict[str, list[Window]] = {"ours": [], "send_str": []}
    for _ in range(turns):
        windows["ours"].append(await watched(ours, WINDOW_SECONDS, together=together))
        windows["send_str"].append(await watched(bare, WINDOW_SECONDS, together=together))
    told: dict[str, Any] = {name: summary(each) for name, each in windows.items()}
    return told | {"ours_as_fast_as_send_str": ratios(windows["send_str"], windows["ours"])}


def turns_for(seconds: float, each: float) -> int:
    """At least two: with one there is no calmer one."""
    return max(2, math.ceil(seconds / each))


def encoding_microseconds() -> float:
    """What making an event's text takes; ours does it, the bare handler need not."""
    begun = time.process_time()
    for seq in range(FIRST_SEQ, FIRST_SEQ + ENCODED):
        text_of(seq)
    return round((time.process_time() - begun) / ENCODED * 1e6, 1)


async def main(seconds: float, warm_up: float) -> dict[str, Any]:
    favour_the_loop()
    assert make_room(4 * SCANS * WATCHERS + 200), "more open files than the system allows"
    told = {
        "scans": SCANS,
        "watchers": SCANS * WATCHERS,
        "frames_a_second": round(SCANS * WATCHERS / TICK_SECONDS),
        "encoding_us": encoding_microseconds(),
    }
    told |= await beside_send_str(seconds, warm_up)
    told["stalled"] = await beside_stalled(turns_for(seconds, SECONDS_A_STALL), warm_up)
    return told | {"default_buffer": await with_default_buffer()}


if __name__ == "__main__":
    command = parser(__doc__ or "")
    command.add_argument("--seconds", type=float, default=15.0, help="of each kind")
    command.add_argument("--warm-up", type=float, default=3.0, help="seconds of load before")
    asked = command.parse_args()
    show(uvloop.run(main(asked.seconds, asked.warm_up)), as_json=asked.json)
