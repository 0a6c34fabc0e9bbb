"""All routes, in the order in which the document shows them."""

from __future__ import annotations

from technic.http.openapi.operation import Operation
from technic.http.openapi.operations import market, past, scans, streams, system

OPERATIONS: tuple[Operation, ...] = (
    *scans.OPERATIONS,
    *streams.OPERATIONS,
    *past.OPERATIONS,
    *market.OPERATIONS,
    *system.OPERATIONS,
)
TAGS = {
    scans.TAG: "Start scans, follow them, fetch their rows, stop them.",
    streams.TAG: "Live progress. Frames, actions and close codes stand in the AsyncAPI document.",
    past.TAG: "Scans that have ended, and figures over them.",
    market.TAG: "What can be scanned and asked for.",
    system.TAG: "How the service is.",
    system.PAGES: "For people.",
}
"""The parts of the API, each with a sentence."""
