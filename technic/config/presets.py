"""Presets of a user's own, as technic.toml holds them: `[presets.NAME]`.

Here stands what such a table looks like. What its filters mean is read by the wing that knows fields:
`technic.scanner.own_presets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from technic.config.texts import object_of

PRESETS_MOST = 200


class PresetSettings(BaseModel):
    """A named filter of your own: as many tables as you like, each under its name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    filters: list[str | dict[str, Any]] = Field(
        [],
        max_length=100,
        description='Conditions, all of which must hold: texts ("rsi < 40") or tables.',
    )
    title: str = Field("", max_length=100, description="As a menu shows it; by default the name, in words.")
    description: str = Field("", max_length=500, description="What it finds, for who chooses it.")
    sort_by: str | None = Field(None, description="The field that orders the rows; by default the request's.")
    descending: bool = Field(True, description="Highest first.")  # noqa: FBT003 - a default
    limit: int | None = Field(None, ge=1, le=1_000_000, description="How many rows at most; by default all.")

    @model_validator(mode="before")
    @classmethod
    def _known_keys_alone(cls, raw: Any) -> Any:
        """A key that sets nothing is named, and the nearest one that does."""
        unknown = [str(key) for key in raw if key not in cls.model_fields] if isinstance(raw, Mapping) else []
        if unknown:
            near = get_close_matches(unknown[0], cls.model_fields, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(cls.model_fields)}"
            raise PydanticCustomError("unknown_key", "{key} is not a key of a preset; {hint}",
                                      {"key": repr(unknown[0][:60]), "hint": hint})  # fmt: skip
        return raw


def _not_too_many(presets: dict[str, PresetSettings]) -> dict[str, PresetSettings]:
    if len(presets) > PRESETS_MOST:
        raise PydanticCustomError("too_many", f"Input should hold at most {PRESETS_MOST} presets")
    return presets


PresetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
OwnPresets = Annotated[
    dict[PresetName, PresetSettings], BeforeValidator(object_of), AfterValidator(_not_too_many)
]
