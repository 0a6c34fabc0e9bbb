"""What goes wrong over HTTP only: each error one sentence, beside the tree in `technic.errors`."""

from __future__ import annotations

from typing import ClassVar

from technic.errors import ConfigError, InvalidRequest, SystemFault


class RequestRefused(ConfigError):
    """What was asked for over HTTP cannot be served as it was asked for."""

    status: ClassVar[int] = 400
    code = "bad_request"
    message = "The request cannot be understood."
    suggestion = "Correct the request as the detail says."


class InvalidQuery(InvalidRequest):
    """A read whose query has parameters that cannot be used; `faults` points to each of them."""

    code = "invalid_query"
    message = "This cannot be shown as it was asked for."
    suggestion = "Correct the query parameters that `errors` points to, or leave them out."


class UnreadableRequest(RequestRefused):
    """What came is no HTTP, or in a coding that nobody here reads."""

    code = "unreadable_request"
    suggestion = "Send HTTP/1.1 as RFC 9112 has it, plain or gzip; this port speaks no TLS."


class MalformedBody(RequestRefused):
    """A body that is not what its content type says."""

    code = "malformed_body"
    suggestion = "Send one JSON object, UTF-8, or no body at all."


class UnsupportedMedia(RequestRefused):
    """A body in a form that nobody here reads."""

    status = 415
    code = "unsupported_media_type"
    suggestion = "Send JSON, with the header Content-Type: application/json."


class BodyTooSlow(RequestRefused):
    """A body that does not come."""

    status = 408
    code = "body_too_slow"
    message = "The request did not arrive in time."
    suggestion = "Send the whole body at once."


class NotAcceptable(RequestRefused):
    """A form of answer that there is not."""

    status = 406
    code = "not_acceptable"
    message = "The result cannot be had in this form."
    suggestion = "Ask for json, csv, parquet or msgpack, by ?format= or by the Accept header."


class InvalidKey(RequestRefused):
    """An Idempotency-Key that cannot be one."""

    code = "invalid_idempotency_key"
    message = "The scan cannot be started under this key."
    suggestion = "Send one Idempotency-Key of 1 to 255 visible ASCII characters, a new one for each scan."


class Forbidden(RequestRefused):
    """A caller whom the server's settings do not allow."""

    status = 403
    code = "forbidden"
    message = "This page may not use the scanner."
    suggestion = "Add the page's origin to the setting server.allowed_origins."


class UpgradeRequired(RequestRefused):
    """A WebSocket route that was asked for over plain HTTP."""

    status = 426
    code = "upgrade_required"
    suggestion = "Connect with a WebSocket client, or use the SSE route."


class NotReady(SystemFault):
    """The service cannot do its work at present."""

    code = "not_ready"
    message = "The scanner is not ready."
    suggestion = "Wait; GET /health says what is missing."
    recoverable = True


class TooManyExports(SystemFault):
    """As many large answers are under way as may."""

    code = "too_many_exports"
    message = "Too many large results are being fetched."
    suggestion = "Try again in a moment, or ask for a page with `limit`."
    recoverable = True


class TooManyStreams(SystemFault):
    """As many connections are held open as may."""

    code = "too_many_streams"
    message = "Too many live views are open."
    suggestion = "Close some, raise the setting streams.max_streams, or poll the progress."
    recoverable = True
