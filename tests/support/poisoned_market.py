"""The market of the fault suite, its poisoned symbols, and what the scans ask of it.

A scan's right answer is computed, not assumed: by servers that nothing disturbs (`undisturbed`), once with
the same poisons and once without any.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector

from technic.config.settings import SimulatedSettings
from technic.scanner.request import ScanRequest
from technic.scanner.sources.simulated import SimulatedSource
from tests.support.poisoned_server import PROGRAM
from tests.support.poisoned_work import FATES, Poison, variables
from tests.support.server import serving
from tests.support.watching import Frame, call, end_of, start

SYMBOLS = 1280
LAST_DAY = date(2024, 6, 28)
EARLIER_DAY = "2024-03-28"

POISONS: Mapping[str, Poison] = {
    "SIM0300": Poison("segfault", "rating"),
    "SIM0470": Poison("nan", "fetching"),
    "SIM0700": Poison("hang", "fetching"),
    "SIM0900": Poison("allocate", "rating"),
    "SIM0930": Poison("raise", "rating"),
}
"""Far apart, but for two in one group of 64."""

MARKET: Mapping[str, Any] = {
    "sources__simulated__symbols": SYMBOLS,
    "sources__simulated__years": 3,
    "sources__simulated__end": LAST_DAY,
    "engine__workers": 2,
    "engine__unit_symbols": 64,
    "engine__unit_seconds": 2,
    "engine__worker_bytes": 2**28,
    "log__level": "error",
}
"""Settings of every server here. A unit may take two seconds; one that nothing disturbs takes a tenth.

A worker that allocates without end shall not have to fill the machine's memory first. That a worker died
is a warning, with its last words; an error is one of the server's own.
"""

_KILLED = ("system_error", "worker_died")
_ASKED: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"lookback_bars": 150},
    {"filters": [{"field": "rsi", "op": "<", "value": 50}]},
    {"sectors": ["Energy", "Utilities", "Health Care"]},
    {"max_symbols": 400},
    {"as_of": EARLIER_DAY},
    {"min_tech_rating": 10},
    {"symbols": [f"SIM{number:04}" for number in range(1, SYMBOLS, 7)], "lookback_bars": 150},
    {"sort_by": "symbol", "descending": False},
    {"preset": "oversold", "limit": None, "fresh": False},
    {"filters": [{"field": "close", "op": "crosses_above", "value": {"field": "sma50"}, "within": 10}]},
    {"symbols": [*POISONS, "SIM0001", "SIM1280", "NOBODY"]},
    {"as_of": EARLIER_DAY, "sectors": ["Financials"]},
    {"lookback_bars": 0, "max_symbols": 700},
    {"fresh": False},
    {"allow_shorts": True, "max_symbols": 200},
    {"lookback_bars": 150, "sectors": ["Information Technology"]},
    {"as_of": EARLIER_DAY, "min_tech_rating": -20},
    {"filters": [{"field": "volume", "op": ">", "value": 1_000_000}], "sort_by": "volume"},
)


def requests(count: int) -> list[dict[str, Any]]:
    """What that many scans ask: some the same, some what others ask too, and of other days and bars."""
    asked = itertools.islice(itertools.cycle(_ASKED), count)
    return [{"fresh": True, "priority": place % 10, **each} for place, each in enumerate(asked)]


def client_of(url: str) -> ClientSession:
    """A client that may hold any number of streams, each with a line as long as a block of rows."""
    return ClientSession(url, connector=TCPConnector(limit=0), read_bufsize=2**23)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scan came to.

    Attributes:
        status: Its terminal state.
        rows: In order, each with its symbol and as canonical JSON.
        failures: In no order: symbol, error_type, code.
        metrics: Its performance_metrics.
        error: Why it failed, if it did.
    """

    status: str
    rows: tuple[tuple[str, bytes], ...]
    failures: tuple[tuple[str, str, str], ...]
    metrics: Frame
    error: Frame | None

    @property
    def canonical(self) -> bytes:
        """`results[]` as canonical JSON."""
        return b"[%b]" % b",".join(row for _, row in self.rows)

    def without(self, symbols: Sequence[str]) -> bytes:
        """The same without some symbols."""
        return b"[%b]" % b",".join(row for symbol, row in self.rows if symbol not in symbols)


def canonical(row: Frame) -> bytes:
    """JSON with one spelling for one value: keys in order, no space."""
    return json.dumps(row, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


async def answer_of(client: ClientSession, scan: Frame) -> Answer:
    """What an ended scan came to; one without a result has the reason for a status."""
    status, body = await call(client, "GET", scan["results_url"])
    if status != 200:
        return Answer(body["code"], (), (), {}, body)
    failures = [
        (symbol, each["error_type"], each["code"])
        for each in body["failures"]
        for symbol in each["affected_symbols"] or [""]
    ]
    return Answer(
        status=body["status"],
        rows=tuple((row["symbol"], canonical(row)) for row in body["results"]),
        failures=tuple(sorted(failures)),
        metrics=body["performance_metrics"],
        error=body["error"],
    )


def wanted(asked: Mapping[str, Any]) -> frozenset[str]:
    """The symbols of the market that a request means."""
    request = ScanRequest.model_validate_json(json.dumps(asked))
    source = SimulatedSource(SimulatedSettings(symbols=SYMBOLS, end=LAST_DAY))
    selection = source.universe().select(
        request.symbols, request.sectors or None, request.industries or None, request.max_symbols
    )
    return frozenset(listing.symbol for listing in selection.listings)


async def undisturbed(
    folder: Path,
    asked: Sequence[Mapping[str, Any]],
    poisons: Mapping[str, Poison],
    settings: Mapping[str, Any] = MARKET,
) -> list[Answer]:
    """What scans come to on a server where nothing has to arrive and nobody kills anything."""
    with serving(folder, program=PROGRAM, variables=variables(poisons), **settings) as server:
        async with client_of(server.url) as client:
            scans = await asyncio.gather(*(start(client, **each) for each in asked))
            await asyncio.gather(*(end_of(client, scan) for scan in scans))
            return [await answer_of(client, scan) for scan in scans]


def failures_found(answer: Answer, clean: Answer, symbols: frozenset[str]) -> list[str]:
    """What is wrong with the failures of a scan that wanted these symbols while workers were killed.

    Right are those of the clean market and, for each poisoned symbol, the one that its poison calls for. One
    that hangs is alone with a worker for seconds, and the worker of its last try may be one that was killed.
    """
    natural = {symbol: (kind, code) for symbol, kind, code in clean.failures if symbol not in POISONS}
    poisoned = {symbol: POISONS[symbol].deed for symbol in POISONS if symbol in symbols}
    counts = Counter(symbol for symbol, _, _ in answer.failures)
    found = [f"{symbol} failed {count} times" for symbol, count in counts.items() if count > 1]
    for symbol, kind, code in answer.failures:
        deed = poisoned.get(symbol)
        due = deed is not None and (kind == FATES[deed][0] and code in FATES[deed][1])
        killed = deed == "hang" and (kind, code) == _KILLED
        if natural.get(symbol) != (kind, code) and not (due or killed):
            found.append(f"{symbol} failed with {kind} {code}")
    missing = (natural.keys() | poisoned.keys()) - counts.keys()
    return found + [f"{symbol} did not fail" for symbol in sorted(missing)]
