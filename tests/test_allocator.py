"""What is freed goes back to the system."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from technic import allocator

SCRIPT = """
from pathlib import Path
from technic.allocator import hold_little

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if {tuned}:
    hold_little()
for _ in range(3):
    blocks = [bytes(1_000_000) for _ in range(100)]
    pins = [bytes(2_000) for _ in range(100)]
    del blocks
small = [bytes(400_000) for _ in range(200)]
small[::2] = [None] * 100
print(held())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_large_blocks_that_are_freed_are_not_held() -> None:
    def held(*, tuned: bool) -> int:
        script = SCRIPT.format(tuned=tuned)
        return int(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True).stdout)

    assert held(tuned=True) < held(tuned=False) - 20_000_000


async def test_what_lies_free_is_given_back_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    trimmed = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Libc:
        def malloc_trim(self, pad: int) -> int:
            assert pad == 0
            loop.call_soon_threadsafe(trimmed.set)
            return 1

    monkeypatch.setattr(allocator, "_libc", Libc)
    trimming = asyncio.create_task(allocator.trim(0.001))
    async with asyncio.timeout(5):
        await trimmed.wait()
    trimming.cancel()
    await asyncio.wait([trimming])


async def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator, "_libc", lambda: None)
    allocator.hold_little()
    await allocator.trim(0.0)
