"""Starts a worker process and owns what the engine has of it: its end of the socket, its flag, its stderr.

`-P` and the parent's own `sys.path` give the worker the modules that this process has, and never one
that happens to lie in the current folder.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import weakref
from typing import BinaryIO, cast

from technic.engine.pool.protocol import Orders

WORKER_MODULE = "technic.engine.pool.worker"

ENVIRONMENT = {
    # A unit has one core: the workers are the parallelism.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Scratch arrays of a few megabytes stay in the heap and are not mapped, zeroed and unmapped each time.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(256 * 1024 * 1024),
    "MALLOC_ARENA_MAX": "1",
}


class Child:
    """A worker process as the operating system knows it.

    Not kept any more, it kills and reaps the process and closes what is open: also where the event loop
    was closed under the pool, or the interpreter ends.

    Attributes:
        pid: Its process id.
        socket: Our end, non-blocking.
        stderr: Descriptor of what it writes, non-blocking.
        flag: The shared byte; 1 asks it to stop its unit.
    """

    def __init__(
        self, popen: subprocess.Popen[bytes], ours: socket.socket, stderr: int, flag: mmap.mmap
    ) -> None:
        self.pid = popen.pid
        self.socket = ours
        self.stderr = stderr
        self.flag = flag
        self._popen = popen
        self.dispose = weakref.finalize(self, _dispose, os.getpid(), popen, ours, stderr, flag)

    @property
    def exit_code(self) -> int | None:
        """As subprocess has it (a negative signal number); None while it runs."""
        return self._popen.returncode

    def reaped(self, exit_code: int) -> None:
        """It has ended, and its process id is not ours any more."""
        self._popen.returncode = exit_code

    def kill(self) -> None:
        """End it, stopped or not, and what it may have started. Harmless once it has been reaped."""
        if self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # a signal to the whole group was quicker
                os.killpg(self.pid, signal.SIGKILL)


def launch(function: str, *, nice: int, data_bytes: int) -> Child:
    """Start a worker process; takes a millisecond or two. Raises OSError where that cannot be.

    Call it from a thread that lives as long as the worker shall: the kernel ends it with that thread.
    """
    if not sys.executable:
        raise FileNotFoundError("sys.executable does not say where this Python is")
    ours, theirs = socket.socketpair()
    with theirs, _shared_byte() as byte:
        stderr, written = os.pipe()
        try:
            flag = mmap.mmap(byte.fileno(), 1)
            orders = Orders(function, theirs.fileno(), byte.fileno(), os.getpid(), nice, data_bytes)
            popen = _exec(orders, written)
        except BaseException:
            ours.close()
            os.close(stderr)
            raise
        finally:
            os.close(written)
    ours.setblocking(False)  # noqa: FBT003 - the socket's own method
    os.set_blocking(stderr, False)
    return Child(popen, ours, stderr, flag)


def _shared_byte() -> BinaryIO:
    """A file of one byte that both sides can map: in memory where the system has that."""
    if hasattr(os, "memfd_create"):
        byte: BinaryIO = os.fdopen(os.memfd_create("technic-stop-flag"), "r+b", buffering=0)
    else:
        byte = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - the caller closes it
    byte.truncate(1)
    return byte


def _exec(orders: Orders, stderr: int) -> subprocess.Popen[bytes]:
    """Exec the worker in a process group of its own, where Ctrl-C does not reach it.

    Not in a session of its own: where the kernel groups by session (autogroup), its nice would hold only
    against itself.
    """
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-m", WORKER_MODULE, *orders.words()],
        stdin=subprocess.DEVNULL,
        stdout=stderr,
        stderr=stderr,
        pass_fds=(orders.socket, orders.flag),
        process_group=0,
        env=_environment(),
    )


def _environment() -> dict[str, str]:
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109 - as sys.path has it
    return {**os.environ, **ENVIRONMENT, "PYTHONPATH": path}


def _dispose(
    owner: int, popen: subprocess.Popen[bytes], ours: socket.socket, stderr: int, flag: mmap.mmap
) -> None:
    if popen.returncode is None and os.getpid() == owner:  # a fork of us that ends has no say in it
        popen.kill()
        popen.wait()
    ours.close()
    os.close(stderr)
    flag.close()
