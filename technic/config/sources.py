"""Which sources the settings may name, and the table that one of another package is told."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from technic.config.installed import installed_sources
from technic.config.texts import object_of

BUILT_IN = ("simulated", "files")


def _known(name: str) -> str:
    if name in BUILT_IN or name in installed_sources():
        return name
    known = " or ".join(repr(each) for each in (*BUILT_IN, *sorted(installed_sources())))
    raise PydanticCustomError("unknown_source", "Input should be {known}", {"known": known})


SourceName = Annotated[str, AfterValidator(_known)]
Table = Annotated[dict[str, Any], BeforeValidator(object_of)]
"""A table whose keys are not ours."""
