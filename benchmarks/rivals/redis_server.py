"""A real redis-server for the length of a benchmark: a free loopback port, nothing kept on the disk."""

from __future__ import annotations

import shutil
import socket
import tempfile

from benchmarks.rivals.processes import Child

READY = "Ready to accept connections"


class RedisServer:
    """The process."""

    async def start(self) -> None:
        """Raises SystemExit where redis-server is not installed."""
        program = shutil.which("redis-server")
        if program is None:
            raise SystemExit("redis-server is missing. Run:  sudo apt-get install -y redis-server")
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="technic-redis-")
        self._process = await Child.command(
            program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._folder.name,
            "--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", "",
        )  # fmt: skip
        said = ""
        while READY not in said:
            said = await self._process.line()

    async def stop(self) -> None:
        await self._process.end()
        self._folder.cleanup()


def free_port() -> int:
    """One that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
