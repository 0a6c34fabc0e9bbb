"""An error on the wire (RFC 9457)."""

from __future__ import annotations

from typing import Any, NotRequired

from typing_extensions import TypedDict

from technic.errors import ErrorType
from technic.http.bodies.shaped import Reference


class FaultBody(TypedDict):
    """One fault of a request.

    Attributes:
        pointer: Where it is: an RFC 6901 JSON pointer into the body, or `/` and the parameter's name.
        detail: What is wrong, in a sentence.
        nearest: The known name that was most likely meant.
    """

    pointer: str
    detail: str
    nearest: str | None


class FailureBody(TypedDict):
    """What went wrong: in a scan's `error`, and one a symbol in `failures`.

    Attributes:
        type: `urn:technic:problem:` and the code.
        title: The code in words.
        status: The HTTP status that belongs to it.
        detail: One sentence for a developer, with the particulars.
        error_type: One of six kinds that a client can switch on.
        code: The exact case; it does not change from release to release.
        message: One sentence for the person who looks at the app.
        suggestion: What to do about it.
        recoverable: Whether the same thing may succeed when it is tried again.
        retry_after: Seconds to wait before that, where it is known.
        affected_symbols: The symbols that it concerns.
        metadata: Further particulars.
    """

    type: str
    title: str
    status: int
    detail: str
    error_type: ErrorType
    code: str
    message: str
    suggestion: str
    recoverable: bool
    retry_after: float | None
    affected_symbols: list[str]
    metadata: dict[str, Any]


class ProblemBody(FailureBody):
    """The answer to a request that ends in an error.

    Attributes:
        errors: Each fault of a request that has faults.
        instance: The path that was asked for; not there where nobody could read it.
    """

    errors: NotRequired[list[FaultBody]]
    instance: NotRequired[Reference]
