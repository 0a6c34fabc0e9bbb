"""In which form a result goes out: what `?format=` names, or else what the Accept header likes best."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from aiohttp import hdrs, web

from technic.http.refusals import NotAcceptable

Form = Literal["json", "jsonl", "csv", "parquet", "msgpack"]

FORMS: Final[dict[str, Form]] = {
    "application/json": "json",
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
    "application/parquet": "parquet",
    "application/x-parquet": "parquet",
    "application/vnd.msgpack": "msgpack",
    "application/msgpack": "msgpack",
    "application/x-msgpack": "msgpack",
    "application/x-ndjson": "jsonl",
    "application/ndjson": "jsonl",
    "application/jsonl": "jsonl",
}
"""Media types that are understood; of two that are liked as much the upper one is taken."""

_ALIASES: Final = {"ndjson": "jsonl"}
NAMES: Final = (*dict.fromkeys(FORMS.values()), *_ALIASES)
"""What `?format=` may name."""


def form_of(request: web.Request) -> Form:
    """The form that a request asks for; JSON where it does not care. Raises NotAcceptable."""
    named = request.query.get("format")
    if named:
        wanted = _ALIASES.get(named.casefold(), named.casefold())
        form = next((form for form in FORMS.values() if form == wanted), None)
        if form is None:
            raise NotAcceptable(f"There is no format {ascii(named)[:40]}.")
        return form
    accept = ",".join(request.headers.getall(hdrs.ACCEPT, []))
    return _liked_best(accept) if accept.strip() else "json"


def _liked_best(accept: str) -> Form:
    """The form with the highest quality (RFC 9110, 12.5.1); the most specific range decides of each."""
    ranges = dict(_ranges(accept))
    best = max(FORMS, key=lambda media: _quality(media, ranges))
    if _quality(best, ranges) <= 0:
        raise NotAcceptable(f"None of {ascii(accept)[:100]} is there.")
    return FORMS[best]


def _quality(media: str, ranges: dict[str, float]) -> float:
    for wanted in (media, f"{media.partition('/')[0]}/*", "*/*"):
        if wanted in ranges:
            return ranges[wanted]
    return 0.0


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Each media range with its quality; one that cannot be read counts as not wanted."""
    for part in accept.split(","):
        media, *parameters = (piece.strip().casefold() for piece in part.split(";"))
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            weight = float(quality)
        except ValueError:
            weight = 0.0
        yield media, min(weight, 1.0) if weight > 0 else 0.0  # "nan" is no number, and not above 0
