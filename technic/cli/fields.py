"""`technic fields`: the columns of a row, which are what filters and orders know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from technic.cli.completion import complete_fields
from technic.cli.vocabulary import naming, show

if TYPE_CHECKING:
    from technic.scanner.fields import Field

EXAMPLES = """
technic fields
technic fields rsi relative_volume
technic fields --json
"""
CODES = """
0    printed
2    usage: there is no such field
"""


def fields(
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="These only.", autocompletion=complete_fields),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON array.")] = False,
) -> None:
    """List the columns of a row: what --filter and --sort-by take.

    Each with its unit, its kind and its meaning; one that is named, also with the operators that it takes.
    """
    from technic.scanner.fields import BY_NAME, NAMES  # noqa: PLC0415 - keeps `technic --help` quick
    from technic.scanner.filter_operators import with_operators  # noqa: PLC0415

    told = [BY_NAME[name] for name in naming(names or [], NAMES, "field")]
    meaning = _in_full if names else _in_short
    lines = [(field.name, field.unit, field.kind, meaning(field)) for field in told]
    heads = ("field", "unit", "kind", "what it is")
    show(heads, lines, [with_operators(field) for field in told], as_json=as_json)


def _in_short(field: Field) -> str:
    return field.description


def _in_full(field: Field) -> str:
    """What it is, what can be asked of it, and its values where they are few."""
    from technic.scanner.filter_operators import operators_of  # noqa: PLC0415 - keeps `technic --help` quick

    values = [f"  of {', '.join(field.values)}"] if field.values else []
    return "\n".join([field.description, f"  {' '.join(operators_of(field))}", *values])
