"""What can be scanned and asked for: the universe, one symbol, presets and fields."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from aiohttp import web
from pydantic import Field

from technic.engine.inspection import Look
from technic.errors import InvalidRequest
from technic.http.answers import json_response, large_json_response
from technic.http.inputs import Query, given_twice
from technic.http.keys import ENGINE
from technic.http.legacy import read_parameters
from technic.http.refusals import InvalidQuery
from technic.scanner.fields import FIELDS
from technic.scanner.filter_operators import with_operators
from technic.scanner.filters import OPERATORS
from technic.scanner.finding import found
from technic.scanner.request import ScanRequest, parse_request
from technic.scanner.universe import Listing, Universe


class UniverseQuery(Query):
    """Which part of the universe: of one sector, what somebody may mean by `search`, and a page of it.

    Attributes:
        sector: Symbols of this sector only, in any spelling.
        search: A part of a symbol or of a company's name; the nearest come first.
        offset: How many to pass over.
        limit: How many at most.
    """

    sector: str | None = Field(None, examples=["Energy"])
    search: str | None = Field(None, max_length=100, examples=["sim00"])
    offset: int = Field(0, ge=0, le=2**31, examples=[500])
    limit: int = Field(500, ge=1, le=20_000, examples=[100])


async def universe(request: web.Request) -> web.Response:
    """GET /universe: the symbols in their order, a page of them; `sectors` and `industries` count all."""
    query = UniverseQuery.read(request)
    known = (await request.app[ENGINE].view()).universe
    return await large_json_response(lambda: _page(known, query))


def _page(known: Universe, query: UniverseQuery) -> dict[str, Any]:
    chosen = found(_of_sector(known, query.sector), query.search or "")
    return {
        "total": len(chosen),
        "offset": query.offset,
        "limit": query.limit,
        "sectors": {name: len(known.select(sectors=[name]).positions) for name in known.sectors},
        "industries": {name: len(known.select(industries=[name]).positions) for name in known.industries},
        "symbols": [asdict(listing) for listing in chosen[query.offset : query.offset + query.limit]],
    }


def _of_sector(known: Universe, sector: str | None) -> tuple[Listing, ...]:
    if sector is None:
        return known.listings
    try:
        return known.select(sectors=[sector]).listings
    except InvalidRequest as error:
        raise InvalidQuery(tuple(replace(fault, pointer="/sector") for fault in error.faults)) from None


class SymbolQuery(Query):
    """How many bars are shown.

    Attributes:
        bars: The newest so many of those that were rated; all where it is not given.
    """

    bars: int | None = Field(None, ge=0, le=100_000, examples=[250])


OF_A_REQUEST = ("lookback_bars", "as_of", "account_size", "risk_pct", "target_rr", "allow_shorts")
"""Fields of a ScanRequest that say which bars are rated, and what the trade plan is made for."""


async def symbol(request: web.Request) -> web.Response:
    """GET /symbols/{symbol}: bars, indicators and votes; bars rated and trade plan as in a ScanRequest."""
    look = Look(request.match_info["symbol"], _asked_for(request), SymbolQuery.read(request).bars)
    report = await request.app[ENGINE].inspect(look)
    return await large_json_response(lambda: report)


def _asked_for(request: web.Request) -> ScanRequest:
    """Which bars of the symbol to rate, and what a trade plan is made for. Raises InvalidQuery."""
    if faults := given_twice(request, OF_A_REQUEST):
        raise InvalidQuery(faults)
    named = {name: request.query[name] for name in OF_A_REQUEST if name in request.query}
    try:
        return parse_request(read_parameters(named)[0], today=request.app[ENGINE].clock.now().date())
    except InvalidRequest as error:
        raise InvalidQuery(error.faults) from None


async def presets(request: web.Request) -> web.Response:
    """GET /presets: the named filters, built-in ones and those of the settings, in the JSON of requests."""
    return json_response({"presets": [asdict(preset) for preset in request.app[ENGINE].presets.values()]})


async def fields(_request: web.Request) -> web.Response:
    """GET /fields: the columns of a row, which are what filters and orders know, each with its operators."""
    told = [with_operators(field) for field in FIELDS]
    return json_response({"fields": told, "operators": OPERATORS})
