"""What comes in besides the path: JSON bodies and query parameters."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Container
from typing import Annotated, Any, ClassVar, Self, TypeVar

import orjson
from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestPayloadError
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema

from technic.errors import Fault, InvalidRequest
from technic.http.refusals import BodyTooSlow, InvalidQuery, MalformedBody, UnsupportedMedia
from technic.scanner.request_faults import Refused, faults_of

T = TypeVar("T")

BODY_SECONDS = 30.0
"""How long a body may take to arrive."""
LARGE_BYTES = 16_384
"""A larger body is read in a thread: one of 20,000 symbols or 100,000 values would hold the event loop."""

_TYPES = re.compile(r"application/(.+\+)?json|text/plain|application/x-www-form-urlencoded")
"""Types under which JSON comes. `curl -d` calls all that it sends a form; a page of somebody else's can send
plain text and forms without asking, and is refused by its Origin (see `security`)."""


async def read_object(request: web.Request, parse: Callable[[dict[str, Any]], T]) -> T:
    """What `parse` makes of the JSON object in a request's body; without a body of the empty one.

    Args:
        request: Whose.
        parse: Called in a thread where the body is large. What it raises is raised.

    Raises:
        BodyTooSlow: It does not come.
        UnsupportedMedia: The body says that it is something that JSON never comes as.
        MalformedBody: It is not JSON, whatever it says.
        InvalidRequest: It is JSON, but no object.
        HTTPRequestEntityTooLarge: It is longer than the application allows.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.read()
    except TimeoutError:
        raise BodyTooSlow(f"The body has not come within {BODY_SECONDS:g} seconds.") from None
    except RequestPayloadError as error:
        raise MalformedBody(f"The body cannot be read: {error}.") from None
    if request.headers.get(hdrs.CONTENT_TYPE) and not _TYPES.fullmatch(request.content_type) and body.strip():
        raise UnsupportedMedia(f"A body of type {request.content_type!a} is not read here.")
    if len(body) <= LARGE_BYTES:
        return parse(_object(body))
    return await asyncio.to_thread(lambda: parse(_object(body)))


def _object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"The body is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidRequest((Fault("", "must be a JSON object."),))
    return value


_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def flag(text: str) -> bool:
    """Whether a text says yes. Raises KeyError where it says neither."""
    return _FLAGS[text.casefold()]


def _flag(value: Any) -> bool:
    try:
        return flag(str(value))
    except KeyError:
        raise Refused("must be true or false.") from None


FLAG_SCHEMA = {
    "anyOf": [
        {"type": "boolean"},
        {
            "type": "string",
            "pattern": "^(?:[Tt][Rr][Uu][Ee]|1|[Yy][Ee][Ss]|[Ff][Aa][Ll][Ss][Ee]|0|[Nn][Oo])$",
        },
    ]
}
"""A yes or no in a query: `true`, `1` and `yes`, `false`, `0` and `no`, in any case."""
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema(FLAG_SCHEMA)]


class Query(BaseModel):
    """Query parameters of one route. One that is not known is ignored: browsers and proxies add their own.

    Attributes:
        LISTS: Names that may be given more than once; they come as one text, separated by commas.
    """

    LISTS: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    @classmethod
    def read(cls, request: web.Request) -> Self:
        """The parameters of a request; an empty one counts as not given.

        Raises:
            InvalidQuery: With a fault for each that cannot be used; its pointer names the parameter.
        """
        given = {name: text for name, text in request.query.items() if text and text != "null"}
        given |= {name: ",".join(request.query.getall(name)) for name in cls.LISTS & given.keys()}
        if faults := given_twice(request, set(cls.model_fields) - cls.LISTS):
            raise InvalidQuery(faults)
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise InvalidQuery(faults_of(error, cls.model_fields)) from None


def given_twice(request: web.Request, names: Container[str]) -> tuple[Fault, ...]:
    """A fault for each of these parameters that a query has more than once: nobody knows which is meant."""
    times = Counter(name for name, _ in request.query.items() if name in names)
    return tuple(Fault(f"/{name}", "is given more than once.") for name in times if times[name] > 1)
