"""What the C library does with memory that Python has given back.

A server makes and drops hundreds of frames and results of a megabyte a second, in several threads. Left to
itself glibc raises the size above which a block has pages of its own with every large block that is freed, up
to 32 MB, and gives each thread a heap; what is free then lies between what is not, and a server that holds
200 MB came to 1.8 GB in 60,000 scans. Elsewhere than on glibc nothing is done.
Source of the names: mallopt(3), malloc_trim(3).
"""

from __future__ import annotations

import asyncio
import ctypes
import platform

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
OWN_PAGES_BYTES = 128 * 1024
"""A block as large as this has pages of its own, which go back at once: glibc's first value, held fast."""
HEAPS = 2
TRIM_SECONDS = 30.0


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


def hold_little() -> None:
    """Have freed memory go back to the system rather than be kept; for the life of this process."""
    libc = _libc()
    if libc is not None:
        libc.mallopt(M_MMAP_THRESHOLD, OWN_PAGES_BYTES)
        libc.mallopt(M_ARENA_MAX, HEAPS)


async def trim(every_seconds: float = TRIM_SECONDS) -> None:
    """Give back what lies free between what does not, now and then, in a thread; runs until cancelled."""
    libc = _libc()
    while libc is not None:
        await asyncio.sleep(every_seconds)
        await asyncio.to_thread(libc.malloc_trim, 0)
