"""A thread that takes what would hold the event loop.

An engine has two: one for what looks at the disk (universes, plans), which may hang there, and one for what
computes (filters, ranking). One each, for they hold the interpreter: a second one beside it would compute
nothing sooner, and the event loop would wait for both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Offload:
    """Runs short blocking calls in a thread of its own, one after the other.

    Args:
        name: What for; the thread's name.
    """

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"technic-{name}")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `function(*args, **kwargs)`, computed in a thread; what it raises is raised."""
        return await asyncio.wrap_future(self._thread.submit(function, *args, **kwargs))

    def close(self) -> None:
        """Drop what waits. What runs is not waited for: it may hang on a disk that does not answer."""
        self._thread.shutdown(wait=False, cancel_futures=True)
