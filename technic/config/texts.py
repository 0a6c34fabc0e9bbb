"""What the environment says as text, as the table that it stands for."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import PydanticCustomError


def object_of(value: Any) -> Any:
    """A JSON object that was written as text; a table stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise PydanticCustomError("table_needed", "Input should be a JSON object") from error
