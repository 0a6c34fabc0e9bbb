"""The server below the application: what aiohttp refuses before any route, or after every one, is told alike.

aiohttp answers a request that its parser cannot read with plain text and logs a traceback for each; it does
the same for a client that leaves before its answer. Here the one gets a problem and one line in the log,
and the other a line for who looks closely.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import ContentEncodingError
from aiohttp.web_protocol import RequestPayloadError

from technic.errors import Failure
from technic.http.middleware import stamp, unforeseen
from technic.http.problems import http_problem, problem_answer, problem_body, problem_response
from technic.http.refusals import UnreadableRequest

_SAID_MOST = 200
_log = structlog.get_logger(__name__)


class Runner(web.AppRunner):
    """Runs an application; takes what `web.AppRunner` takes."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        options = {name: value for name, value in self._kwargs.items() if name != "handler_cancellation"}
        return _Server(
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
    """Makes a connection for each client."""

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    """One client's connection."""

    __slots__ = ()

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
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            body = problem_body(_unreadable(exc, message), status=status)
            _log.info("unreadable request", remote=request.remote, status=status, detail=body["detail"])
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
