"""What can be scanned and asked for."""

from __future__ import annotations

from technic.engine.pool import endings
from technic.errors import (
    ApiError,
    CacheError,
    DataError,
    InsufficientHistory,
    NothingToScan,
    Stopping,
    SystemFault,
    TimeoutExceeded,
    UnknownSymbol,
    UnreadableBars,
    WorkerDied,
)
from technic.http.bodies.market import FieldsBody, PresetsBody, SymbolBody, UniverseBody
from technic.http.openapi.operation import Answer, Case, Content, Operation
from technic.http.refusals import InvalidQuery
from technic.http.symbols import OF_A_REQUEST, SymbolQuery, UniverseQuery

TAG = "Market"
_UNITS = (
    Case(500, endings.UNIT_CANCELLED, "A part of the work was cancelled.", SystemFault),
    Case(500, endings.WORKERS_UNAVAILABLE, "No worker process can be started.", SystemFault),
    Case(504, endings.UNIT_OVERRAN, "A part of the work ran longer than it may.", TimeoutExceeded),
)

OPERATIONS = (
    Operation(
        method="GET",
        path="/universe",
        name="universe",
        tag=TAG,
        summary="The symbols that can be scanned",
        words="In their order, a page of them.",
        query=UniverseQuery,
        answers=(Answer(200, "A page of them.", (Content(UniverseBody),)),),
        cases=(InvalidQuery, DataError, NothingToScan),
    ),
    Operation(
        method="GET",
        path="/symbols/{symbol}",
        name="symbol",
        tag=TAG,
        summary="Why a symbol has its rating",
        words="Its row, its bars, every indicator, and the 26 votes with what they looked at. The bars to "
        "rate and the figures of the trade plan are those of a ScanRequest.",
        query=SymbolQuery,
        of_request=OF_A_REQUEST,
        answers=(Answer(200, "All about it.", (Content(SymbolBody),)),),
        cases=(
            UnknownSymbol, InvalidQuery, InsufficientHistory, DataError, UnreadableBars, NothingToScan,
            ApiError, CacheError, WorkerDied, Stopping, *_UNITS,
        ),
    ),
    Operation(
        method="GET",
        path="/presets",
        name="presets",
        tag=TAG,
        summary="Named filters",
        words="A request's own fields go before a preset's; filters add up.",
        answers=(Answer(200, "All of them.", (Content(PresetsBody),)),),
    ),
    Operation(
        method="GET",
        path="/fields",
        name="fields",
        tag=TAG,
        summary="The columns of a row",
        words="Which are also what filters and orders know, each with the operators that it takes.",
        answers=(Answer(200, "All of them, in order.", (Content(FieldsBody),)),),
    ),
)  # fmt: skip
"""Every route of the market."""
