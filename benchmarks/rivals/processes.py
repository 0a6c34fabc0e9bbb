"""Processes that a rival needs, and what a tree of processes has used of the processors."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
END_SECONDS = 20
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Every rival's processes share the processors already."""


class Child:
    """A process that speaks in lines on stdout and ends at SIGTERM."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def started(cls, module: str, *words: str) -> Child:
        """`python -m module words`, in the folder of the repository."""
        return await cls.command(sys.executable, "-m", module, *words)

    @classmethod
    async def command(cls, *words: str) -> Child:
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=pipe))

    async def line(self) -> str:
        """The next thing that it says."""
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            said = await self._process.stdout.readline()
        assert said, "the process ended before it said anything"
        return said.decode().strip()

    async def end(self) -> None:
        """Ask it to end; kill it when it does not."""
        if self._process.returncode is None:
            self._process.terminate()
        try:
            async with asyncio.timeout(END_SECONDS):
                await self._process.communicate()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def cpu_seconds() -> float:
    """Of this process and all below it, also of those that have ended and were waited for."""
    top = psutil.Process(os.getpid())
    return sum(_of(process) for process in [top, *top.children(recursive=True)])


def busy_seconds() -> float:
    """Of all processors of this machine, whoever used them."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


def _of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system
