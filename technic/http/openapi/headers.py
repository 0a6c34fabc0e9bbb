"""Headers of answers: what each says."""

from __future__ import annotations

from typing import Any

HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Allow": ("The methods that the path takes.", {"type": "string"}),
    "Cache-Control": ("How long it may be kept.", {"type": "string"}),
    "Connection": ("Upgrade.", {"type": "string"}),
    "Content-Disposition": ("The name of a file for it.", {"type": "string"}),
    "ETag": ("The tag of just this content.", {"type": "string", "pattern": '^(?:W/)?"[^"]+"$'}),
    "Link": ("The following page, with rel=next; not there on the last.", {"type": "string"}),
    "Location": ("Where its progress is.", {"type": "string", "format": "uri-reference"}),
    "Preference-Applied": ("Which preferences were heeded; not there where none was.", {"type": "string"}),
    "Retry-After": ("Seconds to wait before the next try.", {"type": "integer", "minimum": 1}),
    "Upgrade": ("websocket.", {"const": "websocket"}),
    "Vary": ("What the answer differs by.", {"type": "string"}),
    "X-Accel-Buffering": ("Tells nginx to pass it on at once.", {"const": "no"}),
    "X-Request-ID": ("The request's id: yours, or a new one. The log has it too.", {"type": "string"}),
}


def component(name: str) -> str:
    """The name of a header among the components."""
    return name.replace("-", "")


def components() -> dict[str, Any]:
    """All of them, required; one that may be missing is told in place."""
    return {component(name): told(name, required=True) for name in HEADERS}


def told(name: str, *, required: bool) -> dict[str, Any]:
    """One header as an answer has it."""
    words, schema = HEADERS[name]
    return {"description": words, "schema": schema} | ({"required": True} if required else {})
