"""What a scan is asked for: valid by construction, and every fault of a bad request named.

Nothing here changes a rating: the selection, the filters, the order and the trade plan's figures decide
which rows come back, `lookback_bars` and `as_of` which bars are looked at. A symbol's figures depend on
its own bars alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from technic.errors import Fault, InvalidRequest
from technic.scanner import filter_shapes
from technic.scanner.bars import MINIMUM_BARS
from technic.scanner.fields import BY_NAME, NAMES, nearest
from technic.scanner.filter_parsing import parse_filters
from technic.scanner.filter_values import day
from technic.scanner.filters import Condition, needs_history, to_json
from technic.scanner.presets import PRESETS, Preset, own_definition
from technic.scanner.request_faults import Refused, faults_of, few_unknown
from technic.scanner.request_lists import names
from technic.scanner.units import content_key


def _day(value: object, info: ValidationInfo) -> date | None:
    """A day that has been; the context may hand in `today`, so that a test can hold it still."""
    if value is None:
        return None
    found = day(value)
    today = (info.context or {}).get("today") or datetime.now(UTC).date()
    if found is None:
        raise Refused('must be a day like "2024-01-31".')
    if found > today:
        raise Refused(f"is in the future: the newest day that can be looked at is {today.isoformat()}.")
    return found


def _lookback(value: int) -> int:
    if 0 < value < MINIMUM_BARS:
        raise Refused(f"must be 0 (all bars), or at least {MINIMUM_BARS}.")
    return value


def _presets(context: Any) -> Mapping[str, Preset] | None:
    """The presets that a request may name: the built-in ones, unless the context hands in others."""
    known: Mapping[str, Preset] | None = (context or {}).get("presets", PRESETS)
    return known


def _preset(value: str, info: ValidationInfo) -> str:
    presets = _presets(info.context)
    if presets is not None and value not in presets:
        near = nearest(value, presets)
        known = "" if near else f" Known are {', '.join(presets)}."
        raise Refused(f"{value[:60]!r} is not a preset.{known}", near)
    return value


def _column(value: str) -> str:
    if value not in BY_NAME:
        raise Refused(f"{value[:60]!r} is not a field.", nearest(value, NAMES))
    return value


def _once(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Without repetitions. Case stays: a market may have two symbols that differ in it alone."""
    return names and tuple(dict.fromkeys(names))


def _filters(value: object) -> tuple[Condition, ...]:
    conditions, faults = parse_filters([] if value is None else value, "")
    if faults:
        raise Refused(faults=faults)
    return conditions


_NOT_BLANK = Field(json_schema_extra={"pattern": r"\S"})
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _NOT_BLANK]
Symbol = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32), _NOT_BLANK]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), _NOT_BLANK]
Symbols = Annotated[
    tuple[Symbol, ...] | None,
    Field(min_length=1, max_length=20_000, strict=False, fail_fast=True),
    BeforeValidator(names(longest=32, most=20_000)),
    AfterValidator(_once),
]
Names = Annotated[
    tuple[Name, ...],
    Field(max_length=200, strict=False, fail_fast=True),
    BeforeValidator(names(longest=200, most=200, absent=()), json_schema_input_type=tuple[Name, ...] | None),
]
Tags = Annotated[
    tuple[Tag, ...],
    Field(max_length=20, strict=False, fail_fast=True),
    BeforeValidator(names(longest=100, most=20, absent=()), json_schema_input_type=tuple[Tag, ...] | None),
]
Filters = Annotated[
    tuple[Condition, ...],
    PlainValidator(_filters, json_schema_input_type=filter_shapes.Filters),
    PlainSerializer(lambda conditions: [to_json(condition) for condition in conditions]),
]
PresetName = Annotated[str, AfterValidator(_preset), WithJsonSchema({"type": "string", "enum": [*PRESETS]})]
ColumnName = Annotated[str, AfterValidator(_column), WithJsonSchema({"type": "string", "enum": [*NAMES]})]
_LOOKBACK = WithJsonSchema(
    {"type": "integer", "anyOf": [{"const": 0}, {"minimum": MINIMUM_BARS, "maximum": 100_000}]}
)
Day = Annotated[date | None, BeforeValidator(_day)]

_EXAMPLES: Mapping[str, Any] = {
    "max_symbols": 500,
    "symbols": ["SIM0001", "SIM0002"],
    "sectors": ["Energy"],
    "industries": ["Pipelines"],
    "min_tech_rating": 50,
    "filters": ["rsi < 30", {"field": "close", "op": ">", "value": 20}],
    "preset": "oversold",
    "sort_by": "change_pct",
    "descending": False,
    "limit": 20,
    "lookback_bars": 250,
    "as_of": "2026-10-30",
    "account_size": 25_000,
    "risk_pct": 0.5,
    "target_rr": 3,
    "allow_shorts": True,
    "priority": 9,
    "deadline_seconds": 60,
    "fresh": True,
    "async_mode": False,
    "tags": ["desk"],
}
"""What somebody might give for each field; its schema shows it."""


def _show_examples(schema: dict[str, Any]) -> None:
    for name, told in schema["properties"].items():
        told["examples"] = [_EXAMPLES[name]]


