"""Errors on the wire: which class has which status, one table, and the one form that all of them take.

Every error is `application/problem+json` (RFC 9457). The same object stands in a failed scan's `error`
and, one a symbol, in its `failures[]`; there nothing has happened over HTTP, so `instance` is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from math import ceil
from typing import cast

from aiohttp import hdrs, web

from technic.engine.admission import KeyReused
from technic.engine.stores.reading import HistoryUnreadable
from technic.errors import (
    ApiError,
    DataError,
    ErrorType,
    Failure,
    Fault,
    InsufficientHistory,
    InvalidRequest,
    QueueFull,
    ScanUnfinished,
    SlowConsumer,
    Stopping,
    TechnicError,
    TimeoutExceeded,
    UnknownScan,
    UnknownSymbol,
)
from technic.http.bodies.problem import FailureBody, FaultBody, ProblemBody
from technic.http.encoding import json_bytes
from technic.http.refusals import Forbidden, NotReady, RequestRefused, TooManyExports, TooManyStreams

PROBLEM_TYPE = "application/problem+json"
_RETRY_SECONDS = 1.0

STATUS: Mapping[type[TechnicError], int] = {
    TechnicError: 500,
    InvalidRequest: 422,
    KeyReused: 422,
    HistoryUnreadable: 503,
    DataError: 502,
    UnknownSymbol: 404,
    InsufficientHistory: 422,
    ApiError: 502,
    TimeoutExceeded: 504,
    UnknownScan: 404,
    ScanUnfinished: 409,
    QueueFull: 429,
    TooManyExports: 429,
    TooManyStreams: 429,
    SlowConsumer: 503,
    Stopping: 503,
    NotReady: 503,
}
"""Each class's status; a class that is not listed has that of the nearest above it."""

_STATUS_OF_KIND: Mapping[ErrorType, int] = {
    "api_error": 502,
    "cache_error": 500,
    "data_error": 502,
    "timeout_error": 504,
    "config_error": 422,
    "system_error": 500,
}


def status_of(error: type[TechnicError]) -> int:
    """The status with which a class of errors is answered."""
    if issubclass(error, RequestRefused):
        return error.status
    return next(STATUS[cls] for cls in error.__mro__ if cls in STATUS)


def _codes(error: type[TechnicError]) -> Iterator[tuple[str, int]]:
    """The codes of a class and of all below it."""
    yield error.code, status_of(error)
    for below in error.__subclasses__():
        yield from _codes(below)


_STATUS_OF_CODE = dict(_codes(TechnicError))


def status_of_failure(failure: Failure) -> int:
    """The status with which a failure would be answered, by its code or else by its kind."""
    return _STATUS_OF_CODE.get(failure.code, _STATUS_OF_KIND[failure.error_type])


def problem_body(failure: Failure, *, status: int | None = None) -> FailureBody:
    """A failure as the JSON object that people see, without `instance`."""
    return {
        "type": f"urn:technic:problem:{failure.code}",
        "title": failure.code.replace("_", " ").capitalize(),
        "status": status or status_of_failure(failure),
        "detail": failure.detail,
        "error_type": failure.error_type,
        "code": failure.code,
        "message": failure.message,
        "suggestion": failure.suggestion,
        "recoverable": failure.recoverable,
        "retry_after": failure.retry_after,
        "affected_symbols": list(failure.affected_symbols),
        "metadata": dict(failure.metadata),
    }


def _faults(faults: tuple[Fault, ...]) -> list[FaultBody]:
    return [{"pointer": fault.pointer, "detail": fault.detail, "nearest": fault.nearest} for fault in faults]


def error_body(error: TechnicError) -> ProblemBody:
    """An error as the JSON object that people see: a problem, and the faults of an InvalidRequest."""
    failure = error.failure()
    own = failure.code == error.code  # else it hands on what a unit reported
    body = cast("ProblemBody", problem_body(failure, status=status_of(type(error)) if own else None))
    if isinstance(error, InvalidRequest):
        body["errors"] = _faults(error.faults)
    return body


def problem_response(
    request: web.Request, body: FailureBody, *, headers: Mapping[str, str] | None = None
) -> web.Response:
    """The answer to a request that ends in a problem; 429 and 503 say when to come back."""
    cast("ProblemBody", body)["instance"] = request.rel_url.raw_path
    return problem_answer(body, headers=headers)


def problem_answer(body: FailureBody, *, headers: Mapping[str, str] | None = None) -> web.Response:
    """A problem as an answer; by itself only where nobody knows what was asked for."""
    response = web.Response(body=json_bytes(body), status=body["status"], content_type=PROBLEM_TYPE)
    response.headers.update(headers or {})
    if response.status in {429, 503}:
        response.headers[hdrs.RETRY_AFTER] = str(ceil(body["retry_after"] or _RETRY_SECONDS))
    return response


def http_problem(error: web.HTTPException) -> FailureBody:
    """What aiohttp itself refuses (unknown path, method, size), in the same form."""
    code, suggestion = _REFUSALS.get(error.status, ("bad_request", RequestRefused.suggestion))
    failure = Failure(
        error_type="config_error" if error.status < HTTPStatus.INTERNAL_SERVER_ERROR else "system_error",
        code=code,
        detail=_detail(error),
        message=RequestRefused.message,
        suggestion=suggestion,
    )
    return problem_body(failure, status=error.status)


def _detail(error: web.HTTPException) -> str:
    if isinstance(error, web.HTTPMethodNotAllowed):
        return f"{error.method} is not allowed here; {', '.join(sorted(error.allowed_methods))} is."
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return "The body is larger than the setting server.max_body_bytes allows."
    if isinstance(error, web.HTTPNotFound):
        return "There is nothing at this path."
    return error.text or error.reason


_REFUSALS: Mapping[int, tuple[str, str]] = {
    403: ("forbidden", Forbidden.suggestion),
    404: ("not_found", "Check the path; the README lists the routes."),
    405: ("method_not_allowed", "Use one of the methods that the Allow header lists."),
    413: ("body_too_large", "Send a smaller body."),
}
