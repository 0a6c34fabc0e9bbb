"""The OpenAPI document: every route, every parameter that a handler reads, and nothing that there is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from aiohttp import hdrs, web
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from technic.http import routes
from technic.http.inputs import Query
from technic.http.openapi.document import document
from technic.http.openapi.operations.every import OPERATIONS, TAGS
from technic.http.problems import STATUS
from tests.http.conftest import Served
from tests.http.scripted_engine import ScriptedEngine

DOCUMENT = document()
ROUTED = {(route.method, re.sub(r":[^}]*", "", route.path)) for route in routes.ROUTES}
PATHS = {
    (method.upper(), path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
OF_EVERY_REQUEST = {
    hdrs.HOST, hdrs.ORIGIN, "Sec-Fetch-Site", "X-Request-ID", hdrs.UPGRADE, hdrs.CONNECTION, hdrs.EXPECT,
    hdrs.CONTENT_TYPE, hdrs.CONTENT_LENGTH, hdrs.CONTENT_ENCODING, hdrs.ACCEPT, hdrs.ACCEPT_ENCODING,
    hdrs.SEC_WEBSOCKET_PROTOCOL, hdrs.SEC_WEBSOCKET_KEY, hdrs.SEC_WEBSOCKET_VERSION, hdrs.TRANSFER_ENCODING,
    hdrs.ACCESS_CONTROL_REQUEST_METHOD, hdrs.SEC_WEBSOCKET_EXTENSIONS,
}  # fmt: skip
"""What HTTP itself is about; OpenAPI has no parameters for Accept and Content-Type."""


def texts(value: Any, name: str) -> Iterator[Any]:
    """Every value that stands under a name, wherever."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key == name:
                yield part
            yield from texts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, name)


def test_it_is_an_openapi_3_1_document() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    OPENAPI_31_VALIDATOR.validate(DOCUMENT)
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT


def test_every_route_is_in_it_and_every_operation_is_a_route() -> None:
    assert set(PATHS) == ROUTED


def test_every_schema_is_one() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name
    for schema in texts(DOCUMENT["paths"], "schema"):
        assert jsonschema_rs.meta.is_valid(schema)


def test_every_reference_and_every_link_leads_somewhere() -> None:
    for reference in texts(DOCUMENT, "$ref"):
        place: Any = DOCUMENT
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]
    names = {operation["operationId"] for operation in PATHS.values()}
    for links in texts(DOCUMENT["paths"], "links"):
        assert {link["operationId"] for link in links.values()} <= names


def test_every_operation_has_a_name_of_its_own_a_tag_that_is_explained_and_words() -> None:
    names = [operation["operationId"] for operation in PATHS.values()]
    assert len(set(names)) == len(names)
    assert {tag for operation in PATHS.values() for tag in operation["tags"]} == set(TAGS)
    for operation in PATHS.values():
        assert operation["summary"], operation["operationId"]
        assert operation["description"].endswith("."), operation["operationId"]


def test_every_parameter_property_and_answer_is_explained_in_a_sentence() -> None:
    for parameters in texts(DOCUMENT["paths"], "parameters"):
        if isinstance(parameters, list):
            assert [each for each in parameters if "$ref" not in each and not each["description"]] == []
    mute = [
        f"{name}.{key}"
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for key, part in schema.get("properties", {}).items()
        if "description" not in part and name not in {"AllOf", "AnyOf", "NoneOf"}
    ]
    assert mute == []
    for responses in texts(DOCUMENT["paths"], "responses"):
        assert all(answer["description"] for answer in responses.values())


def test_every_status_that_an_error_may_have_is_a_problem_of_a_known_code() -> None:
    for operation in OPERATIONS:
        for status, cases in operation.problems().items():
            told = PATHS[operation.method, operation.path]["responses"][str(status)]
            assert list(told["content"]) == ["application/problem+json"]
            assert all(case.code in told["description"] for case in cases)
    assert set(STATUS.values()) <= {status for operation in OPERATIONS for status in operation.problems()}


# --- what handlers really read


class Recording:
    """A mapping that notes which names are looked for."""

    def __init__(self, real: Any, seen: set[str]) -> None:
        self._real, self._seen = real, seen

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in {"get", "getall", "getone"}:
            return found

        def looked(key: str, *rest: Any) -> Any:
            self._seen.add(str(key))
            return found(key, *rest)

        return looked

    def __getitem__(self, key: str) -> Any:
        self._seen.add(str(key))
        return self._real[key]

    def __contains__(self, key: object) -> bool:
        self._seen.add(str(key))
        return key in self._real

    def __iter__(self) -> Iterator[str]:
        return iter(self._real)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The names that handlers look for, in `query` and in `header`, from now on."""
    seen: dict[str, set[str]] = {"query": set(), "header": set()}
    real = Query.read.__func__

    def watched(cls: type[Query], request: web.Request) -> Query:
        seen["query"] |= set(cls.model_fields)
        return real(cls, request)

    monkeypatch.setattr(Query, "read", classmethod(watched))
    monkeypatch.setattr(
        web.BaseRequest, "query", property(lambda self: Recording(self.rel_url.query, seen["query"]))
    )
    monkeypatch.setattr(
        web.BaseRequest, "headers", property(lambda self: Recording(self._headers, seen["header"]))
    )
    return seen


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_what_a_handler_reads_is_documented_and_nothing_else_is(
    served: Served, engine: ScriptedEngine, read: dict[str, set[str]], operation: Any
) -> None:
    engine.begin()
    engine.end()
    path = operation.path.format(scan_id="s1", symbol="SIM0001", name="js/main.js")
    if operation.name == "legacyScan":  # it looks through all that there is
        read["query"] |= set(operation.of_request)
        path += "?limit=x"
    if operation.name.endswith("Socket"):
        async with served.client.ws_connect(f"{path}?events=all"):
            pass
    else:
        async with served.client.request(operation.method, path):
            pass
    told: dict[str, set[str]] = {"query": set(), "header": set()}
    for parameter in PATHS[operation.method, operation.path]["parameters"]:
        if parameter.get("in") in told:
            told[parameter["in"]].add(parameter["name"])
    assert read["query"] == told["query"]
    known = {str(name) for name in OF_EVERY_REQUEST}
    assert {name for name in read["header"] if name not in known} == told["header"]


def test_nobody_reads_a_query_in_another_way() -> None:
    """What goes round `Query` and a ScanRequest is read in three places, which the test above looks at."""
    folder = Path(routes.__file__).parent
    reading = {path.name for path in folder.rglob("*.py") if "request.query" in path.read_text("utf-8")}
    assert reading == {"inputs.py", "legacy.py", "symbols.py", "negotiation.py"}
