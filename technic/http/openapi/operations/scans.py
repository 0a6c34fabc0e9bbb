"""Starting, following, stopping and forgetting scans."""

from __future__ import annotations

from technic.engine.admission import KeyReused
from technic.engine.codec.packing import RecordDamaged
from technic.engine.stores.reading import HistoryUnreadable
from technic.errors import (
    DataError,
    InvalidRequest,
    NothingToScan,
    QueueFull,
    ScanUnfinished,
    Stopping,
    TimeoutExceeded,
    UnknownScan,
)
from technic.http.bodies.results import LegacyBody, ResultBody, WaitedBody
from technic.http.bodies.scans import ActiveBody, AskedBody, CancelBody, SnapshotBody, StartBody
from technic.http.idempotency import IDEMPOTENCY_KEY, KEY_PATTERN
from technic.http.legacy import READERS
from technic.http.negotiation import NAMES
from technic.http.openapi.operation import Answer, Case, Content, Header, Operation, Parameter
from technic.http.preferences import APPLIED, PREFER
from technic.http.refusals import (
    BodyTooSlow,
    InvalidKey,
    InvalidQuery,
    MalformedBody,
    NotAcceptable,
    TooManyExports,
    TooManyStreams,
    UnsupportedMedia,
)
from technic.http.results import ResultsQuery
from technic.scanner.export import EXPORTS
from technic.scanner.request import ScanRequest

TAG = "Scans"
_GONE = (UnknownScan, HistoryUnreadable, RecordDamaged)
_TOO_LARGE = Case(413, "body_too_large", "The body is larger than the setting server.max_body_bytes allows.")
_PREFER = Header(
    PREFER,
    "`wait=N` (RFC 7240): wait up to N seconds, at most 60, for the scan's end. What cannot be read counts "
    "as not there.",
    "wait=10",
)
_KEY = Header(
    IDEMPOTENCY_KEY,
    "A name of your own for this start: the same key with the same request is the same scan, however often "
    "it is sent, for as long as the scan is kept. Take a new UUID for each scan.",
    "6f1c1e8e-5d7a-4c2f-9d40-1a6b3f0f2f11",
    {"type": "string", "pattern": KEY_PATTERN},
)
_FORMAT = Parameter(
    "format",
    "The form of the answer; what the Accept header likes best where it is not given.",
    {"type": "string", "enum": list(NAMES), "examples": ["csv"]},
)
_CSV = {"type": "string", "description": "A line of names, then a line a row (RFC 4180)."}
_LINES = {"type": "string", "description": "A JSON object a row, one a line."}
_HELD = Header("If-None-Match", "The entity tag of what you have.", '"0724821f-14"')
_WITH_ID = ("scanProgress", "scanResults", "scanRequest", "cancelScan", "forgetScan")

