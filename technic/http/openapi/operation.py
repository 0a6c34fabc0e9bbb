"""What one route is asked and may answer, as a value: the document is drawn from a table of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from technic.errors import TechnicError
from technic.http.encoding import JSON_TYPE
from technic.http.inputs import Query
from technic.http.problems import status_of
from technic.http.refusals import Forbidden, UnreadableRequest

JSON_SCHEMA = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which a request may end in a problem."""

    status: int
    code: str
    words: str
    of: type[TechnicError] | None = None


def case_of(error: type[TechnicError]) -> Case:
    """A class of errors: its status, its code, and the sentence of its docstring."""
    return Case(status_of(error), error.code, (error.__doc__ or "").partition("\n")[0], error)


@dataclass(frozen=True, slots=True)
class Header:
    """A header that a route reads."""

    name: str
    words: str
    example: str
    schema: JSON_SCHEMA = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class Content:
    """One form of an answer or a body.

    Attributes:
        shape: The type that it has, or a JSON Schema; None for bytes that no schema describes.
        media: Its media type.
    """

    shape: Any
    media: str = JSON_TYPE


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no problem.

    Attributes:
        status: Its status.
        words: When it is given.
        contents: The forms that it may have; none where it has no body.
        headers: Headers that it has besides those of every answer; those marked with a `?` may be missing.
    """

    status: int
    words: str
    contents: tuple[Content, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter that is not one of a `Query`."""

    name: str
    words: str
    schema: JSON_SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route.

    Attributes:
        method: In capitals.
        path: With `{names}`.
        name: Its operationId: what a generated client calls the function.
        tag: The part of the API that it belongs to.
        summary: What it does, in a few words.
        words: All that one has to know, CommonMark.
        answers: Those that are no problem.
        cases: Those that are, besides those of every route.
        query: What it reads of the query.
        of_request: Fields of a ScanRequest that it reads there too.
        parameters: What else it reads there.
        headers: What it reads of the headers.
        body: The type of its JSON body.
        links: Operations that take the `scan_id` of its answer, by the status of that answer.
        of_scan: Whether what a scan fails of becomes a problem of its own, whatever its code.
        streams: Whether it is described in full in the AsyncAPI document.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    words: str
    answers: tuple[Answer, ...]
    cases: tuple[Case | type[TechnicError], ...] = ()
    query: type[Query] | None = None
    of_request: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    headers: tuple[Header, ...] = ()
    body: Any = None
    links: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    of_scan: bool = False
    streams: bool = False

    def problems(self) -> dict[int, list[Case]]:
        """Its cases by their status."""
        found: dict[int, list[Case]] = {}
        for case in (*self.cases, *EVERYWHERE):
            told = case if isinstance(case, Case) else case_of(case)
            found.setdefault(told.status, []).append(told)
        return dict(sorted(found.items()))


EVERYWHERE = (UnreadableRequest, Forbidden, TechnicError)
"""What any request may end in: it is no HTTP, its caller is not allowed, or something that nobody foresaw."""
