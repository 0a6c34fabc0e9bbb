"""What is done for every request: it has an id and a line in the log, and an error becomes a problem."""

from __future__ import annotations

import asyncio
import re
from random import Random
from typing import Final

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from technic.config.logs import frequent_line
from technic.errors import TechnicError, failure_of
from technic.http.bodies.problem import FailureBody
from technic.http.keys import SERVER
from technic.http.problems import error_body, http_problem, problem_body, problem_response

REQUEST_ID: Final = web.RequestKey("request_id", str)
_HEADER = "X-Request-ID"
_KNOWN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ids = Random()  # noqa: S311 - they tell requests apart, and are no secret
_log = structlog.get_logger(__name__)


@web.middleware
async def trace(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id (its own, where it has a plain one), and log it when it has been answered."""
    identify(request)
    clock = asyncio.get_running_loop().time
    began = clock()
    status: int | None = None
    with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]):
        try:
            response = await handler(request)
            status = response.status
            return response
        finally:
            if request.app[SERVER].access_log:
                seconds = round(clock() - began, 4)
                frequent_line(__name__, "request", **_particulars(request), status=status, seconds=seconds)


def identify(request: web.BaseRequest) -> None:
    """Give a request an id, unless it has one: its own, where that is a plain one, or a new one."""
    if REQUEST_ID not in request:
        given = request.headers.get(_HEADER, "")
        request[REQUEST_ID] = given if _KNOWN_ID.fullmatch(given) else _new_id()


def _new_id() -> str:
    """32 hex digits; to ask the system for them would give the interpreter away to another thread."""
    return f"{_ids.getrandbits(128):032x}"


def _particulars(request: web.Request) -> dict[str, str]:
    """What the log says of a request; a status of None says that its client left."""
    known = {"request_id": request[REQUEST_ID], "method": request.method, "path": request.rel_url.raw_path}
    scan_id = request.match_info.get("scan_id", "")
    return {**known, "scan_id": scan_id} if _KNOWN_ID.fullmatch(scan_id) else known


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error with a problem; what nobody foresaw is logged with its traceback."""
    try:
        return await handler(request)
    except TechnicError as error:
        return problem_response(request, error_body(error), headers=_headers_of(error))
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 - where errors begin
            raise
        headers = {str(hdrs.ALLOW): error.headers[hdrs.ALLOW]} if hdrs.ALLOW in error.headers else {}
        return problem_response(request, http_problem(error), headers=headers)
    except ConnectionError:
        raise  # the client has left; there is nobody to answer
    except Exception as error:  # noqa: BLE001 - the last one to see it
        return problem_response(request, unforeseen(request, error))


def unforeseen(request: web.BaseRequest, error: BaseException) -> FailureBody:
    """The problem that tells of an error which nobody foresaw; its traceback goes to the log."""
    _log.error("request failed", path=request.rel_url.raw_path, exc_info=error)
    body = problem_body(failure_of(error), status=500)
    body["detail"] = f"{type(error).__name__}; the server's log has the rest under the request id."
    body["metadata"] = {"request_id": request.get(REQUEST_ID)}
    return body


def _headers_of(error: TechnicError) -> dict[str, str]:
    upgrade = error.metadata.get("upgrade")
    return {} if upgrade is None else {hdrs.UPGRADE: str(upgrade), hdrs.CONNECTION: "Upgrade"}


@web.middleware
async def options(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer OPTIONS with what a path allows; a preflight is CORS's."""
    if request.method != hdrs.METH_OPTIONS or hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
        return await handler(request)
    resource = request.match_info.route.resource
    allowed = {route.method for route in resource or ()} or _allowed_by(request)
    if not allowed:
        return await handler(request)
    return web.Response(status=204, headers={hdrs.ALLOW: ", ".join(sorted({*allowed, "OPTIONS"}))})


def _allowed_by(request: web.Request) -> set[str]:
    """The methods of a path that has no OPTIONS of its own."""
    refusal = request.match_info.http_exception
    return set(refusal.allowed_methods) if isinstance(refusal, web.HTTPMethodNotAllowed) else set()


async def mark(request: web.Request, response: web.StreamResponse) -> None:
    """Headers of every answer, streams included (aiohttp's signal `on_response_prepare`)."""
    stamp(request, response)


def stamp(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """The headers that `mark` sets; for answers that the signal does not reach."""
    if REQUEST_ID in request:
        response.headers[_HEADER] = request[REQUEST_ID]
    response.headers[hdrs.SERVER] = "technic"  # which versions run below is nobody's business
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
