"""From a line of text, as a person types it, to the JSON of a filter.

    rsi < 30                     close > sma50                    nr7
    rsi between 30 and 40        sector in Energy, Utilities      industry is not null
    sma50 crosses_above sma200 within 5

A line holds one condition. Only its shape is read here; whether the field exists and the value suits it
is settled where every filter is read, in `filter_parsing`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from technic.errors import Fault, InvalidRequest
from technic.scanner.fields import BY_NAME, FIELDS

_FIELD = r"(?P<field>[A-Za-z_]\w*)"
_SHAPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], dict[str, Any]]], ...]


def parse_expression(text: str) -> dict[str, Any]:
    """One condition as the JSON that a request's `filters` hold.

    Args:
        text: Like `rsi < 30`.

    Raises:
        InvalidRequest: The text has not the shape of a condition; the fault's pointer is empty.
    """
    for pattern, build in _SHAPES:
        match = pattern.fullmatch(text.strip())
        if match:
            return build(match)
    example = (
        "write one like 'rsi < 30', 'sector in Energy,Utilities' or 'sma50 crosses_above sma200 within 5'"
    )
    raise InvalidRequest((Fault("", f"{text[:80]!r} is not a condition: {example}."),))


def _compared(match: re.Match[str]) -> dict[str, Any]:
    field, op = match["field"], match["op"]
    return {"field": field, "op": "==" if op == "=" else op, "value": _operand(match["value"], field)}


def _between(match: re.Match[str]) -> dict[str, Any]:
    field = match["field"]
    ends = [_operand(match["low"], field), _operand(match["high"], field)]
    return {"field": field, "op": "between", "value": ends}


def _listed(match: re.Match[str]) -> dict[str, Any]:
    items = [item.strip() for item in match["values"].strip("[]()").split(",")]
    values = [_operand(item, match["field"]) for item in items if item]
    return {"field": match["field"], "op": "not_in" if match["not"] else "in", "value": values}


def _null(match: re.Match[str]) -> dict[str, Any]:
    return {"field": match["field"], "op": "is_null", "value": not match["not"]}


def _crossing(match: re.Match[str]) -> dict[str, Any]:
    field = match["field"]
    within = {"within": int(match["within"])} if match["within"] else {}
    value = _operand(match["value"], field)
    return {"field": field, "op": f"crosses_{match['way'].lower()}", "value": value, **within}


def _flag(match: re.Match[str]) -> dict[str, Any]:
    return {"field": match["field"], "op": "==", "value": True}


def _operand(word: str, field: str) -> Any:
    """A word as the value it stands for: a number, true or false, another field, or text.

    A field of text is compared with text: `name == close` means a company called close.
    """
    word = word.strip()
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1]
    if field in BY_NAME and BY_NAME[field].kind == "text":
        return word
    if word.lower() in {"true", "false"}:
        return word.lower() == "true"
    return {"field": word} if word in BY_NAME else _number_or_text(word)


def _number_or_text(word: str) -> float | str:
    digits = word.replace("_", "").removesuffix("%")
    try:
        return int(digits) if re.fullmatch(r"[+-]?\d{1,15}", digits) else float(digits)
    except ValueError:
        return word


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(_FIELD + pattern, re.IGNORECASE | re.DOTALL)


_SHAPES = (
    (
        _shape(r"\s+crosses[_ ](?P<way>above|below)\s+(?P<value>\S+)(?:\s+within\s+(?P<within>\d{1,9}))?"),
        _crossing,
    ),
    (_shape(r"\s+between\s+(?P<low>[^\s,]+)(?:\s+and\s+|\s*,\s*|\s+)(?P<high>[^\s,]+)"), _between),
    (_shape(r"\s+(?P<not>not[_ ])?in\s+(?P<values>.+)"), _listed),
    (_shape(r"\s+is[_ ](?P<not>not[_ ])?null"), _null),
    (_shape(r"\s*(?P<op>>=|<=|==|!=|=|>|<)\s*(?P<value>[^\s=<>].*)"), _compared),
    (re.compile(rf"(?P<field>{'|'.join(field.name for field in FIELDS if field.kind == 'flag')})"), _flag),
)
