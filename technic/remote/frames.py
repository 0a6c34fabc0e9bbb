"""The frames of a watch: what a client is told of a scan, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from technic.errors import TechnicError
from technic.remote.snapshot import Snapshot

Row = Mapping[str, Any]
"""A symbol that passed the filters: the fields of `GET /fields`, JSON values."""


@dataclass(frozen=True, slots=True)
class Hello:
    """A stream begins, or goes on after its connection was lost.

    Attributes:
        scan_id: Of which scan; empty in a watch of many.
        epoch: What gives the numbers; seqs of two epochs are not comparable.
        seq: Up to where everything is known, or known with what follows.
        recovered: Whether the server itself tells all that happened since. Where it does not, the watch
            asks for the rows that it has missed, and they follow as a `Match`.
        place: Where this watch stands, for `since`; empty in a watch of many.
    """

    scan_id: str
    epoch: str
    seq: int
    recovered: bool
    place: str


@dataclass(frozen=True, slots=True)
class Progress:
    """The scan has got on; only the newest of these is told to one who is slow.

    Attributes:
        snapshot: How it stands.
        place: Where this watch stands now, for `since`; empty in a watch of many.
        at: When it was told, in milliseconds of Unix time; None where that is not known.
    """

    snapshot: Snapshot
    place: str
    at: float | None

    @property
    def seq(self) -> int:
        """The snapshot's; it rises from frame to frame."""
        return self.snapshot.seq


@dataclass(frozen=True, slots=True)
class State(Progress):
    """The scan's state has changed; each change is told. The last frame of a watch is one that has ended."""


@dataclass(frozen=True, slots=True)
class Match:
    """Symbols that passed, as they are found; a watch tells each of them once.

    Attributes:
        scan_id: Of which scan.
        seq: Never lower than that of the frame before.
        rows: At least one.
        place: Where this watch stands now, for `since`.
        at: When they were told, in milliseconds of Unix time; None where that is not known.
    """

    scan_id: str
    seq: int
    rows: tuple[Row, ...]
    place: str
    at: float | None


@dataclass(frozen=True, slots=True)
class Missing:
    """A scan of which nothing more can be told, in a watch of many: the server does not know it.

    Attributes:
        scan_id: Which.
        error: What the server says of it; not raised.
    """

    scan_id: str
    error: TechnicError


Frame = Hello | Progress | State | Match | Missing
