"""How scans come in: new ones, those that a client asks for twice, and those that an earlier process left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

import structlog

from technic.clock import moment
from technic.config.settings import Settings
from technic.engine.actor import ScanActor
from technic.engine.heritage import (
    age_seconds,
    created,
    done_of,
    events_of,
    going_on,
    strikes_of,
    verdict_on,
)
from technic.engine.scan import messages as m
from technic.engine.scan.events import Snapshot
from technic.engine.scan.machine import ScanMachine
from technic.engine.scan.portrait import Identity
from technic.engine.scan.resumption import Resumption
from technic.engine.scan.retry import RetryPolicy
from technic.engine.stores.base import Claim, Reservation, ScanStore, Unfinished
from technic.engine.supervisor import Supervisor
from technic.engine.workshop import Workshop
from technic.errors import ConfigError
from technic.scanner.request import ScanRequest

_log = structlog.get_logger(__name__)


class KeyReused(ConfigError):
    """An Idempotency-Key was given with another request before."""

    code = "idempotency_key_reused"
    message = "This request cannot be told from an earlier one."
    suggestion = "Send a new Idempotency-Key with a new request; the same key repeats the first one."


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a request.

    Attributes:
        snapshot: The scan as it is now.
        joined: Whether the scan was there already.
    """

    snapshot: Snapshot
    joined: bool


@dataclass(slots=True)
class _Turn:
    """Those who come with one key go one after the other."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Admission:
    """Makes the actors of scans and hands them to the supervisor.

    Args:
        settings: All of them.
        store: Knows the scans of earlier processes, and whose key is whose.
        supervisor: Owns the actors.
        shop: What the actors share.
        random: The source of jitter.
    """

    def __init__(
        self, settings: Settings, store: ScanStore, supervisor: Supervisor, shop: Workshop, random: Random
    ) -> None:
        engine = settings.engine
        self._retry = RetryPolicy(engine.retry_attempts, engine.retry_base_seconds, engine.retry_cap_seconds)
        self._conflate_seconds = settings.streams.conflate_seconds
        self._keep_seconds = settings.store.checkpoint_seconds if store.durable else 0.0
        self._store = store
        self._supervisor = supervisor
        self._shop = shop
        self._random = random
        self._turns: dict[str, _Turn] = {}

    async def submit(self, request: ScanRequest, key: str | None = None) -> Submission:
        """Let a scan in, or find the one that has this key; outlives a caller that leaves.

        Raises:
            KeyReused: The key stands for another request.
            QueueFull, Stopping: It cannot be let in.
        """
        if key is None:
            return Submission(await self._supervisor.admit(lambda: self._start(request, None)), joined=False)
        return await asyncio.shield(asyncio.ensure_future(self._submit_once(request, key)))

    async def _submit_once(self, request: ScanRequest, key: str) -> Submission:
        async with self._turn(key):
            claim = await self._store.claim(key)
            wanted = request.request_key()
            if claim is not None and claim.request_key != wanted:
                raise KeyReused(f"the key {ascii(key)[:80]} stands for another request, scan {claim.scan_id}")
            known = None if claim is None else await self._store.snapshot(claim.scan_id)
            if known is not None:
                return Submission(known, joined=True)
            new = Claim(key, wanted, uuid4().hex)
            return Submission(await self._supervisor.admit(lambda: self._start(request, new)), joined=False)

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncIterator[None]:
        turn = self._turns.setdefault(key, _Turn())
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                del self._turns[key]

    async def _start(self, request: ScanRequest, claim: Claim | None) -> Snapshot:
        now = moment(self._shop.clock)
        scan_id = uuid4().hex if claim is None else claim.scan_id
        machine = self._machine(Identity(scan_id, request.priority, request.tags, now))
        actor = ScanActor(request, machine, self._shop)
        await actor.open(claim)
        first = machine.snapshot(now)
        await self._supervisor.adopt(actor)
        return first

    def _machine(self, identity: Identity, resumption: Resumption | None = None) -> ScanMachine:
        return ScanMachine(
            identity,
            retry=self._retry,
            random=self._random,
            conflate_seconds=self._conflate_seconds,
            keep_seconds=self._keep_seconds,
            resumption=resumption,
        )

    async def resume(self) -> int:
        """Take over what earlier processes left: those that had begun first. How many there are.

        What the last process died of is kept before anything is computed: the next death is another one.
        """
        suspected = self._shop.suspects.open()
        left = sorted(await self._store.unfinished(), key=lambda each: not each.begun)
        taken_over = [
            await self._take_over(each, suspected=each.snapshot.scan_id in suspected) for each in left
        ]
        self._shop.suspects.clear()
        for actor, first in taken_over:
            await (self._supervisor.adopt(actor) if first is None else self._supervisor.resume(actor, first))
        if left:
            _log.info("scans of an earlier process go on", scans=len(left))
        return len(left)

    async def _take_over(self, left: Unfinished, *, suspected: bool) -> tuple[ScanActor, m.Message | None]:
        """Own one of them; what its mailbox begins with, None where it waits for its turn again."""
        now = moment(self._shop.clock)
        resumption, strikes = going_on(left, now), strikes_of(left, suspected=suspected)
        last = left.snapshot
        identity = Identity(last.scan_id, last.priority, last.tags, created(left, now))
        self._shop.bus.restore(events_of(left, resumption))
        actor = ScanActor(left.request, self._machine(identity, resumption), self._shop, done_of(left))
        told = Reservation(resumption.seq, resumption.percentage)
        await actor.reopen(told, strikes, age_seconds(left, now))
        return actor, verdict_on(left, strikes) or (m.Resume() if left.begun else None)

    def close(self) -> None:
        """Nothing is computed any more."""
        self._shop.suspects.close()
