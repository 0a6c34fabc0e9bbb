"""The bounds that a load is held to, and which of them it has passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from technic.cli.loading.account import Account
from technic.cli.loading.histogram import Histogram
from technic.cli.loading.vitals import LAG, Vitals


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The most that may be; None for whatever there is."""

    p99_ms: float | None = None
    start_p99_ms: float | None = None
    poll_p99_ms: float | None = None
    lag_ms: float | None = None
    errors: int | None = None
    lost: int = 0


def passed(bounds: Bounds, account: Account, vitals: Vitals) -> list[str]:
    """What was found too much, in sentences; a bound that nothing was measured for is passed."""
    return [*_faults(bounds, account), *_slow(bounds, account), *_late(bounds, vitals)]


def _faults(bounds: Bounds, account: Account) -> Iterator[str]:
    if not account.ended:
        yield "no scan has ended"
    if account.unfinished:
        scans = "1 scan was" if account.unfinished == 1 else f"{account.unfinished:,} scans were"
        yield f"{scans} not seen to the end"
    if account.lost > bounds.lost:
        yield f"{_frames(account.lost)} lost, {bounds.lost} allowed"
    if account.doubled:
        yield f"{_frames(account.doubled)} doubled"
    if account.out_of_order:
        yield f"{_frames(account.out_of_order)} out of order"
    if bounds.errors is not None and account.errors.total() > bounds.errors:
        yield f"{account.errors.total():,} errors, {bounds.errors} allowed"


def _frames(count: int) -> str:
    return "1 frame was" if count == 1 else f"{count:,} frames were"


def _slow(bounds: Bounds, account: Account) -> Iterator[str]:
    for name, most, durations in (
        ("delivery", bounds.p99_ms, delivery_of(account)),
        ("a start", bounds.start_p99_ms, account.start),
        ("polling", bounds.poll_p99_ms, account.poll),
    ):
        if most is None:
            continue
        found = 1e3 * durations.percentile(99)
        if not durations.count:
            yield f"nothing was measured of {name}, which was to be held to {most:g} ms"
        elif found > most:
            yield f"p99 of {name} is {found:.2f} ms, {most:g} ms allowed"


def delivery_of(account: Account) -> Histogram:
    """How long delivery takes: by the clock where it is shared, else by the first reader."""
    return account.delivery if account.delivery.count else account.spread


def _late(bounds: Bounds, vitals: Vitals) -> Iterator[str]:
    if bounds.lag_ms is None:
        return
    lag = vitals.figures.get(LAG)
    if lag is None:
        yield "the server does not tell how late its event loop is, which was to be bounded"
    elif lag.most > bounds.lag_ms:
        yield f"p99 of the server's event loop was {lag.most:.1f} ms late, {bounds.lag_ms:g} ms allowed"
