"""What a server and its workers use, by the account that the kernel keeps of them."""

from __future__ import annotations

from pathlib import Path

import psutil

from benchmarks.support.server import Server

MEGABYTE = 2**20


class Footprint:
    """A server process with its workers, from now on; all of them live as long as the server here."""

    def __init__(self, server: Server) -> None:
        top = psutil.Process(server.process.pid)
        self._all = [process.pid for process in (top, *top.children(recursive=True))]
        self._cpu = self._spent()
        for pid in self._all:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the highest from now on, not from the start

    def cpu_seconds(self) -> float:
        """Of all of them since this was made."""
        return self._spent() - self._cpu

    def peak_megabytes(self) -> tuple[float, float]:
        """The most resident memory since this was made: of the server, and of its workers together."""
        peaks = [_peak(pid) / MEGABYTE for pid in self._all]
        return peaks[0], sum(peaks[1:])

    def _spent(self) -> float:
        """Processor seconds of all threads that live: finer than the clock's ticks of 10 ms."""
        return sum(map(_spent, self._all))


def _spent(pid: int) -> float:
    """By schedstat of each thread (nanoseconds); a thread that ends meanwhile is left out."""
    found = 0
    for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            found += int(stat.read_text(encoding="utf-8").split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found / 1e9


def _peak(pid: int) -> int:
    """VmHWM of proc(5), in bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
