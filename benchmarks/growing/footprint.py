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
        self._spent = [_spent(pid) for pid in self._all]
        for pid in self._all:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the highest from now on, not from the start

    def cpu_seconds(self) -> tuple[float, float]:
        """Since this was made: of the server, and of its workers together."""
        spent = [_spent(pid) - before for pid, before in zip(self._all, self._spent, strict=True)]
        return spent[0], sum(spent[1:])

    def peak_megabytes(self) -> tuple[float, float]:
        """The most resident memory since this was made: of the server, and of its workers together."""
        peaks = [_peak(pid) / MEGABYTE for pid in self._all]
        return peaks[0], sum(peaks[1:])


def _spent(pid: int) -> float:
    """Processor seconds by schedstat of each thread: nanoseconds, where clocks tick in 10 ms.

    A thread that ends meanwhile is left out.
    """
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
