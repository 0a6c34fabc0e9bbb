"""What a scan tells the world, and when: events under one rising number, rows once they are kept.

The machine decides what happens; the herald turns it into instructions to announce and to keep.
"""

from __future__ import annotations

from technic.clock import Moment
from technic.engine.scan.events import MatchesFound, ProgressAdvanced, Snapshot, StateChanged
from technic.engine.scan.harvest import Harvest
from technic.engine.scan.instructions import Announce, Instruction, Keep, KeepAfter, WakeAfter
from technic.engine.scan.lifecycle import Phase
from technic.engine.scan.pace import Pace
from technic.engine.scan.portrait import Identity, portray
from technic.engine.scan.progress import Progress
from technic.engine.scan.tally import Tally
from technic.scanner.checkpoint import Checkpoint


class Herald:
    """The voice of one scan.

    Args:
        identity: What never changes of the scan.
        progress: Its counts, which the machine moves.
        tally: Its other counts; of these the herald moves `matches`, for a row counts when it is told of.
        pace: When progress is told.
        harvest: When what has ended is kept.
        seq: The number before that of its first event.
    """

    def __init__(
        self,
        identity: Identity,
        progress: Progress,
        tally: Tally,
        *,
        pace: Pace,
        harvest: Harvest,
        seq: int = -1,
    ) -> None:
        self._identity = identity
        self._progress = progress
        self._tally = tally
        self._pace = pace
        self._harvest = harvest
        self._seq = seq

    def snapshot(self, phase: Phase, now: Moment) -> Snapshot:
        """The scan as it is now, under the number of its last event."""
        return portray(self._identity, self._seq, phase, progress=self._progress, tally=self._tally, now=now)

    def state(self, phase: Phase, now: Moment) -> Announce:
        """The scan's state has changed."""
        return self._show(StateChanged, phase, now)

    def progress(self, phase: Phase, now: Moment) -> Announce:
        """Something has ended since the last snapshot."""
        return self._show(ProgressAdvanced, phase, now)

    def end(self, phase: Phase, now: Moment) -> Announce:
        """The scan has ended; rows that nobody has heard of yet are kept with it, in the result."""
        found = self._harvest.take()
        matches = None if found is None else self._matches(found, self._next())
        shown = self.state(phase, now)
        return Announce(shown.event, matches)

    def news(self, phase: Phase, now: Moment) -> list[Instruction]:
        """There is news: tell it at the tick that is due for it."""
        if self._pace.interval_seconds <= 0.0:
            return [self.progress(phase, now)]
        seconds = self._pace.ask_to_wake(self._progress.stage_name, now.seconds)
        return [] if seconds is None else [WakeAfter(seconds)]

    def woken(self, phase: Phase, now: Moment) -> list[Instruction]:
        """The tick has come."""
        return [self.progress(phase, now)] if self._pace.woken() else []

    def gather(self, checkpoint: Checkpoint, now: Moment) -> list[Instruction]:
        """Something has ended for good: keep it once it has waited long enough."""
        self._harvest.add(checkpoint, now.seconds)
        seconds = self._harvest.ask(now.seconds)
        if seconds is None:
            return []
        return self.keep() if seconds <= 0.0 else [KeepAfter(seconds)]

    def keep_due(self, now: Moment) -> list[Instruction]:
        """The time has come: keep what has ended, unless there is so much of it that it waits longer."""
        seconds = self._harvest.due(now.seconds)
        return self.keep() if seconds is None else [KeepAfter(seconds)]

    def keep(self) -> list[Instruction]:
        """Keep what has ended now, and tell of its rows."""
        found = self._harvest.take()
        if found is None:
            return []
        kept = Keep(self._next(), found)
        matches = self._matches(found, kept.seq)
        return [kept] if matches is None else [kept, Announce(matches)]

    def _matches(self, found: Checkpoint, seq: int) -> MatchesFound | None:
        """The event that tells of rows; they count as matches from now on."""
        if found.rows is None or not found.matches:
            return None
        self._tally.matches += found.matches
        return MatchesFound(self._identity.scan_id, seq, found.rows)

    def _show(self, kind: type[StateChanged | ProgressAdvanced], phase: Phase, now: Moment) -> Announce:
        seq = self._next()
        self._pace.shown(self._progress.stage_name, now.seconds)
        return Announce(kind(self._identity.scan_id, seq, self.snapshot(phase, now)))

    def _next(self) -> int:
        self._seq += 1
        return self._seq
