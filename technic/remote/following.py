"""Following a watch to its end, with somebody who is shown how the scan stands."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from technic.remote.frames import Frame, Progress
from technic.remote.snapshot import Snapshot

Show = Callable[[Snapshot], object]
"""Called with each snapshot; what it returns is no matter."""

_log = logging.getLogger(__name__)


async def follow(watch: AsyncGenerator[Frame], show: Show | None) -> Snapshot | None:
    """Follow a watch; the last snapshot of it, the terminal one.

    Args:
        watch: Is closed at the end.
        show: One that raises is logged once and called no more: it must not hurt the scan.
    """
    last: Snapshot | None = None
    async with aclosing(watch) as frames:
        async for frame in frames:
            if isinstance(frame, Progress):
                last = frame.snapshot
                show = _shown(show, last)
    return last


def _shown(show: Show | None, snapshot: Snapshot) -> Show | None:
    """Show a snapshot; who is to be called for the next one."""
    if show is not None:
        try:
            show(snapshot)
        except Exception:  # noqa: BLE001 - whatever it is, it is the callback's own
            _log.exception("the progress callback raised and is not called any more")
            return None
    return show
