"""The dashboard's files: the page at `/`, and what it loads from `/static`.

A server serves the files that it found when it was made, each as it first read it. What is served is looked
up by its whole name among those: no path leads anywhere else.
Browsers ask each time whether what they have still holds (an ETag made from the content, a 304): names say
no version, since there is no build step that could put one into them.

plotly.js is a file of the `plotly` package that this one depends on; pages load it when they first draw. The
files of Swagger UI, with which `/docs` shows the API, are of `swagger-ui-py`.
"""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from aiohttp import ETag, hdrs, web

STATIC: Final = Path(__file__).parent / "static"
PAGE: Final = "index.html"
PLOTLY: Final = "vendor/plotly.min.js"
SWAGGER: Final = ("swagger-ui-bundle.js", "swagger-ui.css")


def _allowed(text: str) -> str:
    """The one style of this text, by its hash."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


PLOTLY_STYLES: Final = (
    _allowed(""),  # an empty element, to which plotly then adds its rules by script
    _allowed("font-weight:bold"),  # <b> in its texts
    _allowed(
        "image-rendering: optimizeSpeed; image-rendering: -moz-crisp-edges; image-rendering: -o-crisp-edges; "
        "image-rendering: -webkit-optimize-contrast; image-rendering: optimize-contrast; "
        "image-rendering: crisp-edges; image-rendering: pixelated; "
    ),  # the picture of a heatmap
    "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
)
"""Styles that plotly puts into the page as text: these and no others.

The last is what its maps need, which it puts in when it starts, as plotly.js 4.1.1 has it. That of another
version is refused: a line in the browser's console, since no map is drawn here. The tests tell the new hash.
"""
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' 'unsafe-hashes' {' '.join(PLOTLY_STYLES)}",
        "img-src 'self' data:",  # a heatmap is a picture
        "connect-src 'self'",  # a WebSocket of the same origin is among these
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",  # text from outside cannot become HTML, even by a mistake
        "trusted-types 'none'",
    )
)
"""What the page may do: nothing inline, nothing from elsewhere, and nobody shows it in a frame."""
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    hdrs.CACHE_CONTROL: "no-cache",
    hdrs.VARY: hdrs.ACCEPT_ENCODING,
}
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
"""By ourselves: the system's own list of types may say otherwise, and a module must be JavaScript."""
_GZIP: Final = re.compile(r"\bgzip\s*(?:,|$|;\s*q=(?!0(?:\.0*)?\s*(?:,|$)))")
"""In a header of what a reader takes: gzip, unless with a weight of nothing (RFC 9110, 12.5.3)."""


@dataclass(frozen=True, slots=True)
class Served:
    """A file as it goes out, plain and compressed, each with the tag of its content."""

    kind: str
    plain: bytes
    packed: bytes
    tag: str

    @classmethod
    def read(cls, path: Path) -> Served:
        """A file from the disk; takes 0.2 s for the largest, so in a thread. Raises OSError."""
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return cls.made(kind, path.read_bytes())

    @classmethod
    def made(cls, kind: str, plain: bytes) -> Served:
        """What somebody has made; compressing it takes long, as above."""
        return cls(kind, plain, gzip.compress(plain, 6, mtime=0), sha256(plain).hexdigest()[:32])

    def answer(self, request: web.Request) -> web.Response:
        """The file, or 304 where the reader has it."""
        packs = _GZIP.search(request.headers.get(hdrs.ACCEPT_ENCODING, "")) is not None
        tag = ETag(f"{self.tag}-gzip" if packs else self.tag)
        held = {held.value for held in request.if_none_match or ()}
        if held & {tag.value, "*"}:
            response = web.Response(status=304, headers=_HEADERS)
        else:
            response = web.Response(
                body=self.packed if packs else self.plain, content_type=self.kind, headers=_HEADERS
            )
            if self.kind.startswith("text/"):
                response.charset = "utf-8"
            if packs:
                response.headers[hdrs.CONTENT_ENCODING] = "gzip"
        response.etag = tag
        return response


class Dashboard:
    """The files that there are, each read once."""

    def __init__(self) -> None:
        self._paths = dict(_files())
        self._read: dict[str, asyncio.Future[Served]] = {}

    async def answer(self, request: web.Request, name: str) -> web.Response:
        """The file of this name. Raises HTTPNotFound."""
        path = self._paths.get(name)
        if path is None:
            raise web.HTTPNotFound
        if name not in self._read:
            self._read[name] = asyncio.ensure_future(asyncio.to_thread(Served.read, path))
        return (await asyncio.shield(self._read[name])).answer(request)


def _files() -> Iterator[tuple[str, Path]]:
    for path in STATIC.rglob("*"):
        if path.is_file():
            yield path.relative_to(STATIC).as_posix(), path
    found = find_spec("plotly")  # not imported: that takes longer than the server's start
    if found is not None and found.origin is not None:
        yield PLOTLY, Path(found.origin).parent / "package_data" / "plotly.min.js"
    found = find_spec("swagger_ui")
    if found is not None and found.origin is not None:
        yield from ((f"vendor/{name}", Path(found.origin).parent / "static" / name) for name in SWAGGER)


DASHBOARD: Final = web.AppKey("dashboard", Dashboard)


async def page(request: web.Request) -> web.Response:
    """GET /: the page that shows all else."""
    return await request.app[DASHBOARD].answer(request, PAGE)


async def static(request: web.Request) -> web.Response:
    """GET /static/{name}: what the page is made of."""
    return await request.app[DASHBOARD].answer(request, request.match_info["name"])
