"""What can be scanned and asked for, on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from technic.http.bodies.results import Row
from technic.http.bodies.scans import Count
from technic.http.bodies.shaped import Day, texts
from technic.scanner.fields import Kind
from technic.scanner.filters import Operator
from technic.scanner.tally import SIGNALS

Signal = Annotated[str, texts(*SIGNALS)]


class ListingBody(TypedDict):
    """One symbol, and what is known of it besides its bars.

    Attributes:
        symbol: Its short name.
        name: The company's.
        sector: The company's.
        industry: The company's.
    """

    symbol: str
    name: str | None
    sector: str | None
    industry: str | None


class UniverseBody(TypedDict):
    """A page of the symbols.

    Attributes:
        total: How many there are in all that were asked for.
        offset: How many were passed over.
        limit: How many a page holds.
        sectors: How many symbols each sector has.
        industries: How many symbols each industry has.
        symbols: They, in order.
    """

    total: Count
    offset: Count
    limit: Count
    sectors: dict[str, int]
    industries: dict[str, int]
    symbols: list[ListingBody]


class RatingBody(TypedDict):
    """A rating, as a number and as the exact fraction that it comes from.

    Attributes:
        value: From -100 to 100; null without a vote.
        fraction: A hundredth of it, exactly.
        signal: Its label.
    """

    value: Annotated[float, Field(ge=-100, le=100)] | None
    fraction: str | None
    signal: Signal | None


class RatingsBody(TypedDict):
    """The rating, and those of both groups of votes.

    Attributes:
        all: The rating.
        moving_averages: Of the votes of the moving averages.
        oscillators: Of the votes of the oscillators.
    """

    all: RatingBody
    moving_averages: RatingBody
    oscillators: RatingBody


class VoteBody(TypedDict):
    """What one of the 26 rules says.

    Attributes:
        name: Which.
        label: As a person writes it.
        group: In which mean it counts.
        values: The indicators that it looked at.
        vote: 1 buy, -1 sell, 0 neutral; null where the bars do not reach.
        rule: When it says what.
    """

    name: str
    label: str
    group: Literal["moving_averages", "oscillators"]
    values: dict[str, float | None]
    vote: Literal[-1, 0, 1] | None
    rule: str


class BarBody(TypedDict):
    """One day of a symbol.

    Attributes:
        date: Which.
        open: In dollars.
        high: In dollars.
        low: In dollars.
        close: In dollars.
        volume: Shares traded.
    """

    date: Day
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: float | None


class SymbolBody(TypedDict):
    """Why a symbol has its rating.

    Attributes:
        symbol: Its short name.
        name: The company's.
        sector: The company's.
        industry: The company's.
        as_of: The day of the newest bar that was looked at.
        signal: The rating's label.
        tech_rating: The rating.
        ratings: It and those of both groups.
        votes: All 26.
        indicators: Every figure that votes look at.
        row: As a scan with this trade plan shows it.
        bars: Those that were looked at, oldest first.
        warnings: What was dropped or mended in its bars.
    """

    symbol: str
    name: str | None
    sector: str | None
    industry: str | None
    as_of: Day | None
    signal: Signal | None
    tech_rating: Annotated[float, Field(ge=-100, le=100)] | None
    ratings: RatingsBody
    votes: list[VoteBody]
    indicators: dict[str, float | None]
    row: Row
    bars: list[BarBody]
    warnings: list[str]


class PresetBody(TypedDict):
    """A named filter.

    Attributes:
        name: As a request names it.
        title: As a menu shows it.
        description: What it finds.
        filters: In the JSON of requests.
        sort_by: Its order; null leaves the request's.
        descending: Whether the highest come first.
        limit: How many rows it returns; null for all.
    """

    name: str
    title: str
    description: str
    filters: list[dict[str, Any]]
    sort_by: str | None
    descending: bool
    limit: int | None


class PresetsBody(TypedDict):
    """The named filters.

    Attributes:
        presets: All of them.
    """

    presets: list[PresetBody]


class FieldBody(TypedDict):
    """One column of a row.

    Attributes:
        name: As it stands in rows, filters and orders.
        label: As a table's head shows it.
        unit: `$`, `%`, `shares`, `bars`, `points`, or empty.
        kind: What its values are.
        description: One sentence.
        shown: Whether a table shows it without being asked.
        values: All values there are, lowest first, where they are few.
        operators: What can be asked of it.
    """

    name: str
    label: str
    unit: str
    kind: Kind
    description: str
    shown: bool
    values: list[str]
    operators: list[Operator]


class FieldsBody(TypedDict):
    """The columns of a row, which are what filters and orders know.

    Attributes:
        fields: They, in order.
        operators: What can be asked of one.
    """

    fields: list[FieldBody]
    operators: list[Operator]