class ScanRequest(BaseModel):
    """What a scan is asked for. All fields are optional; whatever is wrong raises InvalidRequest.

    `filters` hold conditions, all of which have to hold; a preset's come before them.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        ignored_types=(cached_property,),
        json_schema_extra=_show_examples,
    )

    max_symbols: int | None = Field(
        None, ge=1, le=1_000_000, description="How many symbols at most; null for all."
    )
    symbols: Symbols = Field(None, description="These symbols only; case does not matter.")
    sectors: Names = Field((), description="Symbols of these sectors only.")
    industries: Names = Field((), description="Symbols of these industries only.")
    min_tech_rating: float | None = Field(None, ge=-100, le=100, description="Least rating (inclusive).")
    filters: Filters = Field((), description="Conditions on the columns of a row, all of which must hold.")
    preset: PresetName | None = Field(None, description="A named filter.")
    sort_by: ColumnName = Field("tech_rating", description="Order of the rows.")
    descending: bool = Field(True, description="Highest first.")  # noqa: FBT003 - a default
    limit: int | None = Field(None, ge=1, le=1_000_000, description="How many rows at most; null for all.")
    lookback_bars: Annotated[int, AfterValidator(_lookback), _LOOKBACK] = Field(
        600, ge=0, le=100_000, description="Bars used of each symbol; 0 for all there are, else 20 and more."
    )
    as_of: Day = Field(None, description="Look at the market as it was on this day.")
    account_size: float = Field(10_000.0, gt=0, le=1e15, description="Trade plan: the account, in dollars.")
    risk_pct: float = Field(1.0, gt=0, le=100, description="Trade plan: percent of it to risk in one trade.")
    target_rr: float = Field(2.0, gt=0, le=1000, description="Trade plan: reward for each unit of risk.")
    allow_shorts: bool = Field(False, description="Trade plan: plan SELL and STRONG_SELL too.")  # noqa: FBT003
    priority: int = Field(5, ge=0, le=9, description="9 goes first.")
    deadline_seconds: float | None = Field(
        None, gt=0, le=604_800, description="Seconds from now in which the scan must end; null for no limit."
    )
    fresh: bool = Field(False, description="Recompute what a cache holds.")  # noqa: FBT003 - a default
    async_mode: bool = Field(True, description="Answer at once; false waits for the rows.")  # noqa: FBT003
    tags: Tags = Field((), description="Words of your own to find the scan by.")
    _under: Preset | None = PrivateAttr(None)

    def model_post_init(self, context: Any) -> None:
        """Take the preset in as it is now: the request keeps its meaning whatever becomes of the settings."""
        self._under = (_presets(context) or {}).get(self.preset) if self.preset else None

    @model_validator(mode="wrap")
    @classmethod
    def _in_plain_sentences(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """One kind of error, whoever makes the request: JSON, the command line or a script."""
        shown, unlisted = few_unknown(raw, cls.model_fields) if isinstance(raw, Mapping) else (raw, 0)
        try:
            return handler(shown)
        except ValidationError as error:
            raise InvalidRequest(faults_of(error, cls.model_fields, unlisted=unlisted)) from None

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """All that a row has to meet besides `min_tech_rating`: the preset's conditions, then its own."""
        return (*(self._under.conditions if self._under else ()), *self.filters)

    @property
    def order(self) -> tuple[str, bool]:
        """By which column the rows are ordered, and whether the highest come first."""
        under, own = self._under, self.model_fields_set
        if under is None or under.sort_by is None or "sort_by" in own:
            return self.sort_by, self.descending
        return under.sort_by, self.descending if "descending" in own else under.descending

    @property
    def row_limit(self) -> int | None:
        """How many rows at most; None for all that passed."""
        return self.limit if self._under is None or "limit" in self.model_fields_set else self._under.limit

    @property
    def history(self) -> bool:
        """Whether a condition looks at more than the newest values."""
        return any(needs_history(condition) for condition in self.conditions)

    @property
    def own_preset(self) -> dict[str, Any] | None:
        """The definition of its preset where that is not a built-in one, as JSON values."""
        return own_definition(self._under)

    def as_json(self) -> dict[str, Any]:
        """What was asked for, as JSON values; `parse_request` makes an equal request of it."""
        return self.model_dump(mode="json", exclude_unset=True)

    def request_key(self) -> str:
        """Equal for two requests that ask for the same thing, however they wrote it.

        `async_mode` is left out: it says how the answer is delivered, not what is asked for.
        """
        asked = self.model_dump(mode="json", exclude={"async_mode", "sort_by", "descending", "limit"})
        for name in ("symbols", "sectors", "industries"):
            asked[name] = sorted(asked[name] or ())
        asked["rows"] = (*self.order, self.row_limit)
        asked |= {"own_preset": self.own_preset} if self.own_preset else {}
        return content_key("request", json.dumps(asked, sort_keys=True))


def parse_request(
    body: Mapping[str, Any], *, today: date | None = None, presets: Mapping[str, Preset] | None = PRESETS
) -> ScanRequest:
    """A request from JSON values.

    Args:
        body: The JSON object.
        today: The last day that `as_of` may name; the present day (UTC) where it is not given.
        presets: Those that it may name; None leaves that to the server, to which only its JSON goes.

    Raises:
        InvalidRequest: With one fault for each thing that is wrong.
    """
    if not isinstance(body, Mapping):
        raise InvalidRequest((Fault("", "must be a JSON object."),))
    return ScanRequest.model_validate(dict(body), context={"today": today, "presets": presets})
