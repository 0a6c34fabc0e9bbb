"""Holds values to schemas of one of the API's documents: what a schema does not name may not be there."""

from __future__ import annotations

from typing import Any

import jsonschema_rs


def strict(schema: Any) -> Any:
    """A schema under which an object may have no property that it does not name."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: part if name == "properties" else strict(part) for name, part in schema.items()}
    if "properties" in schema:
        inner["properties"] = {name: strict(part) for name, part in schema["properties"].items()}
        if schema.get("type") == "object":
            inner.setdefault("additionalProperties", False)
    return inner


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer in a URL."""
    return name.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


class Strictly:
    """The schemas of a document.

    Args:
        document: It.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = {name: strict(part) for name, part in document.items() if isinstance(part, dict)}
        self._known: dict[str, jsonschema_rs.Validator] = {}

    def faults(self, value: Any, *place: str) -> list[str]:
        """What is wrong with a value by the schema at a place of the document."""
        pointer = "/".join(map(escaped, place))
        if pointer not in self._known:
            schema = self._document | {"$ref": f"#/{pointer}"}
            self._known[pointer] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        return [str(error) for error in self._known[pointer].iter_errors(value)]
