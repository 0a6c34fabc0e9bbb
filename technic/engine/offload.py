"""The few threads that take what would hold the event loop: opening plans, filters, ranking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Offload:
    """Runs short blocking calls in threads of its own.

    Args:
        threads: How many at once; the rest waits in order.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="technic-offload")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `function(*args, **kwargs)`, computed in a thread; what it raises is raised."""
        return await asyncio.wrap_future(self._threads.submit(function, *args, **kwargs))

    def close(self) -> None:
        """Drop what waits. What runs is not waited for: it may hang on a disk that does not answer."""
        self._threads.shutdown(wait=False, cancel_futures=True)