OPERATIONS = (
    Operation(
        method="POST",
        path="/scan/start",
        name="startScan",
        tag=TAG,
        summary="Start a scan",
        words="The body is a ScanRequest; all fields are optional, and so is the body. With "
        '`"async_mode": false` the call waits for the end and answers 200 with the rows, also of a scan that '
        "failed: its `status` says so; a client that leaves then cancels its scan. `Prefer: wait=N` waits "
        "so long at most, and a client that leaves such a wait does not cancel its scan. A sector or an "
        "industry that the market does not know is 422.",
        body=ScanRequest,
        headers=(_KEY, _PREFER),
        answers=(
            Answer(200, "The scan has ended; with its rows.", (Content(WaitedBody),), (f"{APPLIED}?",)),
            Answer(
                202,
                "The scan is taken, and will run; or it is there already, under the same key.",
                (Content(StartBody),),
                ("Location", "Retry-After", f"{APPLIED}?"),
            ),
        ),
        cases=(
            MalformedBody, InvalidKey, BodyTooSlow, _TOO_LARGE, UnsupportedMedia, InvalidRequest, KeyReused,
            QueueFull, TooManyStreams, DataError, NothingToScan, Stopping, HistoryUnreadable, RecordDamaged,
        ),
        links={200: _WITH_ID, 202: _WITH_ID},
    ),
    Operation(
        method="GET",
        path="/scan/progress/{scan_id}",
        name="scanProgress",
        tag=TAG,
        summary="How far a scan is",
        words="The newest snapshot, also of a scan that has failed. Who polls sends its `ETag` back and is "
        "answered 304 until there is news.",
        headers=(_HELD,),
        answers=(
            Answer(200, "The newest snapshot.", (Content(SnapshotBody),), ("ETag", "Cache-Control")),
            Answer(304, "There is nothing newer than what you have.", (), ("ETag", "Cache-Control")),
        ),
        cases=_GONE,
    ),
    Operation(
        method="GET",
        path="/scan/results/{scan_id}",
        name="scanResults",
        tag=TAG,
        summary="The rows of a scan",
        words="Of a scan that has ended: completed, or cancelled or failed with what it had found; with "
        "`?partial=true` of one that goes on, too. CSV, Parquet and JSON lines hold the rows alone, JSON "
        "and msgpack all that is known. Many rows are sent while they are made; an answer that cannot "
        "be finished is broken off, and seen to be.",
        query=ResultsQuery,
        parameters=(_FORMAT,),
        headers=(_PREFER, _HELD),
        answers=(
            Answer(
                200,
                "The rows, a page of them. What is final has an `ETag`.",
                (
                    Content(ResultBody),
                    Content(_CSV, "text/csv"),
                    Content(None, EXPORTS["parquet"][0]),
                    Content(None, EXPORTS["msgpack"][0]),
                    Content(_LINES, EXPORTS["jsonl"][0]),
                ),
                ("Vary", "ETag?", "Content-Disposition?", f"{APPLIED}?"),
            ),
            Answer(304, "They are as you have them.", (), ("Vary", "ETag", "Cache-Control")),
        ),
        cases=(*_GONE, ScanUnfinished, NotAcceptable, InvalidQuery, TooManyExports, TooManyStreams, Stopping),
    ),
    Operation(
        method="GET",
        path="/scan/request/{scan_id}",
        name="scanRequest",
        tag=TAG,
        summary="What a scan was asked for",
        words="The fields that were given, whole: they start another scan like it.",
        answers=(Answer(200, "What it was asked for.", (Content(AskedBody),)),),
        cases=_GONE,
    ),
    Operation(
        method="POST",
        path="/scan/cancel/{scan_id}",
        name="cancelScan",
        tag=TAG,
        summary="Stop a scan",
        words="As often as you like. It stops within one unit of work and keeps what it has found.",
        answers=(Answer(200, "It stops, or had ended.", (Content(CancelBody),)),),
        cases=_GONE,
    ),
    Operation(
        method="GET",
        path="/scan/active",
        name="activeScans",
        tag=TAG,
        summary="The scans that have not ended",
        words="Oldest first, each a snapshot.",
        answers=(Answer(200, "They.", (Content(ActiveBody),)),),
    ),
    Operation(
        method="DELETE",
        path="/scan/{scan_id}",
        name="forgetScan",
        tag=TAG,
        summary="Forget a scan that has ended",
        words="Its rows, its snapshot and its key.",
        answers=(Answer(204, "It is forgotten."),),
        cases=(*_GONE, ScanUnfinished),
    ),
    Operation(
        method="GET",
        path="/scan",
        name="legacyScan",
        tag=TAG,
        summary="Run a scan and wait for its rows",
        words="The call of the oldest clients. Its parameters are the fields of a ScanRequest: lists with "
        "commas, `filters` in JSON. One that it does not know is a warning. A failed scan is a problem (data "
        "502, time 504, else 500) with its id in `metadata.scan_id`. A client that leaves cancels its scan.",
        of_request=tuple(READERS),
        answers=(Answer(200, "The rows.", (Content(LegacyBody),)),),
        cases=(
            InvalidRequest, QueueFull, TooManyStreams, DataError, NothingToScan, Stopping, TimeoutExceeded,
        ),
        of_scan=True,
    ),
)  # fmt: skip
"""Every route of a scan but its streams."""
