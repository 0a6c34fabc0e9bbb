"""What a route reads besides its body, as parameter objects: drawn from the types that read it.

What need not be given has its example in its schema: one of the parameter itself is what Swagger UI fills
in, and a request to try would ask for all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from technic.http.encoding import JSON_TYPE
from technic.http.inputs import FLAG_SCHEMA, Query
from technic.http.openapi.operation import Header, Operation, Parameter
from technic.http.openapi.schemas import attributes

PATH_WORDS = {
    "scan_id": "The scan's id, as its start answered it.",
    "symbol": "The symbol; case does not matter.",
    "name": "The file's name.",
}
PATH_EXAMPLES = {"scan_id": "f90d09e5c05c43a1952bc98b63044d88", "symbol": "SIM0001", "name": "js/main.js"}
_REQUEST_ID = {"$ref": "#/components/parameters/RequestId"}
_NULL = {"type": "null"}


def parameters(
    operation: Operation, queries: Mapping[type[Query], dict[str, Any]], request: dict[str, Any]
) -> list[dict[str, Any]]:
    """All parameters of a route.

    Args:
        operation: It.
        queries: The schema of each type of query.
        request: The schema of a ScanRequest, some fields of which may stand in a query.
    """
    return [
        *map(_of_path, re.findall(r"{(\w+)}", operation.path)),
        *_of_query(operation, queries),
        *(_of_request(name, request["properties"][name]) for name in operation.of_request),
        *map(_by_itself, operation.parameters),
        *map(_header, operation.headers),
        _REQUEST_ID,
    ]


def _of_path(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": PATH_WORDS[name],
        "schema": {"type": "string", "minLength": 1},
        "example": PATH_EXAMPLES[name],
    }


def _of_query(
    operation: Operation, queries: Mapping[type[Query], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    if operation.query is None:
        return
    words = attributes(operation.query)
    for name, schema in queries[operation.query]["properties"].items():
        plain = {key: value for key, value in schema.items() if key != "description"}
        yield _in_query(name, words[name], plain, listed=name in operation.query.LISTS)


def _of_request(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A field of a ScanRequest in a query: lists with commas, filters in JSON, flags as a query has them."""
    plain = {key: value for key, value in schema.items() if key != "description"}
    if plain.get("type") == "boolean":
        del plain["type"]  # its branches have theirs
        plain |= FLAG_SCHEMA
    return _in_query(
        name,
        schema["description"],
        plain,
        listed="array" in {part.get("type") for part in (plain, *plain.get("anyOf", ()))},
        as_json=name == "filters",
    )


def _by_itself(parameter: Parameter) -> dict[str, Any]:
    return _in_query(parameter.name, parameter.words, dict(parameter.schema))


def _in_query(
    name: str, words: str, schema: dict[str, Any], *, listed: bool = False, as_json: bool = False
) -> dict[str, Any]:
    """A query parameter; an empty one and `null` count as not given, so they are among the values."""
    found: dict[str, Any] = {"name": name, "in": "query", "description": words}
    if as_json:
        return found | {"content": {JSON_TYPE: {"schema": _without_null(schema)}}}
    commas = {"style": "form", "explode": False} if listed else {}
    plain = _without_null(schema)
    return found | commas | {"schema": plain if listed else _or_nothing(plain)}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("default", ()) in (None, [], ()):
        schema = {name: value for name, value in schema.items() if name != "default"}
    branches = [part for part in schema.get("anyOf", ()) if part != _NULL]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if len(branches) == 1:
        return rest | dict(branches[0])
    return rest | {"anyOf": branches} if branches else rest


def _or_nothing(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("type") == "string" and not {"enum", "pattern", "format"} & schema.keys():
        return schema
    beside = {name: schema[name] for name in ("default", "examples") if name in schema}
    plain = {name: value for name, value in schema.items() if name not in {"anyOf", *beside}}
    branches = [plain | branch for branch in schema.get("anyOf", ({},))]
    return beside | {"anyOf": [*branches, {"enum": [None, ""]}]}


def _header(header: Header) -> dict[str, Any]:
    return {
        "name": header.name,
        "in": "header",
        "description": header.words,
        "schema": {**header.schema, "examples": [header.example]},
    }
