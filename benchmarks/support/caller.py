"""A process that calls an HTTP server as many cheap clients, and measures how long each answer takes.

`python -m benchmarks.support.caller` takes commands on stdin, one JSON array a line, and answers each with
one JSON object on stdout:

- `["poll", port, requests, clients, every_seconds, seconds]`: clients on connections of their own, spread
  evenly over the period, each sends its request again and again;
- `["burst", port, request, count]`: so many connections at once, each sends the request when it stands.

One epoll reads all sockets. An answer's time runs from its sending; a client whose last answer was not there
when it was due to ask again counts from then on, so that a server that stands still hides nothing.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import json
import re
import select
import socket
import sys
import time
from typing import Any

SLOW_CONNECT_MS = 900.0
"""A connection that took longer was asked for twice: the first packet was lost."""
LONGEST_SECONDS = 15.0
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Client:
    """One connection."""

    def __init__(self, port: int, request: bytes) -> None:
        self.request = request
        self.made = socket.socket()
        self.made.setblocking(False)  # noqa: FBT003 - the library's own signature
        self.made.connect_ex(("127.0.0.1", port))
        self.begun = time.perf_counter()
        self.connected: float | None = None
        self.due: float | None = None
        self.owed: float | None = None
        self.came = b""

    def send(self, due: float) -> None:
        self.due = due
        self.came = b""
        self.made.send(self.request)

    def ask(self, now: float) -> None:
        """Send now, or as soon as the last answer is there."""
        if self.due is None:
            self.send(now)
        else:
            self.owed = self.owed or now

    def answered(self) -> bytes | None:
        """Read; the head of the answer once all of it is here."""
        came = self.made.recv(65_536)
        if not came:
            raise ConnectionError("closed")
        self.came += came
        head, found, body = self.came.partition(b"\r\n\r\n")
        if not found:
            return None
        length = _LENGTH.search(head)
        return head if length is None or len(body) >= int(length[1]) else None


class Calls:
    """Clients of one server, and what they saw."""

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.clients: dict[int, Client] = {}
        self.times_ms: list[float] = []
        self.connects_ms: list[float] = []
        self.failed: list[str] = []

    def open(self, port: int, request: str) -> Client:
        client = Client(port, request.encode())
        self.clients[client.made.fileno()] = client
        self.epoll.register(client.made.fileno(), select.EPOLLIN | select.EPOLLOUT)
        return client

    def turn(self, patience: float) -> list[Client]:
        """Wait for events, and handle them; the clients that stand since."""
        stand = []
        for number, what in self.epoll.poll(max(0.0, patience)):
            client = self.clients[number]
            try:
                if client.connected is None and what & select.EPOLLOUT and not what & select.EPOLLERR:
                    client.connected = time.perf_counter()
                    self.connects_ms.append((client.connected - client.begun) * 1e3)
                    self.epoll.modify(number, select.EPOLLIN)
                    stand.append(client)
                elif what & (select.EPOLLIN | select.EPOLLERR | select.EPOLLHUP):
                    self.read(client)
            except OSError as error:
                self.lose(client, str(error))
        return stand

    def read(self, client: Client) -> None:
        head = client.answered()
        if head is None or client.due is None:
            return
        self.times_ms.append((time.perf_counter() - client.due) * 1e3)
        client.due, owed, client.owed = None, client.owed, None
        if owed is not None:
            client.send(owed)
        if not head.startswith((b"HTTP/1.1 2", b"HTTP/1.1 101")):
            self.failed.append(head[:60].decode(errors="replace"))

    def lose(self, client: Client, why: str) -> None:
        self.failed.append(why)
        self.epoll.unregister(client.made.fileno())
        del self.clients[client.made.fileno()]
        client.made.close()

    def end(self) -> dict[str, Any]:
        self.failed += ["no answer" for client in self.clients.values() if client.due is not None]
        for client in self.clients.values():
            client.made.close()
        return {
            "times_ms": [round(each, 3) for each in self.times_ms],
            "connects_ms": [round(each, 3) for each in self.connects_ms],
            "failed": self.failed,
        }


def burst(port: int, request: str, count: int) -> dict[str, Any]:
    """Connect all at once, and ask on each as soon as it stands."""
    calls = Calls()
    last = time.perf_counter() + LONGEST_SECONDS
    for _ in range(count):
        calls.open(port, request)
    while len(calls.times_ms) + len(calls.failed) < count and time.perf_counter() < last:
        for client in calls.turn(0.5):
            client.send(client.begun)
    return calls.end()


def poll(
    port: int, requests: list[str], clients: int, every_seconds: float, seconds: float
) -> dict[str, Any]:
    """Ask again and again; each client at its own moment of the period."""
    calls = Calls()
    for number in range(clients):
        calls.open(port, requests[number % len(requests)])
        if number % 50 == 49:
            calls.turn(0.0)
    while any(client.connected is None for client in calls.clients.values()):
        calls.turn(0.1)
    begun = time.perf_counter() + 0.05
    step = every_seconds / len(calls.clients)
    due = [(begun + step * turn, turn, client) for turn, client in enumerate(calls.clients.values())]
    while due:
        calls.turn(due[0][0] - time.perf_counter())
        now = time.perf_counter()
        while due and due[0][0] <= now:
            at, turn, client = heapq.heappop(due)
            client.ask(now)
            if at + every_seconds < begun + seconds:
                heapq.heappush(due, (at + every_seconds, turn, client))
    last = time.perf_counter() + LONGEST_SECONDS
    while any(client.due is not None for client in calls.clients.values()) and time.perf_counter() < last:
        calls.turn(0.1)
    return calls.end()


def main() -> None:
    gc.disable()  # its pauses would be taken for the server's
    for line in sys.stdin:
        command, *words = json.loads(line)
        print(json.dumps({"poll": poll, "burst": burst}[command](*words)), flush=True)
        gc.collect()


class Caller:
    """The handle on such a process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def started(cls) -> Caller:
        """A new process."""
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "benchmarks.support.caller")
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1 << 26))

    async def call(self, *words: Any) -> dict[str, Any]:
        """Give it a command; what it saw."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        found: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return found

    async def end(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()


if __name__ == "__main__":
    main()
