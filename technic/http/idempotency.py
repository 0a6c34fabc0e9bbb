"""The header Idempotency-Key: a client's own name for a start, so that to send it twice is to start once."""

from __future__ import annotations

import re

from aiohttp import web

from technic.http.refusals import InvalidKey

IDEMPOTENCY_KEY = "Idempotency-Key"
KEY_PATTERN = r"^[\x21-\x7e]{1,255}$"
_KEY = re.compile(KEY_PATTERN)


def key_of(request: web.BaseRequest) -> str | None:
    """The key of a request as it was written, quotes included; None where it has none.

    Raises:
        InvalidKey: It has several, or one that is no key.
    """
    given = request.headers.getall(IDEMPOTENCY_KEY, [])
    if not given:
        return None
    if len(given) > 1:
        raise InvalidKey(f"There are {len(given)} of them.")
    if not _KEY.fullmatch(given[0]):
        raise InvalidKey(f"{ascii(given[0])[:80]} ({len(given[0])} characters) is none.")
    return given[0]
