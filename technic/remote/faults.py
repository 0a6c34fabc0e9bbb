"""What goes wrong between a client and a server, and a server's problem as the error that it tells of."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import orjson

from technic import errors
from technic.errors import ApiError, ErrorType, Fault, InvalidRequest, TechnicError

BROKEN = (aiohttp.ClientError, ConnectionError, TimeoutError)
"""What a call or a stream ends with when its connection does."""


class Unreachable(ApiError):
    """No server answers."""

    code = "unreachable"
    message = "The scanner cannot be reached."
    suggestion = "Start one with `technic serve`, or check the address."


class ForeignAnswer(ApiError):
    """What answers is no technic server, or one of another version."""

    code = "foreign_answer"
    message = "What answers at this address is not the scanner."
    suggestion = "Check the address; it is the server's own, with a path only where a proxy adds one."
    recoverable = False


def _below(error: type[TechnicError]) -> Iterator[type[TechnicError]]:
    """A class and all below it, of the tree that every part of technic knows."""
    if error.__module__ == errors.__name__:
        yield error
        for below in error.__subclasses__():
            yield from _below(below)


_BY_CODE: Mapping[str, type[TechnicError]] = {error.code: error for error in _below(TechnicError)}
_BY_KIND: Mapping[ErrorType, type[TechnicError]] = {
    "api_error": errors.ApiError,
    "cache_error": errors.CacheError,
    "config_error": errors.ConfigError,
    "data_error": errors.DataError,
    "system_error": errors.SystemFault,
    "timeout_error": errors.TimeoutExceeded,
}


def error_of(problem: object, *, retry_after: float | None = None) -> TechnicError | None:
    """A problem (RFC 9457) of a technic server as an error; None where it is no such thing.

    Its class is that of its `code` in `technic.errors`, else that of its `error_type`. It says what the
    server said: `code`, `message`, `recoverable` too.

    Args:
        problem: The JSON value.
        retry_after: What the header said, where the problem does not say it itself.
    """
    if not isinstance(problem, Mapping) or not isinstance(problem.get("detail"), str):
        return None
    code, kind = problem.get("code"), problem.get("error_type")
    known = _class_of(code, kind, told=isinstance(problem.get("suggestion"), str))
    if known is None:
        return None
    error = _made(known, problem)
    said = problem.get("retry_after")
    error.retry_after = float(said) if isinstance(said, int | float) else retry_after
    # What the class says of all its errors, this one says for itself: the server's may be a narrower class.
    vars(error).update(code=code, recoverable=problem.get("recoverable") is True)
    if isinstance(kind, str) and kind in _BY_KIND:
        vars(error).update(error_type=kind)
    if isinstance(problem.get("message"), str):
        vars(error).update(message=problem["message"])
    return error


def _class_of(code: object, kind: object, *, told: bool) -> type[TechnicError] | None:
    """The nearest class that is known here; the root where a kind is not known, but what to do is told."""
    if not isinstance(code, str):
        return None
    found = _BY_CODE.get(code) or (_BY_KIND.get(kind) if isinstance(kind, str) else None)  # type: ignore[call-overload]
    return found or (TechnicError if told else None)


def _made(known: type[TechnicError], problem: Mapping[str, Any]) -> TechnicError:
    """The error itself, of its class."""
    faults = problem.get("errors")
    if issubclass(known, InvalidRequest):
        return InvalidRequest(tuple(_faults(faults)) or (Fault("", problem["detail"]),))
    metadata, symbols = problem.get("metadata"), problem.get("affected_symbols")
    error = known(
        problem["detail"],
        suggestion=str(problem.get("suggestion") or "") or None,
        affected_symbols=tuple(map(str, symbols)) if isinstance(symbols, list) else (),
    )
    error.metadata = dict(metadata) if isinstance(metadata, Mapping) else {}
    if isinstance(faults, list):
        error.metadata["errors"] = faults
    return error


def _faults(told: object) -> Iterator[Fault]:
    for fault in told if isinstance(told, list) else ():
        if isinstance(fault, Mapping):
            nearest = fault.get("nearest")
            yield Fault(
                str(fault.get("pointer", "")),
                str(fault.get("detail", "")),
                None if nearest is None else str(nearest),
            )


def problem_of(content: bytes) -> object:
    """The JSON value of an answer; None where it is no JSON."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def why(error: BaseException) -> str:
    """The reason of a broken connection in few words; those of a system's error alone where there are any."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    system = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(system, OSError) and system.errno is not None and system.errno in errno.errorcode:
        return os.strerror(system.errno)
    return str(error) or type(error).__name__
