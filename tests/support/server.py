"""A real server process: started, asked where it listens, ended by its process id, and nothing left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import psutil

RUN = Path(__file__).resolve().parents[2] / "run.py"
SHARED = RUN.parent.parent / "shared"
GUARD_SECONDS = 30
"""Bound of every wait for a process; none should ever come near it."""

_WORKER = "technic.engine.pool.worker"


def environment(folder: Path, settings: dict[str, Any]) -> dict[str, str]:
    """This process's environment with these settings and no others: `engine__workers=1`."""
    ours = {name: text for name, text in os.environ.items() if not name.upper().startswith("TECHNIC_")}
    chosen = {"data_dir": folder / "kept", "engine__workers": 1, "log__level": "warning"} | settings
    return ours | {f"TECHNIC_{name.upper()}": str(value) for name, value in chosen.items()}


def run_technic(folder: Path, *arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """One command to its end, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, str(RUN), *arguments],
        env=environment(folder, settings),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=GUARD_SECONDS * 2,
    )


class ServerProcess:
    """`python run.py serve --port 0`, from its greeting to its end.

    Args:
        folder: Its working folder; it keeps its data in `kept` below it.
        program: What Python runs in place of run.py; it takes the same words.
        port: Where it listens; 0 takes a free one.
        variables: More of its environment, besides the settings.
        settings: As in `environment`.

    Attributes:
        url: Where it listens.
        said: Its last lines on stderr.
    """

    def __init__(
        self,
        folder: Path,
        *,
        program: Sequence[str] = (str(RUN),),
        port: str = "0",
        variables: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.said: deque[str] = deque(maxlen=500)
        self._greeting: Future[str] = Future()
        self.process = subprocess.Popen(
            [sys.executable, *program, "serve", "--port", port],
            env=environment(folder, settings) | dict(variables or {}),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,  # so that a test can kill all of it at once, and nothing else
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.url = self._greeting.result(GUARD_SECONDS)
        except BaseException:
            self.kill()
            raise

    def _read(self) -> None:
        """Read what it says, so that it never waits for us; the greeting names the port."""
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self.said.append(line)
                if "listens on http" in line:
                    self._greeting.set_result(next(word for word in line.split() if word.startswith("http")))
        if not self._greeting.done():
            self._greeting.set_exception(AssertionError(f"it did not start: {''.join(self.said)}"))

    @property
    def port(self) -> str:
        """The port that it listens on."""
        return self.url.rpartition(":")[2]

    def children(self) -> list[psutil.Process]:
        """Every process that descends from it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def workers(self) -> list[psutil.Process]:
        """Its worker processes."""
        return [child for child in self.children() if _is_worker(child)]

    def end(self, signum: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for its end and for that of all its children; its exit code."""
        children = self.children()
        self.process.send_signal(signum)
        code = self.process.wait(GUARD_SECONDS)
        self._reader.join(GUARD_SECONDS)
        _, alive = psutil.wait_procs(children, timeout=GUARD_SECONDS)
        assert not alive, f"still there after the server's end: {alive}"
        return code

    def kill_group(self) -> None:
        """SIGKILL to its process group, and wait for its end; its workers have groups of their own."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.kill()

    def kill(self) -> None:
        """End it in whatever state; harmless when it has ended."""
        self.process.kill()
        self.process.wait(GUARD_SECONDS)
        self._reader.join(GUARD_SECONDS)


def _is_worker(process: psutil.Process) -> bool:
    try:
        return _WORKER in process.cmdline()
    except psutil.NoSuchProcess:
        return False


@contextmanager
def serving(folder: Path, **options: Any) -> Iterator[ServerProcess]:
    """A server for the length of a block; unless the block ended it, it must go cleanly when it is told."""
    server = ServerProcess(folder, **options)
    try:
        yield server
        if server.process.poll() is None:
            assert server.end() == 0, "".join(server.said)
            assert not [line for line in server.said if "Traceback" in line], "".join(server.said)
    finally:
        server.kill()
