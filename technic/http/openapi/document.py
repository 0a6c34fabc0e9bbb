"""The OpenAPI 3.1 document: drawn from the table of operations and the types that read and write."""

from __future__ import annotations

from typing import Any

from technic import __version__
from technic.http.bodies.problem import ProblemBody
from technic.http.encoding import JSON_TYPE
from technic.http.openapi import examples, headers
from technic.http.openapi.answers import answers
from technic.http.openapi.operation import Operation
from technic.http.openapi.operations.every import OPERATIONS, TAGS
from technic.http.openapi.parameters import parameters
from technic.http.openapi.schemas import Schemas
from technic.scanner.request import ScanRequest

VERSION = "3.1.0"
WORDS = """\
A stock scanner that people run as a service: start a scan, see live how far it is, fetch its rows.

- Every error is a problem (RFC 9457) in `application/problem+json`: switch on `code`.
- In a query, an empty parameter and `null` count as not given. One that a route does not know is ignored.
- Every answer carries `X-Request-ID`. Each GET but streams and the legacy call answers HEAD too; every path
  answers OPTIONS, and a method that it does not take with 405 and `Allow`.
- Streams are described in full by [the AsyncAPI document](asyncapi.json): see [docs/streams](docs/streams).
"""
_FRAMES = " Its frames: [to read](docs/streams), [as AsyncAPI](asyncapi.json)."


def document() -> dict[str, Any]:
    """The document, as JSON values."""
    schemas = Schemas(_shapes())
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _told(operation, schemas)
    return {
        "openapi": VERSION,
        "info": {
            "title": "technic",
            "version": __version__,
            "summary": "A stock scanner",
            "description": WORDS,
        },
        "servers": [{"url": ".", "description": "Where this document comes from."}],
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.reachable(paths),
            "headers": headers.components(),
            "parameters": {"RequestId": _REQUEST_ID},
        },
    }


def _shapes() -> list[Any]:
    """Every type that an operation names."""
    found: list[Any] = [ScanRequest, ProblemBody]
    for operation in OPERATIONS:
        found += [shape for shape in (operation.query, operation.body) if shape is not None]
        found += [content.shape for answer in operation.answers for content in answer.contents]
    return [shape for shape in found if shape is not None and not isinstance(shape, dict)]


def _told(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    queries = {} if operation.query is None else {operation.query: _whole(schemas, operation.query)}
    told: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.words,
        "parameters": parameters(operation, queries, schemas.components["ScanRequest"]),
        "responses": answers(operation, schemas.of),
    }
    if operation.body is not None:
        told["requestBody"] = _body(operation, schemas.of(operation.body))
    if operation.streams:
        told["description"] += _FRAMES
    return told


def _whole(schemas: Schemas, shape: Any) -> dict[str, Any]:
    """A type's schema itself, where `of` gives a reference."""
    found = schemas.of(shape)
    return schemas.components[found["$ref"].rpartition("/")[2]] if "$ref" in found else found


def _body(operation: Operation, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": "One JSON object, or no body at all. It may be called plain text or a form, too, as "
        "`curl -d` does.",
        "required": False,
        "content": {
            JSON_TYPE: {"schema": schema} | examples.recorded(operation, examples.REQUEST, JSON_TYPE)
        },
    }


_REQUEST_ID = {
    "name": "X-Request-ID",
    "in": "header",
    "description": "An id of your own, up to 64 letters, digits, dots, hyphens and underscores; another is "
    "not taken.",
    "schema": {"type": "string", "examples": ["quotes-7f3a"]},
}
