"""What a worker does to itself before it works: signals, priority, memory, and whose life it shares.

Runs in the worker process only.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import resource
import select
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1
_OOM_SCORE = 500  # of 1000: before all that has a score of its own accord, which is 0


def settle_signals() -> None:
    """Ignore Ctrl-C, which is the engine's to decide about; end on SIGTERM; block nothing.

    Ignored and blocked signals are inherited through exec, so what the engine's process did to its own
    would hold here.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    faulthandler.enable()


def step_back(nice: int) -> None:
    """Take less of a processor than the event loop, which has to be in time."""
    os.nice(nice)


def bound_memory(data_bytes: int) -> None:
    """Refuse private memory beyond a bound: a unit that asks for more gets a MemoryError.

    RLIMIT_DATA counts private writable memory (since Linux 4.7), not the files of the panel that are
    mapped read-only.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bound = data_bytes if hard == resource.RLIM_INFINITY else min(data_bytes, hard)
    with contextlib.suppress(ValueError, OSError):  # a system that cannot: the engine still recycles by size
        resource.setrlimit(resource.RLIMIT_DATA, (bound, hard))


def go_first() -> None:
    """Be what ends where the machine runs out of memory: a unit can be done again, the engine cannot."""
    with contextlib.suppress(OSError):  # another system, or one that forbids it
        score = os.open("/proc/self/oom_score_adj", os.O_RDWR)
        try:
            os.pwrite(score, str(max(_OOM_SCORE, int(os.read(score, 16)))).encode(), 0)
        finally:
            os.close(score)


def end_with_parent(parent: int, socket: int) -> None:
    """See to it that this process ends when the engine does, also by SIGKILL and also amid a unit.

    On Linux the kernel does it (prctl(2), PR_SET_PDEATHSIG: when the thread that started us ends). A
    thread that waits for the socket's hang-up does it anywhere else, and where the engine let go of us.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the kernel knew
        os._exit(0)
    threading.Thread(target=_exit_on_hangup, args=(socket,), daemon=True, name="lifeline").start()


def _exit_on_hangup(socket: int) -> None:
    poll = select.poll()
    poll.register(socket, 0)  # no event asked for: a hang-up and an error are told nevertheless
    poll.poll()
    os._exit(0)


def resident_bytes() -> int:
    """Memory that this process has in use (its peak, where the present is not known)."""
    try:
        return int(os.pread(_statm(), 128, 0).split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


_statm_descriptor: int | None = None


def _statm() -> int:
    """The open descriptor of /proc/self/statm: opening it for each unit would cost more than reading it."""
    global _statm_descriptor  # noqa: PLW0603 - one a process, like what it describes
    if _statm_descriptor is None:
        _statm_descriptor = os.open("/proc/self/statm", os.O_RDONLY)
    return _statm_descriptor
