"""Looking back at scans that have ended."""

from __future__ import annotations

from technic.engine.stores.reading import HistoryUnreadable
from technic.http.bodies.past import HistoryBody, StatisticsBody
from technic.http.history import HistoryParameters, StatisticsParameters
from technic.http.openapi.operation import Answer, Content, Operation
from technic.http.refusals import InvalidQuery

TAG = "Past scans"

OPERATIONS = (
    Operation(
        method="GET",
        path="/scan/history",
        name="scanHistory",
        tag=TAG,
        summary="The scans that have ended",
        words="Newest end first, a page at a time; `next` leads to the following one. Give `until` where "
        "scans end while you read on: then no page moves.",
        query=HistoryParameters,
        answers=(Answer(200, "A page of them.", (Content(HistoryBody),), ("Link?",)),),
        cases=(InvalidQuery, HistoryUnreadable),
    ),
    Operation(
        method="GET",
        path="/scan/stats",
        name="scanStatistics",
        tag=TAG,
        summary="Figures over them",
        words="How many ended how, how long they took, what failed; over all that are kept, or over those "
        "that ended in a stretch of time.",
        query=StatisticsParameters,
        answers=(Answer(200, "The figures.", (Content(StatisticsBody),)),),
        cases=(InvalidQuery, HistoryUnreadable),
    ),
)
"""Every route of the history."""
