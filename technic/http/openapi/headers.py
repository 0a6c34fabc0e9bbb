"""Headers of answers: what each says."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}
HEADERS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "Allow": ("The methods that the path takes.", _TEXT, "GET, HEAD, OPTIONS"),
    "Cache-Control": ("How long it may be kept.", _TEXT, "no-cache"),
    "Connection": ("Upgrade.", _TEXT, "upgrade"),
    "Content-Disposition": ("The name of a file for it.", _TEXT, 'attachment; filename="scan-f90d09e5.csv"'),
    "ETag": ("The tag of just this content.", _TEXT | {"pattern": '^(?:W/)?"[^"]+"$'}, '"0724821f-14"'),
    "Link": (
        "The following page, with rel=next; not there on the last.",
        _TEXT,
        '</scan/history?limit=50&offset=50>; rel="next"',
    ),
    "Location": (
        "Where its progress is.",
        _TEXT | {"format": "uri-reference"},
        "/scan/progress/f90d09e5c05c43a1952bc98b63044d88",
    ),
    "Preference-Applied": ("Which preferences were heeded; not there where none was.", _TEXT, "wait=10"),
    "Retry-After": ("Seconds to wait before the next try.", {"type": "integer", "minimum": 1}, 5),
    "Upgrade": ("websocket.", {"const": "websocket"}, "websocket"),
    "Vary": ("What the answer differs by.", _TEXT, "Accept"),
    "X-Accel-Buffering": ("Tells nginx to pass it on at once.", {"const": "no"}, "no"),
    "X-Request-ID": ("The request's id: yours, or a new one. The log has it too.", _TEXT, "quotes-7f3a"),
}
"""The words, the schema and an example of each."""


def component(name: str) -> str:
    """The name of a header among the components."""
    return name.replace("-", "")


def components() -> dict[str, Any]:
    """All of them, required; one that may be missing is told in place."""
    return {component(name): told(name, required=True) for name in HEADERS}


def told(name: str, *, required: bool) -> dict[str, Any]:
    """One header as an answer has it."""
    words, schema, example = HEADERS[name]
    found = {"description": words, "schema": schema, "example": example}
    return found | ({"required": True} if required else {})
