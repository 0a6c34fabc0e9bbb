"""A process that opens many WebSockets and reads them as cheaply as can be: it counts bytes.

`python -m benchmarks.support.reader` takes commands on stdin, one JSON array a line, and answers each on
stdout: `["open", port, path, count]` when all are open, with the number of the group that they are, and
`["take", group, bytes]` when that many bytes have come on the group, with the moment of the last
(nanoseconds of the monotonic clock, which all processes of a machine share). `["open", ...]` takes a
list of paths, too, over which it spreads them. `["count", group, seconds]` reads so long and answers the
bytes of each socket; `["drain", group, seconds]` reads until nothing is there and says whether it came to
that; `["close", group]` closes them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import select
import socket
import sys
import time
from typing import Any

ASK = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


class Group:
    """Sockets that are read together, by one epoll."""

    def __init__(self, port: int, paths: str | list[str], count: int) -> None:
        self.epoll = select.epoll()
        in_turn = itertools.cycle([paths] if isinstance(paths, str) else paths)
        opened = (self._opened(port, path) for path in itertools.islice(in_turn, count))
        self.sockets = {made.fileno(): made for made in opened}
        for number in self.sockets:
            self.epoll.register(number, select.EPOLLIN)

    def _opened(self, port: int, path: str) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", port))
        made.sendall(ASK.format(path=path).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += made.recv(1)
        assert head.startswith(b"HTTP/1.1 101"), head
        made.settimeout(0)
        return made

    def take(self, wanted: int) -> int:
        """Read until so many bytes have come; when the last did."""
        room = memoryview(bytearray(1 << 18))
        while wanted > 0:
            ready = self.epoll.poll(30)
            assert ready, f"{wanted} bytes did not come"
            for number, _ in ready:
                came = self.sockets[number].recv_into(room)
                assert came, "a connection was closed"
                wanted -= came
        assert wanted == 0, f"{-wanted} bytes too many"
        return time.monotonic_ns()

    def drain(self, seconds: float) -> bool:
        """Read what has come so far; whether for a moment nothing more was there, within so long."""
        room = memoryview(bytearray(1 << 18))
        deadline = time.monotonic() + seconds
        while ready := self.epoll.poll(0):
            for number, _ in ready:
                assert self.sockets[number].recv_into(room), "a connection was closed"
            if time.monotonic() > deadline:
                return False
        return True

    def count(self, seconds: float) -> list[int]:
        """Read for so long; the bytes of each socket, in the order of their opening."""
        room = memoryview(bytearray(1 << 18))
        counts = dict.fromkeys(self.sockets, 0)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for number, _ in self.epoll.poll(left):
                came = self.sockets[number].recv_into(room)
                assert came, "a connection was closed"
                counts[number] += came
        return list(counts.values())

    def close(self) -> int:
        """Close all of them; how many they were."""
        for made in self.sockets.values():
            made.close()
        self.epoll.close()
        return len(self.sockets)


def main() -> None:
    groups: list[Group] = []
    for line in sys.stdin:
        command, *words = json.loads(line)
        if command == "open":
            groups.append(Group(*words))
            answer = len(groups) - 1
        else:
            group, *rest = words
            assert command in {"take", "drain", "count", "close"}, command
            answer = getattr(groups[group], command)(*rest)
        print(json.dumps(answer), flush=True)


class Reader:
    """The handle on such a process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def started(cls) -> Reader:
        """A new process."""
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "benchmarks.support.reader")
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1 << 22))

    def tell(self, *words: float | str | list[str]) -> None:
        """Give it a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(words).encode() + b"\n")

    async def answer(self) -> Any:
        """What it answers to the oldest command that has no answer yet."""
        assert self.process.stdout is not None
        return json.loads(await self.process.stdout.readline())

    async def end(self) -> None:
        """End it, and with it all of its connections."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()


if __name__ == "__main__":
    main()
