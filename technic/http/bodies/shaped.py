"""How a field's value is described where Python's own type says less than what goes over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema

from technic.engine.scan.events import Status


@dataclass(frozen=True, slots=True)
class Shaped:
    """Marks a value that is built elsewhere, as a plain dict or list, and looks like this type."""

    shape: Any

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the shape."""
        return handler.generate_schema(self.shape)


def texts(*values: str, **more: Any) -> WithJsonSchema:
    """A text that is one of these."""
    return WithJsonSchema({"type": "string", "enum": list(values)} | more)


Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""RFC 3339, in UTC, with milliseconds."""
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Reference = Annotated[str, WithJsonSchema({"type": "string", "format": "uri-reference"})]
"""An address on this server, from its root."""
StatusText = Annotated[str, texts(*[status.value for status in Status])]
EndedText = Annotated[str, texts(*[status.value for status in Status if status.ended])]
