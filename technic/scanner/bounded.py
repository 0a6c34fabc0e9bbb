"""Values by key, kept within a bound of bytes; the least recently used goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Bounded(Generic[Key, Value]):
    """Values by key. Thread-safe.

    Args:
        limit_bytes: Most memory that they may take together; 0 keeps nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    @property
    def limit_bytes(self) -> int:
        """Most memory that they may take together."""
        return self._limit_bytes

    @property
    def nbytes(self) -> int:
        """How much memory they take, as far as who kept them knew."""
        return self._bytes

    def get(self, key: Key) -> Value | None:
        """A value, which is thereby the most recently used; None where it is not kept (any more)."""
        with self._lock:
            entry = self._kept.get(key)
            if entry is None:
                return None
            self._kept.move_to_end(key)
            return entry[0]

    def keep(self, key: Key, value: Value, nbytes: int) -> None:
        """Keep a value, and let the oldest go until all fit; one that never fits is not kept."""
        with self._lock:
            self._drop(key)
            if nbytes > self._limit_bytes:
                return
            self._kept[key] = value, nbytes
            self._bytes += nbytes
            while self._bytes > self._limit_bytes:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        _, nbytes = self._kept.pop(key, (None, 0))
        self._bytes -= nbytes
