"""The server below the application: what aiohttp refuses before any route, or after every one, is told alike.

aiohttp answers a request that its parser cannot read with plain text and logs a traceback for each; it does
the same for a client that leaves before its answer. Here the one gets a problem and one line in the log,
and the other a line for who looks closely. And it counts connections (see `connections`).
"""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import ContentEncodingError
from aiohttp.web_protocol import RequestPayloadError

from technic.errors import Failure
from technic.http.connections import Connections
from technic.http.keys import SERVER
from technic.http.middleware import REQUEST_ID, identify, stamp, unforeseen
from technic.http.problems import http_problem, problem_answer, problem_body, problem_response
from technic.http.refusals import UnreadableRequest

LINE_BYTES = 32_768
"""The longest first line of a request: as many scans as one stream may name fit into it."""
_SAID_MOST = 200
_log = structlog.get_logger(__name__)


class Runner(web.AppRunner):
    """Runs an application that `create_app` has made; takes what `web.AppRunner` takes.

    Args:
        app: It.
        max_connections: How many there may be, where that is less than the settings have it.
        options: As they are.
    """

    def __init__(self, app: web.Application, *, max_connections: int | None = None, **options: Any) -> None:
        super().__init__(app, **({"max_line_size": LINE_BYTES} | options))
        self._max_connections = max_connections or app[SERVER].max_connections
        self._looking: asyncio.Task[None] | None = None

    async def setup(self) -> None:
        """Get ready, and look after the connections from now on."""
        await super().setup()
        assert isinstance(self.server, _Server)  # noqa: S101 - made below
        self._looking = asyncio.create_task(self.server.connections_open.look_after())

    async def cleanup(self) -> None:
        """Stop serving; idempotent."""
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
            await asyncio.wait([looking])
        await super().cleanup()

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        options = {name: value for name, value in self._kwargs.items() if name != "handler_cancellation"}
        return _Server(
            Connections(self._max_connections, asyncio.get_running_loop().time),
            _answered(made.request_handler),
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            **options,
        )


def _answered(answer: Any) -> Any:
    """An application's answers, with a problem for what it refuses before its own middlewares are asked."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await answer(request)  # type: ignore[no-any-return]
        except web.HTTPException as error:
            if error.status < HTTPStatus.BAD_REQUEST:
                raise
            return problem_response(request, http_problem(error))

    return answered


class _Server(web.Server):
    """Makes a connection for each client, and knows all of them."""

    def __init__(self, connections: Connections, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.connections_open = connections

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    """One client's connection."""

    __slots__ = ("_counted",)

    _manager: _Server | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come; where there is no room it is cut off, and may try again."""
        assert self._manager is not None  # noqa: S101 - it is there until the connection is lost
        self._counted = self._manager.connections_open
        if self._counted.enter(self):
            super().connection_made(transport)
        else:
            self._manager = None  # so that nothing else happens on it
            self._force_close = True
            assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP one
            transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """It has ended."""
        self._counted.leave(self)
        super().connection_lost(exc)

    @property
    def idle_since(self) -> float | None:
        """When its last answer was out, or it came; half a request is idle too."""
        return self._next_keepalive_close_time if self._waiter and not self._waiter.done() else None

    @property
    def unsent(self) -> int | None:
        """Bytes that its client has not taken; None while a handler, which may be a stream, is at work."""
        if self._current_request is not None or self.transport is None:
            return None
        return self.transport.get_write_buffer_size()

    def cut(self) -> None:
        """End it at once."""
        if self.transport is not None:
            self.transport.abort()

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log what nobody foresaw; a body that cannot be read to its end is no fault of ours."""
        error = kw.get("exc_info")
        if isinstance(error, RequestPayloadError | ConnectionError):
            _log.info("a body broke off", error=type(error.__cause__ or error).__name__)
        else:
            super().log_exception(*args, **kw)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what could not be read, or what no middleware caught; the connection is closed then.

        Raises:
            ConnectionError: The client has left, or has a part of its answer already; aiohttp closes quietly.
        """
        if isinstance(exc, ConnectionError) and (request.transport is None or request.transport.is_closing()):
            _log.debug("a client left before its answer", remote=request.remote)
            raise exc
        if request.writer.output_size > 0:
            _log.warning("an answer broke off", remote=request.remote, error=type(exc).__name__)
            raise ConnectionError("a part of the answer is out already")
        identify(request)
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            body = problem_body(_unreadable(exc, message), status=status)
            known = {"request_id": request[REQUEST_ID], "remote": request.remote, "status": status}
            _log.info("unreadable request", **known, detail=body["detail"])
        else:
            body = unforeseen(request, exc or RuntimeError(message))
        response = problem_answer(body)
        stamp(request, response)
        response.force_close()
        return response


def _unreadable(error: BaseException | None, message: str | None) -> Failure:
    """What is wrong with a request that is no HTTP; without the bytes that came."""
    if isinstance(error, ContentEncodingError):
        detail = "The body has a Content-Encoding that is not read here."
    else:
        said = re.split(r"\n\n|:? b(?:ytearray\()?['\"]", message or "", maxsplit=1)[0]
        detail = f"The request is not valid HTTP: {' '.join(said.split())[:_SAID_MOST].rstrip('.:')}."
    return UnreadableRequest(detail).failure()
