"""What a worker is told when it is started, and what it tells afterwards.

The engine sends units, one at a time; the worker sends one `Ready`, then one `Reply` a unit. The end of
the stream is the end of the other side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from technic.errors import Failure


class Orders(NamedTuple):
    """A worker's command line.

    Attributes:
        function: Dotted name of what it runs: `module:name`, called with a unit and `cancelled`.
        socket: Descriptor of its end of the socket pair.
        flag: Descriptor of the shared byte that asks it to stop its unit.
        parent: Process id of the engine: the worker ends when that does.
        nice: How far it steps back behind the event loop.
        data_bytes: Most private memory that it may have.
    """

    function: str
    socket: int
    flag: int
    parent: int
    nice: int
    data_bytes: int

    def words(self) -> list[str]:
        """As words of a command line."""
        return [str(field) for field in self]

    @classmethod
    def read(cls, words: Sequence[str]) -> Self:
        """From a command line. Raises ValueError for anything but six words, all but the first numbers."""
        if len(words) != len(cls._fields):
            raise ValueError("this is started by technic's process pool, not by hand")
        function, *numbers = words
        return cls(function, *(int(number) for number in numbers))


class Ready(NamedTuple):
    """The worker has loaded its function and waits for units.

    Attributes:
        pid: Its process id.
        worker_bytes: Its resident memory.
    """

    pid: int
    worker_bytes: int


class Reply(NamedTuple):
    """How a unit ended.

    Attributes:
        result: What the function returned; meaningless where `failure` is set.
        failure: Why it returned nothing.
        seconds: How long it ran.
        cpu_seconds: How much of a processor it took.
        worker_cpu_seconds: What the worker took since it was started.
        worker_bytes: Resident memory of the worker after the unit.
    """

    result: Any
    failure: Failure | None
    seconds: float
    cpu_seconds: float
    worker_cpu_seconds: float
    worker_bytes: int
