"""What the readers of one scan were told, side by side: nothing lost, nothing twice, nothing out of order.

Progress is conflated, so a reader may miss it. States and matches are due to every reader that has watched
from the beginning to the end: what one of them was told and another was not is lost, and the rows of all
matches together are as many as the last snapshot says. A reader whom the server tells that it cannot replay
all is not judged by that: it is a gap, and counted as one.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

from technic.cli.loading.account import Account
from technic.remote.raw import ENDED, Raw, greeting_of, kind_of, place, rows_of, seq_of, symbol_of, told_at

SCANNING = "symbol_scanning"
_REMEMBERED = 4096
"""Of so many of a scan's newest frames the first receipt is remembered."""

Frame = Raw


class Ledger:
    """One scan, as all its readers saw it.

    Args:
        account: Where faults and durations are counted.
        timed: Whether the server's clock is this machine's, so that its times can be compared with ours.

    Attributes:
        last: The terminal snapshot, once anybody has it.
        ended: Set as soon as somebody has it.
        gapped: Whether a reader could not be told all: then rows that it is told anew are no fault.
    """

    def __init__(self, account: Account, *, timed: bool) -> None:
        self.account = account
        self.timed = timed
        self.last: Frame | None = None
        self.ended = asyncio.Event()
        self.gapped = False
        self._views: list[View] = []
        self._receipts: OrderedDict[int, float] = OrderedDict()
        self._rows: dict[int, int] = {}
        self._symbols: set[str] = set()

    def open(self, *, quick: bool = True) -> View:
        """The account of one more reader, whose receipts are timed where it reads as quickly as it can."""
        view = View(self, quick=quick)
        self._views.append(view)
        return view

    def received(self, seq: int, now: float) -> float:
        """When the first reader had a frame."""
        first = self._receipts.setdefault(seq, now)
        if len(self._receipts) > _REMEMBERED:
            self._receipts.popitem(last=False)
        return first

    def match(self, frame: Frame) -> None:
        """The rows of a match: told to all alike, and no symbol in two."""
        seq, rows = seq_of(frame), rows_of(frame)
        if seq in self._rows:
            self.account.lost += len(rows) < self._rows[seq]
            return
        self._rows[seq] = len(rows)
        told = {symbol_of(row) for row in rows}
        if not self.gapped:
            self.account.doubled += len(rows) - len(told - self._symbols)
        self._symbols |= told

    def close(self) -> None:
        """Judge the readers by one another, once all have ended."""
        whole = [view for view in self._views if view.whole]
        due = set().union(*(view.due for view in whole)) if whole else set()
        for view in whole:
            self.account.lost += len(due - view.due)
        if whole and self.last is not None and not self.gapped:
            found = sum(self._rows[seq] for seq in self._rows.keys() & due)
            self.account.lost += found < self.last["matches"]
            self.account.doubled += found > self.last["matches"]


class View:
    """One reader of a scan.

    Attributes:
        seq: The last that it was told; -1 before the first.
        epoch: Whose numbers these are.
        due: The seqs of states and matches that it was told.
        ended: Whether it has the terminal snapshot.
    """

    def __init__(self, ledger: Ledger, *, quick: bool) -> None:
        self.seq = -1
        self.epoch: str | None = None
        self.due: set[int] = set()
        self.ended = False
        self._ledger = ledger
        self._quick = quick
        self._typed = False
        self._gap = False
        self._greeted = True
        self._opened = (0.0, 0.0)

    @property
    def place(self) -> str:
        """Where it stands, as it says when it comes back."""
        return place(self.epoch, self.seq)

    @property
    def whole(self) -> bool:
        """Whether it was told all from the beginning to the end, as far as the server said."""
        return self._typed and self.ended and not self._gap

    def connect(self) -> None:
        """It opens its stream, or opens it again."""
        self._greeted = False
        self._typed = True
        self._opened = (time.monotonic(), time.time())

    def take(self, frame: Frame) -> None:
        """One frame of a typed stream; what is no event of the scan is an error."""
        kind = kind_of(frame)
        if kind == "hello":
            self._hello(frame)
        elif kind == "match":
            self._greeted = True
            if self._number(frame):
                self._time(frame)
                self._ledger.match(frame)
        elif kind is not None:
            self._snapshot(frame, kept=kind == "state")
        else:
            error = frame.get("error")
            self._ledger.account.err(str(error.get("code")) if isinstance(error, dict) else "unknown_frame")

    def poll(self, snapshot: Frame) -> None:
        """A snapshot that was asked for: it may be the same as before, but never an older one."""
        seq = seq_of(snapshot)
        self._ledger.account.out_of_order += seq < self.seq
        self.seq = max(self.seq, seq)
        self._look(snapshot)

    def _hello(self, frame: Frame) -> None:
        told = greeting_of(frame)
        self.epoch = told.epoch
        self._opened = (time.monotonic(), time.time())
        if not told.recovered:
            self._gap = self._ledger.gapped = True
            self._ledger.account.gaps += 1

    def _snapshot(self, frame: Frame, *, kept: bool) -> None:
        greeting, self._greeted = not self._greeted, True
        known = greeting and seq_of(frame) <= self.seq  # how it stands, for one who has seen all of it
        if not known and self._number(frame, kept=kept):
            self._time(frame)
        self._look(frame)

    def _number(self, frame: Frame, *, kept: bool = True) -> bool:
        """Whether a frame is new; if not, a fault is counted."""
        seq, account = seq_of(frame), self._ledger.account
        if seq in self.due or seq == self.seq:
            account.doubled += 1
            return False
        if seq < self.seq:
            account.out_of_order += 1
        self.seq = max(self.seq, seq)
        if kept:
            self.due.add(seq)
        now = time.monotonic()
        first = self._ledger.received(seq, now)
        if self._quick and now > first >= self._opened[0]:
            account.spread.add(now - first)
        return True

    def _time(self, frame: Frame) -> None:
        """How long ago a frame was told, if that was since this reader came."""
        at = told_at(frame) if self._quick and self._ledger.timed else None
        if at is not None and at / 1e3 >= self._opened[1]:
            self._ledger.account.delivery.add(time.time() - at / 1e3)

    def _look(self, snapshot: Frame) -> None:
        """See whether it is the end."""
        if snapshot["status"] in ENDED:
            self.ended = True
            self._ledger.last = self._ledger.last or snapshot
            self._ledger.ended.set()
