"""What the reader of a WebSocket says, and what it gets for an answer.

What is not understood is answered with an error frame and never with a closed socket.
"""

from __future__ import annotations

import contextlib
from typing import Any

import structlog
from aiohttp import WSMessage, WSMsgType, web

from technic.errors import TechnicError, failure_of
from technic.http.codings import JSON, Coding, UnreadableError
from technic.http.frames import error_frame
from technic.http.keys import ENGINE
from technic.http.payloads import cancel_body
from technic.http.problems import problem_body
from technic.http.refusals import RequestRefused
from technic.http.streams import Obey

_log = structlog.get_logger(__name__)


async def answer(obey: Obey, message: WSMessage, coding: Coding) -> list[dict[str, Any]]:
    """Do what a message asks; the frames that answer it, which may be errors. Never raises an error."""
    try:
        return await obey(_asked(message, coding))
    except TechnicError as error:
        return [error_frame(error)]
    except Exception as error:  # noqa: BLE001 - a message may not end its socket
        _log.exception("a WebSocket message could not be answered")
        return [{"type": "error", "error": problem_body(failure_of(error))}]


def _asked(message: WSMessage, coding: Coding) -> dict[str, Any]:
    """The object that a message holds: JSON in text, and in binary what the socket speaks."""
    with contextlib.suppress(UnreadableError):
        if message.type is WSMsgType.TEXT:
            asked = JSON.decode(message.data)
        elif message.type is coding.kind:
            asked = coding.decode(message.data)
        else:
            raise UnreadableError
        if isinstance(asked, dict):
            return asked
    raise RequestRefused("The message is not understood.", suggestion='Send JSON: {"action": "cancel"}.')


def pong() -> list[dict[str, Any]]:
    """The answer to a ping."""
    return [{"type": "pong"}]


def not_an_action(action: object, known: str) -> RequestRefused:
    """An action that there is not."""
    return RequestRefused(f"{ascii(action)[:60]} is no action.", suggestion=f"Send {known}.")


async def cancelled(request: web.Request, scan_id: str) -> dict[str, Any]:
    """Ask a scan to stop; the frame that answers. Raises UnknownScan."""
    ended = await request.app[ENGINE].cancel(scan_id, reason="asked for over its WebSocket")
    return {"type": "cancel", **cancel_body(scan_id, *ended)}
