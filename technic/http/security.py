"""Who may call: which hosts the server answers to, and which web pages may use it.

A browser lets any page send requests to any server, also to one on loopback. So: reading an answer across
origins needs a setting (CORS), starting and cancelling scans and opening WebSockets needs one too (the Origin
header is checked, because browsers do not ask before those), and a server on loopback answers to loopback
names alone, since a page can rebind its own name to 127.0.0.1. A browser that sends no Origin, for an image
or a link, says in Sec-Fetch-Site where it comes from; who sends neither is no browser.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp_cors
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from technic.config.settings import ServerSettings
from technic.http.keys import SERVER
from technic.http.refusals import Forbidden

_READING = {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS}
_RUNNING = {"/scan"}
"""Paths on which even a GET starts something."""
_OWN_SITES = {None, "same-origin", "none"}  # none: typed by the person, or opened from a bookmark
_SENT = (
    "Accept", "Content-Type", "Idempotency-Key", "If-None-Match", "Last-Event-ID", "Prefer", "X-Request-ID",
)  # fmt: skip
_SHOWN = (
    "Location", "Retry-After", "X-Request-ID", "Content-Disposition", "ETag", "Link", "Preference-Applied",
)  # fmt: skip


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a page of somebody else's asks for."""
    settings = request.app[SERVER]
    _check_host(request, settings)
    if request.method not in _READING or hdrs.UPGRADE in request.headers or _runs(request):
        _check_origin(request, settings)
    return await handler(request)


def _runs(request: web.Request) -> bool:
    """Whether the route starts something, whatever the method."""
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical in _RUNNING


def _check_host(request: web.Request, settings: ServerSettings) -> None:
    named = request.headers.get(hdrs.HOST)
    if named is None or not is_loopback(settings.host):
        return
    allowed = {urlsplit(origin).hostname for origin in settings.allowed_origins}
    name = _hostname(f"//{named}")
    if name is None or not (is_loopback(name) or name in allowed):
        raise Forbidden(
            f"This server listens on {settings.host} and does not answer to the name {named!a}.",
            suggestion="Call it by 127.0.0.1 or localhost, or add its origin to server.allowed_origins.",
        )


def _check_origin(request: web.Request, settings: ServerSettings) -> None:
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        site = request.headers.get("Sec-Fetch-Site")
        if site not in _OWN_SITES:
            raise Forbidden(f"A page of another site ({ascii(site)[:60]}) may not do this.")
        return
    own = request.headers.get(hdrs.HOST)
    mine = set() if own is None else {f"http://{own}".casefold(), f"https://{own}".casefold()}
    if origin not in settings.allowed_origins and origin.casefold() not in mine:
        raise Forbidden(f"A page from {ascii(origin)[:200]} may not do this.")


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


@lru_cache(maxsize=256)
def is_loopback(name: str) -> bool:
    """Whether a host's name or address means this machine alone."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def allow_origins(app: web.Application, settings: ServerSettings) -> None:
    """Let pages of the allowed origins read every route's answer, streams included."""
    if not settings.allowed_origins:
        return
    options = aiohttp_cors.ResourceOptions(allow_headers=_SENT, expose_headers=_SHOWN, max_age=600)  # type: ignore[no-untyped-call]
    rules = dict.fromkeys(settings.allowed_origins, options)
    cors = aiohttp_cors.setup(app)
    for route in list(app.router.routes()):
        cors.add(route, rules)
    app.on_response_prepare.append(_vary)


async def _vary(_request: web.Request, response: web.StreamResponse) -> None:
    """An answer differs by who asks: caches have to know."""
    response.headers.add(hdrs.VARY, hdrs.ORIGIN)
