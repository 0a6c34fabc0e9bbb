"""What a route may answer, as response objects: what it is meant to, and every problem with its codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from technic.http.openapi import examples, headers
from technic.http.openapi.operation import Answer, Case, Content, Operation
from technic.http.problems import PROBLEM_TYPE

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_OF_A_SCAN = {500, 502, 504}
"""Statuses under which the legacy call tells of whatever a scan has failed."""

SchemaOf = Callable[[Any], dict[str, Any]]


def answers(operation: Operation, schema_of: SchemaOf) -> dict[str, Any]:
    """All answers of a route, by their status."""
    found = {answer.status: _answer(answer, operation, schema_of) for answer in operation.answers}
    found |= {status: problem(status, cases, operation) for status, cases in operation.problems().items()}
    return {str(status): found[status] for status in sorted(found)}


def _answer(answer: Answer, operation: Operation, schema_of: SchemaOf) -> dict[str, Any]:
    told = {"description": answer.words, "headers": _headers(*answer.headers)}
    if answer.contents:
        told["content"] = {
            content.media: _content(content, schema_of)
            | examples.recorded(operation, str(answer.status), content.media)
            for content in answer.contents
        }
    if answer.status in operation.links:
        told["links"] = {name: _link(name) for name in operation.links[answer.status]}
    return told


def _content(content: Content, schema_of: SchemaOf) -> dict[str, Any]:
    if content.shape is None:
        return {}  # bytes (OpenAPI 3.1: no schema)
    return {"schema": dict(content.shape) if isinstance(content.shape, dict) else schema_of(content.shape)}


def _link(name: str) -> dict[str, Any]:
    return {"operationId": name, "parameters": {"scan_id": "$response.body#/scan_id"}}


def problem(status: int, cases: list[Case], operation: Operation) -> dict[str, Any]:
    """A problem with this status: which codes it may have, and what each means."""
    any_code = operation.of_scan and status in _OF_A_SCAN
    codes = list(dict.fromkeys(case.code for case in cases))
    words = [f"`{code}`: {_first(cases, code)}" for code in codes]
    more = ["Or whatever else the scan has failed of."] if any_code else []
    own: dict[str, Any] = {"status": {"const": status}}
    own |= {} if any_code else {"code": {"enum": codes}}
    names = [*(["Retry-After"] if status in {429, 503} else []), *(["Upgrade"] if status == 426 else [])]  # noqa: PLR2004 - HTTP's own
    return {
        "description": " ".join([*words, *more]),
        "headers": _headers(*names),
        "content": {
            PROBLEM_TYPE: {
                "schema": {"allOf": [_PROBLEM, {"properties": own}]},
                **examples.of_problem(operation, cases[0], PROBLEM_TYPE),
            }
        },
    }


def _first(cases: list[Case], code: str) -> str:
    return next(case.words for case in cases if case.code == code)


def _headers(*names: str) -> dict[str, Any]:
    """Those of one answer, and those of every; with a `?` one that may be missing."""
    found: dict[str, Any] = {}
    for name in (*names, "X-Request-ID"):
        plain = name.rstrip("?")
        found[plain] = (
            headers.told(plain, required=False)
            if name.endswith("?")
            else {"$ref": f"#/components/headers/{headers.component(plain)}"}
        )
    return found
