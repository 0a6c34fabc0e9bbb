"""JSON Schemas of the types that go over the wire, made by pydantic, with the words of their docstrings.

What a docstring says under `Attributes:` is what the document says of each property.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

REFERENCE = "#/components/schemas/"
_REFERENCES = re.compile(rf'"{REFERENCE}(\w+)"')
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.+(?:\n {8,}.+)*)", re.MULTILINE)

_MODE: Literal["validation"] = "validation"
"""What goes out looks as what comes in, where a type knows both."""


class Schemas:
    """The schemas of some types, and the components that they share.

    Args:
        shapes: They.

    Attributes:
        components: By name; their references begin with `REFERENCE`.
    """

    def __init__(self, shapes: Iterable[Any]) -> None:
        inputs = [(shape, _MODE, TypeAdapter(shape)) for shape in dict.fromkeys(shapes)]
        found, definitions = TypeAdapter.json_schemas(
            inputs, ref_template=f"{REFERENCE}{{model}}", schema_generator=_InPlainWords
        )
        self._found = {shape: _renamed(schema) for (shape, _), schema in found.items()}
        self.components: dict[str, Any] = {
            _short(name): _renamed(schema) for name, schema in definitions.get("$defs", {}).items()
        }

    def of(self, shape: Any) -> dict[str, Any]:
        """The schema of one of the types: mostly a reference to a component."""
        return dict(self._found[shape])

    def reachable(self, value: Any) -> dict[str, Any]:
        """The components that something refers to, and what these refer to, in the order of their names."""
        found: set[str] = set()
        waiting = [value]
        while waiting:
            named = set(_REFERENCES.findall(json.dumps(waiting.pop()))) - found
            found |= named
            waiting += [self.components[name] for name in named]
        return {name: self.components[name] for name in sorted(found)}


class _InPlainWords(GenerateJsonSchema):
    """As pydantic makes them, but each property says what its class says of it."""

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        return _told(super().typed_dict_schema(schema), schema.get("cls"))

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return _told(super().model_schema(schema), schema["cls"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - as its base has it
        """A title that repeats the name helps nobody."""
        return False


def _told(found: JsonSchemaValue, cls: type[Any] | None) -> JsonSchemaValue:
    if cls is None:
        return found
    found = {name: value for name, value in found.items() if name != "title"}
    found["description"] = summary(cls)
    words = attributes(cls)
    for name, schema in found.get("properties", {}).items():
        if name in words and "description" not in schema:
            schema["description"] = words[name]
    return found


def summary(cls: type[Any]) -> str:
    """What a class's docstring says before its sections."""
    return " ".join(re.split(r"\n\n\w+:\n", inspect.getdoc(cls) or "")[0].split())


def attributes(cls: type[Any]) -> Mapping[str, str]:
    """What the docstrings of a class and of those that it extends say of each attribute."""
    words: dict[str, str] = {}
    for part in reversed((cls, *_bases(cls))):
        listed = (inspect.cleandoc(part.__doc__ or "")).partition("Attributes:\n")[2]
        words |= {name: " ".join(text.split()) for name, text in _ATTRIBUTE.findall(listed)}
    return words


def _bases(cls: type[Any]) -> Iterable[type[Any]]:
    """Those that a class extends; a TypedDict forgets them but in `__orig_bases__`."""
    for base in (*getattr(cls, "__orig_bases__", ()), *cls.__mro__[1:]):
        if isinstance(base, type) and base.__doc__ and base.__module__.startswith("technic"):
            yield base
            if not hasattr(cls, "model_fields"):
                yield from _bases(base)


def _short(name: str) -> str:
    return name.removesuffix("Body")


def _renamed(value: Any) -> Any:
    """A schema whose references name what `_short` makes of them."""
    if isinstance(value, dict):
        return {
            name: REFERENCE + _short(part.removeprefix(REFERENCE)) if name == "$ref" else _renamed(part)
            for name, part in value.items()
        }
    return [_renamed(part) for part in value] if isinstance(value, list) else value
