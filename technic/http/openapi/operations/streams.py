"""Live progress: what the requests that open a stream are asked and answered; its frames are AsyncAPI's."""

from __future__ import annotations

from technic.errors import UnknownScan
from technic.http.openapi.operation import Answer, Content, Header, Operation
from technic.http.opening import FleetQuery, StreamQuery
from technic.http.refusals import InvalidQuery, TooManyStreams, UpgradeRequired

TAG = "Streams"
_LAST_ID = Header(
    "Last-Event-ID",
    "The last id that you have received; an EventSource sends it by itself when it comes back.",
    "0724821f-14",
)
_OPENED = Answer(101, "The WebSocket is open.", (), ("Upgrade", "Connection"))
_EVENTS = Answer(
    200,
    "The stream. Where there is no room for one more, or the server stops, it says so in a comment, says "
    "`retry:` and ends: any other status would end an EventSource for good.",
    (Content(None, "text/event-stream"),),  # no schema: tools take it for one of each event
    ("Cache-Control", "X-Accel-Buffering"),
)
_SEEN = Answer(204, "You have seen the end: do not come back.")
_REFUSED = (InvalidQuery, UpgradeRequired, TooManyStreams)

OPERATIONS = (
    Operation(
        method="GET",
        path="/scan/ws/{scan_id}",
        name="scanSocket",
        tag=TAG,
        summary="One scan over a WebSocket",
        words="The first frame is the present snapshot, the last the terminal one; then it is closed. "
        "Without an upgrade it is 426. A scan that is not known gets an error frame and close 4404.",
        query=StreamQuery,
        headers=(_LAST_ID,),
        answers=(_OPENED,),
        cases=_REFUSED,
        streams=True,
    ),
    Operation(
        method="GET",
        path="/scan/sse/{scan_id}",
        name="scanEvents",
        tag=TAG,
        summary="One scan as Server-Sent Events",
        words="The same frames, each an unnamed event with its id.",
        query=StreamQuery,
        headers=(_LAST_ID,),
        answers=(_EVENTS, _SEEN),
        cases=(InvalidQuery, UnknownScan),
        streams=True,
    ),
    Operation(
        method="GET",
        path="/scan/ws",
        name="allSocket",
        tag=TAG,
        summary="All scans over one WebSocket",
        words="For dashboards: subscribe to scans, to all of them, cancel them. It ends with the server or "
        "with you.",
        query=FleetQuery,
        headers=(_LAST_ID,),
        answers=(_OPENED,),
        cases=_REFUSED,
        streams=True,
    ),
    Operation(
        method="GET",
        path="/scan/sse",
        name="allEvents",
        tag=TAG,
        summary="All scans as Server-Sent Events",
        words="The same frames as events. It does not end with a scan.",
        query=FleetQuery,
        headers=(_LAST_ID,),
        answers=(_EVENTS,),
        cases=(InvalidQuery,),
        streams=True,
    ),
)
"""Every route of a stream."""
