"""How far a scan has come: counts of what has ended, and from them share, rate and ETA.

`percentage` is 100 x the sum over the stages of weight x ended / total; a stage with nothing to do
counts as done. It is a high-water mark cut (not rounded) to two decimals, at most 99.99 until the scan
has completed. Time is told to it; it reads no clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from technic.engine.scan.events import Snapshot, StageView
from technic.scanner.stages import DEFAULT_WEIGHTS, SCANNING, STAGES

QUEUED = "queued"
_RATE_SECONDS = 5.0  # how far back the moving average of the rate looks
_GROUND_SECONDS = 0.2  # before this there is nothing that an ETA could go by


@dataclass(slots=True)
class _Stage:
    """Counts of one stage; `total` is None until it is known."""

    name: str
    weight: float
    current: int = 0
    total: int | None = None
    began: float | None = None
    ended: float | None = None
    restored: int = 0  # of `current`: what had ended in another process
    restored_at: float | None = None
    _last: StageView | None = None  # how it looked when it had ended

    @property
    def share(self) -> float:
        """How much of it has ended, 0..1."""
        if self.total is None:
            return 0.0
        return 1.0 if self.total <= 0 else min(1.0, self.current / self.total)

    @property
    def done(self) -> bool:
        """Whether all of it has ended."""
        return self.total is not None and self.current >= self.total

    def seconds(self, now: float) -> float:
        """How long it has been going on, or went on."""
        if self.began is None:
            return 0.0
        return max(0.0, (now if self.ended is None else self.ended) - self.began)

    def view(self, now: float, *, stopped: bool) -> StageView:
        """The stage as users see it; `stopped`: the scan has ended."""
        if self.ended is None:
            return self._seen(now, stopped=stopped)
        if self._last is None or self._last.current != self.current:
            self._last = self._seen(now, stopped=stopped)
        return self._last

    def _seen(self, now: float, *, stopped: bool) -> StageView:
        if self.total is not None and self.total <= 0:
            status = "skipped"
        elif self.done:
            status = "completed"
        elif self.began is None:
            status = "skipped" if stopped else "pending"
        else:
            status = "stopped" if stopped else "running"
        return StageView(self.name, self.weight, self.current, self.total or 0, status, self.seconds(now))


@dataclass(slots=True)
class Progress:
    """The four stages of a scan and what follows from their counts."""

    stages: list[_Stage] = field(
        default_factory=lambda: [_Stage(n, w) for n, w in zip(STAGES, DEFAULT_WEIGHTS, strict=True)]
    )
    _at: int = -1
    _weighed: bool = False  # whether the weights are more than a default
    _high: float = 0.0
    _began: float | None = None
    _rate: float = 0.0
    _rate_at: float = 0.0
    _rate_share: float = 0.0
    _share: float | None = None  # None: to be summed anew
    _kept: Snapshot | None = None  # how another process left it
    _life_at: float | None = None  # when this process went on with it
    _life_share: float = 0.0

    def begin(self, now: float) -> None:
        """The scan begins: its first stage is one step."""
        self._began = self._rate_at = now
        self._at = 0
        self.expect(0, 1, now)

    def restore(self, snapshot: Snapshot, percentage: float) -> None:
        """Stand as another process left the scan; watchers may have seen `percentage`."""
        self._high = percentage
        self._kept = snapshot
        for stage, seen in zip(self.stages, snapshot.stages, strict=True):
            stage.weight, stage.current, stage.total = seen.weight, seen.current, seen.total
        names = [stage.name for stage in self.stages]
        self._at = names.index(snapshot.stage) if snapshot.stage in names else -1
        self._weighed = tuple(stage.weight for stage in self.stages) != DEFAULT_WEIGHTS

    def resume(self, now: float) -> None:
        """The scan goes on: what had ended is counted anew, the time that it took is not lost."""
        assert self._kept is not None, "restore() comes first"  # noqa: S101
        for stage, seen in zip(self.stages, self._kept.stages, strict=True):
            stage.current, stage.total = 0, None
            stage.began = now - seen.seconds if seen.seconds > 0.0 else None
        self.begin(now)
        self._began = now - self._kept.elapsed_seconds

    def resumed(self, now: float) -> None:
        """What had ended is counted: what is to come is told from what follows."""
        if self._kept is None:
            return
        self._life_at = self._rate_at = now
        self._life_share = self._rate_share = self.share
        for stage in self.stages:
            stage.restored, stage.restored_at = stage.current, now

    def weigh(self, weights: tuple[float, ...]) -> None:
        """Fix the stages' shares of the whole; once, before the counting starts, and for good."""
        if self._kept is not None and self._weighed:
            return
        self._weighed = weights != DEFAULT_WEIGHTS
        for stage, weight in zip(self.stages, weights, strict=True):
            stage.weight = weight
        self._share = None

    def expect(self, stage: int, total: int, now: float, *, relative: bool = False) -> None:
        """A stage's total is known; with `relative`, it has changed by so much."""
        entry = self.stages[stage]
        entry.total = total + (entry.total or 0 if relative else 0)
        if entry.began is None and total > 0 and stage <= self._at:
            entry.began = now
        self._settle(entry, now)

    def advance(self, stage: int, count: int, now: float) -> None:
        """`count` more of a stage's things have ended."""
        entry = self.stages[stage]
        if count <= 0:
            return
        if entry.began is None:
            entry.began = now
        entry.current += count
        self._settle(entry, now)

    def touch(self, stage: int, now: float) -> None:
        """Work on a stage has begun, though nothing of it has ended."""
        if self.stages[stage].began is None:
            self.stages[stage].began = now

    def _settle(self, entry: _Stage, now: float) -> None:
        self._share = None
        if entry.done and entry.ended is None:
            entry.ended = now
            if entry.began is None:
                entry.began = now
        while 0 <= self._at < len(self.stages) - 1 and self.stages[self._at].done:
            self._at += 1
            following = self.stages[self._at]
            if following.began is None and following.total:
                following.began = now

    @property
    def stage(self) -> _Stage | None:
        """The earliest stage that has not ended; None before the scan began."""
        return None if self._at < 0 else self.stages[self._at]

    @property
    def stage_name(self) -> str:
        """Its name; `queued` before the scan began."""
        return QUEUED if self._at < 0 else self.stages[self._at].name

    @property
    def share(self) -> float:
        """How much of the whole has ended, 0..1."""
        if self._share is None:
            self._share = math.fsum([stage.weight * stage.share for stage in self.stages])
        return self._share

    def percentage(self, *, completed: bool) -> float:
        """Of the whole scan, never less than it was."""
        if completed:
            self._high = 100.0
        else:
            cut = math.floor(self.share * 10_000.0 + 1e-6) / 100.0
            self._high = max(self._high, min(99.99, cut))
        return self._high

    def eta_seconds(self, now: float) -> float | None:
        """Seconds to the end of the whole, from the average and the recent rate; None without ground.

        Shares that nobody has measured say nothing of time: then scanning alone has one, the last long stage.
        """
        if self._began is None or self._at < 1:
            return None
        if not self._weighed:
            return self.stage_eta_seconds(now) if self._at == SCANNING else None
        began = self._began if self._life_at is None else self._life_at
        share, elapsed = self.share, now - began
        done = share - self._life_share
        if done <= 0.0 or elapsed < _GROUND_SECONDS:
            return None
        self._measure(share, now)
        average = done / elapsed
        recent = self._rate or average
        rate = 0.5 * (average + recent)
        return max(0.0, (1.0 - share) / rate)

    def _measure(self, share: float, now: float) -> None:
        """Move the recent rate towards what was done since the last look."""
        passed = now - self._rate_at
        if passed <= 0.0:
            return
        keep = math.exp(-passed / _RATE_SECONDS) if self._rate else 0.0
        self._rate = keep * self._rate + (1.0 - keep) * (share - self._rate_share) / passed
        self._rate_at, self._rate_share = now, share

    def rate(self, now: float) -> float:
        """Symbols that ended a second of the present stage; in a stage without symbols, of the one before."""
        entry = self.stages[min(max(self._at, 0), 2)]
        seconds = entry.seconds(now)
        return entry.current / seconds if seconds > 0.0 else 0.0

    def stage_eta_seconds(self, now: float) -> float | None:
        """Seconds to the end of the present stage; None without ground."""
        entry = self.stage
        if entry is None or entry.total is None or entry.current == entry.restored:
            return None
        done = entry.current - entry.restored
        seconds = entry.seconds(now)
        if entry.restored_at is not None:
            seconds = min(seconds, now - entry.restored_at)
        return (entry.total - entry.current) * seconds / done if seconds > 0.0 else None
