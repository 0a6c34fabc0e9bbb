"""How the service is, and its own descriptions."""

from __future__ import annotations

from technic.http.bodies.system import HealthBody, LiveBody, ReadyBody
from technic.http.openapi.operation import Answer, Case, Content, Header, Operation
from technic.http.refusals import NotReady

TAG = "Service"
PAGES = "Pages"
_TEXT = {"type": "string"}
_NOTHING_THERE = Case(404, "not_found", "There is nothing at this path.")
TAG_HELD = Header("If-None-Match", "The entity tag of what you have.", '"66ee6f1d"')
_METRICS = (
    Content(_TEXT, "text/plain"),
    Content(_TEXT, "application/openmetrics-text"),
)


def _page(path: str, name: str, summary: str, words: str) -> Operation:
    return Operation(
        method="GET", path=path, name=name, tag=PAGES, summary=summary, words=words,
        headers=(TAG_HELD,),
        answers=(
            Answer(200, "The page.", (Content(_TEXT, "text/html"),), ("ETag",)),
            Answer(304, "It is as you have it.", (), ("ETag",)),
        ),
    )  # fmt: skip


def _document(path: str, name: str, summary: str) -> Operation:
    return Operation(
        method="GET", path=path, name=name, tag=TAG, summary=summary, words="As this server has it.",
        headers=(TAG_HELD,),
        answers=(
            Answer(200, "The document.", (Content({"type": "object"}),), ("ETag", "Cache-Control")),
            Answer(304, "It is as you have it.", (), ("ETag", "Cache-Control")),
        ),
    )  # fmt: skip


OPERATIONS = (
    Operation(
        method="GET",
        path="/health",
        name="health",
        tag=TAG,
        summary="How the service is",
        words="200 as long as anybody answers; `status` says how it is, `reasons` what is wrong.",
        answers=(Answer(200, "How it is.", (Content(HealthBody),)),),
    ),
    Operation(
        method="GET",
        path="/health/live",
        name="live",
        tag=TAG,
        summary="Whether it is alive",
        words="200 while the event loop turns.",
        answers=(Answer(200, "It is.", (Content(LiveBody),)),),
    ),
    Operation(
        method="GET",
        path="/health/ready",
        name="ready",
        tag=TAG,
        summary="Whether it would take a scan",
        words="For whoever decides whether to send it requests.",
        answers=(Answer(200, "It would.", (Content(ReadyBody),)),),
        cases=(NotReady,),
    ),
    Operation(
        method="GET",
        path="/metrics",
        name="metrics",
        tag=TAG,
        summary="Figures for Prometheus",
        words="Its text form, or OpenMetrics for a client whose Accept header asks for it.",
        answers=(Answer(200, "The figures.", _METRICS),),
    ),
    _document("/openapi.json", "openapi", "This document"),
    _document("/asyncapi.json", "asyncapi", "The streams, as AsyncAPI 3.0"),
    _page("/docs", "docs", "This document, to read", "With Swagger UI, from this server alone."),
    _page("/docs/streams", "docsStreams", "The streams, to read", "What the AsyncAPI document says."),
    _page("/", "dashboard", "The dashboard", "Scans live, their rows, a symbol's page, the history."),
    Operation(
        method="GET",
        path="/static/{name}",
        name="dashboardFile",
        tag=PAGES,
        summary="What the dashboard is made of",
        words="Its scripts, its styles, and plotly.js.",
        headers=(TAG_HELD,),
        answers=(
            Answer(
                200,
                "The file.",
                (
                    *(
                        Content(_TEXT, media)
                        for media in ("text/javascript", "text/css", "text/html", "image/svg+xml")
                    ),
                ),
                ("ETag",),
            ),
            Answer(304, "It is as you have it.", (), ("ETag",)),
        ),
        cases=(_NOTHING_THERE,),
    ),
)
"""Every route of the service."""
