"""What the reader of a WebSocket may say, and what it gets for an answer.

What is not understood is answered with an error frame and never with a closed socket.
"""

from __future__ import annotations

import contextlib
from typing import Any

import orjson
import structlog
from aiohttp import WSMessage, WSMsgType, web

from technic.errors import TechnicError, failure_of
from technic.http.frames import error_frame, reply_frame
from technic.http.keys import ENGINE
from technic.http.payloads import cancel_body
from technic.http.problems import problem_body
from technic.http.refusals import RequestRefused

_log = structlog.get_logger(__name__)


async def answer(request: web.Request, message: WSMessage) -> bytes:
    """Do what a message asks; the frame that answers it, which may be an error. Never raises an error."""
    try:
        return await _obey(request, message)
    except TechnicError as error:
        return error_frame(error)
    except Exception as error:  # noqa: BLE001 - a message may not end its socket
        _log.exception("a WebSocket message could not be answered")
        return reply_frame("error", {"error": problem_body(failure_of(error))})


async def _obey(request: web.Request, message: WSMessage) -> bytes:
    scan_id = request.match_info["scan_id"]
    action = _action(message)
    if action == "ping":
        return reply_frame("pong", {})
    if action == "cancel":
        ended = await request.app[ENGINE].cancel(scan_id, reason="asked for over its WebSocket")
        return reply_frame("cancel", cancel_body(scan_id, *ended))
    if action in ("subscribe", "unsubscribe"):
        raise RequestRefused(
            f"This socket watches {scan_id} alone.", suggestion="Open /scan/ws/{scan_id} for each scan."
        )
    raise RequestRefused(f"{ascii(action)[:60]} is no action.", suggestion="Send cancel or ping.")


def _action(message: WSMessage) -> Any:
    """What a message asks for."""
    if message.type is WSMsgType.TEXT:
        with contextlib.suppress(orjson.JSONDecodeError):
            asked = orjson.loads(message.data)
            if isinstance(asked, dict):
                return asked.get("action")
    raise RequestRefused("The message is not understood.", suggestion='Send JSON: {"action": "cancel"}.')
