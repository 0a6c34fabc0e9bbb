"""The examples of the document: they fit it, each answer has one, and a real server answers so."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from technic.http.openapi.document import document
from technic.scanner.request import ScanRequest, parse_request
from tests.support.strictly import Strictly

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = document()
SCHEMAS = Strictly(DOCUMENT)
WITHOUT = {
    "text/html", "text/javascript", "text/css", "image/svg+xml", "application/vnd.apache.parquet",
    "application/vnd.msgpack",
}  # fmt: skip
"""Pages and bytes are better looked at than shown."""
DIFFERS = (
    "seconds", "_at", "eta", "throughput", "seq", "weight", "p50", "p95", "count", "per_second", "version",
    "timings",
)  # fmt: skip
"""Parts of the names of what is another on each run."""


def contents() -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every form of every answer, with its place in the document."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                for media, content in answer.get("content", {}).items():
                    yield ("paths", path, method, "responses", status, "content", media), content


def test_every_answer_has_an_example() -> None:
    documents = {"/openapi.json", "/asyncapi.json"}
    bare = [
        place
        for place, content in contents()
        if "example" not in content
        and place[-1] not in WITHOUT
        and not (place[1] in documents and place[4] == "200")
    ]
    assert bare == []
    assert "example" in DOCUMENT["paths"]["/scan/start"]["post"]["requestBody"]["content"]["application/json"]


def examples_of(given: dict[str, Any]) -> list[Any]:
    """What somebody might give for a parameter or a header, in whichever of the places it stands."""
    schema = given["schema"] if "schema" in given else given["content"]["application/json"]["schema"]
    return [given["example"]] if "example" in given else list(schema.get("examples", []))


def parameters() -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every parameter of every operation and each header of an answer, with the place of its schema."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            for number, given in enumerate(operation["parameters"]):
                if "$ref" not in given:
                    yield ("paths", path, method, "parameters", str(number)), given
    for kind in ("parameters", "headers"):
        for name, given in DOCUMENT["components"][kind].items():
            yield ("components", kind, name), given


def test_every_parameter_and_header_has_an_example_that_is_as_its_schema_says() -> None:
    given = list(parameters())
    assert len(given) > 80
    for place, one in given:
        schema = ("schema",) if "schema" in one else ("content", "application/json", "schema")
        assert examples_of(one), place
        for example in examples_of(one):
            assert SCHEMAS.faults(example, *place, *schema) == [], place


def test_a_parameter_that_is_a_number_in_a_body_is_one_in_a_query() -> None:
    """A schema without its type takes every text."""
    fields = DOCUMENT["components"]["schemas"]["ScanRequest"]["properties"]
    numbers = {
        name
        for name, schema in fields.items()
        if {"integer", "number"} & {part.get("type") for part in (schema, *schema.get("anyOf", ()))}
    }
    given = [(place, one) for place, one in parameters() if one.get("name") in numbers]
    assert {one["name"] for _, one in given} == numbers
    assert [place for place, _ in given if SCHEMAS.faults("many", *place, "schema") == []] == []


def test_what_need_not_be_given_is_not_filled_in_where_somebody_tries_a_request() -> None:
    optional = [(place, one) for place, one in parameters() if one.get("in") in {"query", "header"}]
    assert [place for place, one in optional if "example" in one] == []


def test_each_field_of_a_request_has_an_example_that_is_taken() -> None:
    fields = DOCUMENT["components"]["schemas"]["ScanRequest"]["properties"]
    given = {name: schema["examples"][0] for name, schema in fields.items()}
    assert given.keys() == ScanRequest.model_fields.keys()
    assert parse_request(given).as_json().keys() == given.keys()


def test_every_example_is_as_its_schema_says() -> None:
    told = [(place, content) for place, content in contents() if "example" in content]
    assert len(told) > 100
    for place, content in told:
        if place[-1] != "text/event-stream":  # has no schema: its frames are the AsyncAPI document's
            assert SCHEMAS.faults(content["example"], *place, "schema") == [], place
    body = DOCUMENT["paths"]["/scan/start"]["post"]["requestBody"]["content"]["application/json"]
    place = ("paths", "/scan/start", "post", "requestBody", "content", "application/json", "schema")
    assert SCHEMAS.faults(body["example"], *place) == []


def differences(kept: Any, now: Any, name: str = "") -> Iterator[str]:
    """Where an answer is no longer as it was recorded, but for what is another on each run."""
    if isinstance(kept, dict) and isinstance(now, dict):
        if set(kept) != set(now):
            yield f"{name}: {sorted(set(kept) ^ set(now))}"
        for key in kept.keys() & now.keys():
            yield from differences(kept[key], now[key], f"{name}/{key}")
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for place, (one, other) in enumerate(zip(kept, now, strict=True)):
            yield from differences(one, other, f"{name}/{place}")
    elif name.endswith("/text/event-stream"):
        yield from differences(_events(kept), _events(now), name)
    elif kept != now and not any(part in name for part in DIFFERS):
        yield f"{name}: {kept!r} is now {now!r}"


def _events(text: str) -> list[Any]:
    """The frames of a stream, without their ids, which are others on each run."""
    found = re.findall(r"^data: (.+)$", text, re.MULTILINE)
    told = [json.loads(one) for one in found]
    return [{name: one[name] for name in one.keys() - {"at", "epoch", "offset"}} for one in told]


def test_a_real_server_answers_as_the_examples_say(tmp_path: Path) -> None:
    script = runpy.run_path(str(ROOT / "docs" / "record_examples.py"))
    kept = json.loads(script["EXAMPLES"].read_text(encoding="utf-8"))
    now = script["record"](tmp_path)
    of_now = {"health", "metrics", "scanStatistics"}  # figures of a process and of an hour
    told = [each for name in kept if name not in of_now for each in differences(kept[name], now[name], name)]
    assert told == [], "record them again: .venv/bin/python docs/record_examples.py"
    assert set(kept) == set(now)


def test_a_difference_is_seen() -> None:
    kept = {"rows": [{"close": 1.0, "total_seconds": 2.0}]}
    assert list(differences(kept, {"rows": [{"close": 1.5, "total_seconds": 3.0}]})) == [
        "/rows/0/close: 1.0 is now 1.5"
    ]
    assert list(differences(kept, {"rows": []}))
    assert list(differences(kept, {"lines": []})) == [": ['lines', 'rows']"]
