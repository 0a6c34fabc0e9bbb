"""The examples of the document: they fit it, each answer has one, and a real server answers so."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from technic.http.openapi.document import document
from tests.support.strictly import Strictly

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = document()
SCHEMAS = Strictly(DOCUMENT)
WITHOUT = {
    "text/html", "text/plain", "application/openmetrics-text", "text/event-stream", "text/javascript",
    "text/css", "image/svg+xml", "application/vnd.apache.parquet", "application/vnd.msgpack",
}  # fmt: skip
"""Pages, bytes, and figures by the hundred are better looked at than shown."""
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


def test_every_example_is_as_its_schema_says() -> None:
    told = [(place, content) for place, content in contents() if "example" in content]
    assert len(told) > 100
    for place, content in told:
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
    elif kept != now and not any(part in name for part in DIFFERS):
        yield f"{name}: {kept!r} is now {now!r}"


def test_a_real_server_answers_as_the_examples_say(tmp_path: Path) -> None:
    script = runpy.run_path(str(ROOT / "docs" / "record_examples.py"))
    kept = json.loads(script["EXAMPLES"].read_text(encoding="utf-8"))
    now = script["record"](tmp_path)
    of_now = {"health", "scanStatistics"}  # figures of a process and of an hour
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
