"""Examples of the document: what a real server answered, as `docs/record_examples.py` has written it down.

A problem that cannot be had at will is as the server makes it of its error.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from technic.errors import TechnicError
from technic.http.openapi.operation import Case, Operation
from technic.http.openapi.parameters import PATH_EXAMPLES
from technic.http.problems import problem_body

REQUEST = "request"
_FAILURE = TechnicError("").failure()


@cache
def _recorded() -> dict[str, Any]:
    text = (resources.files(__package__) / "examples.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def recorded(operation: Operation, place: str, media: str) -> dict[str, Any]:
    """What a server answered with this status, or was asked; nothing where nobody wrote it down."""
    of_status = _recorded().get(operation.name, {}).get(place, {})
    return {"example": of_status[media]} if media in of_status else {}


def of_problem(operation: Operation, case: Case, media: str) -> dict[str, Any]:
    """A problem of an operation."""
    told = recorded(operation, str(case.status), media)
    if told or case.of is None:
        return told
    failure = replace(_FAILURE, code=case.code, detail=case.words)
    for name in ("error_type", "message", "suggestion", "recoverable"):
        failure = replace(failure, **{name: getattr(case.of, name)})
    return {
        "example": {
            **problem_body(failure, status=case.status),
            "instance": operation.path.format_map(PATH_EXAMPLES),
        }
    }
