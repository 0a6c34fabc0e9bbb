"""A process that holds many WebSockets and tells how late each frame came that says when it was told (`at`).

`python -m benchmarks.streams.listener` takes commands on stdin, one JSON array a line, and answers each on
stdout. `["open", port, paths, receive_bytes]` opens one for each path, with so small a buffer in the kernel
(null: as it is), and answers the number of the group. `["listen", group, beside, begins_ms, ends_ms]` reads
until the end and until nothing more comes, another group beside it (null: none), and tells of the frames
of the first that were told in between (milliseconds of Unix time): how many came so late, in hundredths
of a millisecond; and of the whole time the share of a processor that reading took, and the share for which
it waited for one.
`["close", group]` closes a group. A group that nobody listens to is not read.
"""

from __future__ import annotations

import asyncio
import json
import select
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any, Self

from benchmarks.streams.lateness import Lateness
from benchmarks.streams.waiting import waited_seconds
from benchmarks.support.reader import ASK, Reader

AT = b'"at":'
TEXT, LONG = 0x81, 126
QUIET_SECONDS, LAST_SECONDS = 0.2, 30.0
"""Without a frame for so long after the end it is over; it may take so long to come to that."""


class Ear:
    """One socket, and what has come of a frame that is not whole."""

    __slots__ = ("made", "rest")

    def __init__(self, port: int, path: str, receive_bytes: int | None) -> None:
        self.made = socket.socket()
        if receive_bytes is not None:
            self.made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.made.settimeout(30)
        self.made.connect(("127.0.0.1", port))
        self.made.sendall(ASK.format(path=path).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            came = self.made.recv(1)
            assert came, "closed before it was open"
            head += came
        assert head.startswith(b"HTTP/1.1 101"), head
        self.made.settimeout(0)
        self.rest = b""

    def frames(self) -> Iterator[bytes]:
        """The payload of each whole text frame that has come by now."""
        came = self.made.recv(1 << 18)
        assert came, "a connection was closed"
        held, begins = self.rest + came, 0
        while len(held) >= begins + 4:
            kind, length, begun = held[begins], held[begins + 1], begins + 2
            if length == LONG:
                length, begun = int.from_bytes(held[begun : begun + 2], "big"), begun + 2
            assert kind == TEXT, f"a frame of another kind: {held[begins:][:40]!r}"
            assert length <= 0xFFFF, "a frame of more than 65,535 bytes"
            if len(held) < begun + length:
                break
            begins = begun + length
            yield held[begun:begins]
        self.rest = held[begins:]


def told_at(payload: bytes) -> float:
    """When a frame was told, in milliseconds; 0 where it does not say."""
    begins = payload.find(AT) + len(AT)
    if begins < len(AT):
        return 0.0
    text = payload[begins : payload.find(b",", begins)]
    return 0.0 if text == b"null" else float(text)


class Group:
    """Sockets that are read together, by one epoll."""

    def __init__(self, port: int, paths: list[str], receive_bytes: int | None) -> None:
        self.ears = {ear.made.fileno(): ear for ear in (Ear(port, path, receive_bytes) for path in paths)}
        self.epoll = select.epoll()
        for number in self.ears:
            self.epoll.register(number, select.EPOLLIN)

    def listen(self, beside: Group | None, begins_ms: float, ends_ms: float) -> dict[str, Any]:
        """See the module."""
        others = beside.ears if beside is not None else {}
        for number in others:
            self.epoll.register(number, select.EPOLLIN)
        found = self._heard(others, begins_ms, ends_ms)
        for number in others:
            self.epoll.unregister(number)
        return found

    def _heard(self, others: dict[int, Ear], begins_ms: float, ends_ms: float) -> dict[str, Any]:
        ears, late = self.ears | others, Lateness()
        cpu, waited, begun = time.process_time(), waited_seconds(), time.monotonic()
        last = time.time() * 1e3
        while (now := time.time() * 1e3) < max(last, ends_ms) + 1e3 * QUIET_SECONDS:
            assert now < ends_ms + 1e3 * LAST_SECONDS, "it does not come to an end"
            for number, _ in self.epoll.poll(QUIET_SECONDS / 4):
                for payload in ears[number].frames():
                    last, at = time.time() * 1e3, told_at(payload)
                    if begins_ms <= at < ends_ms and number in self.ears:
                        late.add(last - at)
        seconds = time.monotonic() - begun
        return {
            "late": late.counts,
            "cpu_share": (time.process_time() - cpu) / seconds,
            "waited_share": (waited_seconds() - waited) / seconds,
        }

    def close(self) -> int:
        """Close all of them; how many they were."""
        for ear in self.ears.values():
            ear.made.close()
        self.epoll.close()
        return len(self.ears)


class Listener(Reader):
    """The handle on such a process."""

    @classmethod
    async def started(cls) -> Self:
        """A new process."""
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "benchmarks.streams.listener")
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1 << 22))

    async def ask(self, *words: Any) -> Any:
        """Give it a command, and wait for what it answers."""
        self.tell(*words)
        return await self.answer()


def main() -> None:
    groups: list[Group] = []
    for line in sys.stdin:
        command, *words = json.loads(line)
        if command == "open":
            groups.append(Group(*words))
            answer: Any = len(groups) - 1
        else:
            group, *rest = words
            if command == "listen":
                beside, *window = rest
                answer = groups[group].listen(None if beside is None else groups[beside], *window)
            else:
                assert command == "close", command
                answer = groups[group].close()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
