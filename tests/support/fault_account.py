"""What a whole ordeal came to: the account that the fault suite asserts and the benchmark prints."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.faults import FaultPlan, Happened, Ordeal, endure
from tests.support.poisoned_market import (
    MARKET,
    POISONS,
    Answer,
    answer_of,
    failures_found,
    requests,
    undisturbed,
    wanted,
)
from tests.support.poisoned_work import variables
from tests.support.watchers import Watch
from tests.support.watching import call

LATENCY_SECONDS = 0.2
UNIT_SECONDS = 0.1
"""Each symbol takes so long to arrive, each unit so much longer: twenty scans last about a minute."""

ORDEAL: Mapping[str, Any] = {
    **MARKET,
    "sources__simulated__latency_seconds": LATENCY_SECONDS,
    "store__kind": "sqlite",
    "engine__drain_grace_seconds": 2,
}


@dataclass(slots=True)
class Account:
    """What happened, and what came of it.

    Attributes:
        happened: What was done to the server.
        scans: How many scans there were.
        rows_expected: Rows of the undisturbed runs, of all scans together.
        rows_found: Rows of these.
        lost: Rows that are missing.
        doubled: Rows that are there twice.
        changed: Rows that differ, or should not be there.
        gaps: How often a watcher that came back was told that it missed something.
        connections: How often all watchers connected.
        retries: Tries of units that failed.
        flaws: All that should not be, in sentences.
        first_news_seconds: From a kill of the server to the first progress that a watcher saw.
    """

    happened: Happened
    scans: int = 0
    rows_expected: int = 0
    rows_found: int = 0
    lost: int = 0
    doubled: int = 0
    changed: int = 0
    gaps: int = 0
    connections: int = 0
    retries: int = 0
    flaws: list[str] = field(default_factory=list)
    first_news_seconds: list[float] = field(default_factory=list)

    @property
    def greeting_seconds(self) -> list[float]:
        """From a kill of the server to its next greeting."""
        return [
            back - killed
            for killed, back in zip(self.happened.killed_at, self.happened.greeted_at, strict=False)
        ]

    def compare(self, name: str, answer: Answer, right: Answer) -> None:
        """Count a scan's rows against those of the undisturbed run."""
        self.scans += 1
        self.rows_expected += len(right.rows)
        self.rows_found += len(answer.rows)
        due, found = Counter(dict(right.rows).items()), Counter(answer.rows)
        by_symbol = Counter(symbol for symbol, _ in answer.rows)
        self.doubled += sum(count - 1 for count in by_symbol.values())
        self.lost += len(dict(right.rows).keys() - by_symbol.keys())
        self.changed += len(found.keys() - due.keys())
        self.retries += answer.metrics.get("retries", 0)
        if answer.status != "completed":
            self.flaws.append(f"{name} is {answer.status}: {answer.error}")
        if answer.canonical != right.canonical:
            self.flaws.append(f"the rows of {name} are not those of the undisturbed run")

    def hear(self, watch: Watch, answer: Answer) -> None:
        """Take in what one watcher has seen."""
        self.gaps += watch.gaps
        self.connections += watch.connections
        self.flaws += watch.complaints
        if watch.last is None:
            self.flaws.append(f"{watch} saw no end")
        elif watch.last["status"] != answer.status:
            self.flaws.append(f"{watch} saw it {watch.last['status']}, and it is {answer.status}")
        if watch.kind != "poll" and not watch.gaps:
            returned = {symbol for symbol, _ in answer.rows}
            if set(watch.symbols) != returned:
                self.flaws.append(f"{watch} was told {len(watch.symbols)} of {len(returned)} matches")

    def time_news(self, watches: Sequence[Watch]) -> None:
        """After each kill of the server, when the first progress was seen, of whichever scan."""
        news = sorted(at for watch in watches for at in watch.news_at)
        for killed, back in zip(self.happened.killed_at, self.happened.greeted_at, strict=False):
            place = bisect_right(news, back)
            if place < len(news):
                self.first_news_seconds.append(news[place] - killed)


async def ordeal(folder: Path, plan: FaultPlan, count: int) -> Account:
    """All of it: the undisturbed runs, the ordeal, and a last look at what the server has kept."""
    asked = requests(count)
    right = await undisturbed(folder / "undisturbed", asked, POISONS)
    clean = await undisturbed(folder / "clean", asked, {})
    total = sum(answer.metrics["symbols_requested"] for answer in right)
    suffering = Ordeal(folder / "ordeal", variables(POISONS, unit_seconds=UNIT_SECONDS), ORDEAL)
    account = Account(suffering.happened)
    try:
        ended = await endure(suffering, plan, asked, total)
        await suffering.stop()
        await _look_again(suffering, account, ended)
    finally:
        await suffering.close()
    for each, (scan, answer), due, pure in zip(asked, ended, right, clean, strict=True):
        name = f"scan {scan['scan_id']} of {each}"
        account.compare(name, answer, due)
        if answer.canonical != pure.without(list(POISONS)):
            account.flaws.append(f"the rows of {name} are not those of a market without poison")
        account.flaws += [f"{name}: {flaw}" for flaw in failures_found(answer, pure, wanted(each))]
        for watch in suffering.watches_of(scan):
            account.hear(watch, answer)
    account.time_news(suffering.watches)
    return account


async def _look_again(
    suffering: Ordeal, account: Account, ended: Sequence[tuple[dict[str, Any], Answer]]
) -> None:
    """Start the server once more: it has nothing to do, and gives the same answers."""
    await suffering.start_again()
    suffering.happened.greeted_at.pop()  # it was not killed before
    _, active = await call(suffering.client, "GET", "/scan/active")
    if active["count"]:
        account.flaws.append(f"{active['count']} scans are still running")
    for scan, answer in ended:
        again = await answer_of(suffering.client, scan)
        if (again.status, again.canonical, again.failures) != (
            answer.status,
            answer.canonical,
            answer.failures,
        ):
            account.flaws.append(f"scan {scan['scan_id']} is another after a restart")
    await suffering.stop()
    account.flaws += [f"a worker outlives its server: {worker}" for worker in suffering.orphans()]
    account.flaws += suffering.happened.said
