"""From pydantic's errors to faults in plain sentences, each with its pointer and the nearest known name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from technic.errors import Fault
from technic.scanner.faults import ALIKE_MOST, ECHO_MOST, NEAREST_MOST, few, more
from technic.scanner.fields import nearest

_SENTENCES: dict[str, str] = {
    "bool_parsing": "must be true or false.",
    "bool_type": "must be true or false.",
    "float_parsing": "must be a number.",
    "float_type": "must be a number.",
    "finite_number": "must be a finite number.",
    "int_from_float": "must be a whole number.",
    "int_parsing": "must be a whole number.",
    "int_parsing_size": "has too many digits.",
    "int_type": "must be a whole number.",
    "invalid_key": "is not a name: names are text.",
    "literal_error": "must be {expected}.",
    "string_type": "must be text.",
    "string_too_short": "must not be empty.",
    "string_too_long": "must have at most {max_length} characters.",
    "greater_than": "must be greater than {gt:.12g}.",
    "greater_than_equal": "must be at least {ge:.12g}.",
    "less_than": "must be less than {lt:.12g}.",
    "less_than_equal": "must be at most {le:.12g}.",
    "too_short": "must name at least {min_length}.",
    "too_long": "must name at most {max_length}.",
    "tuple_type": "must be a list.",
}

_SENTENCE_MOST = 200


class Refused(ValueError):
    """A value that a validator of ours does not accept.

    Args:
        detail: A sentence that goes on after the field's name.
        near: The known name that was most likely meant.
        faults: Where the value holds others: their faults, with pointers below the value's own.
    """

    def __init__(self, detail: str = "", near: str | None = None, faults: tuple[Fault, ...] = ()) -> None:
        hint = f" Did you mean {near!r}?" if near else ""
        self.faults = faults or (Fault("", detail + hint, near),)
        super().__init__(detail)


def faults_of(error: ValidationError, known: Iterable[str], *, unlisted: int = 0) -> tuple[Fault, ...]:
    """All faults of a request, in the order of its fields; of many alike the first.

    Args:
        error: What pydantic raised.
        known: The names of the request's fields.
        unlisted: How many unknown fields pydantic was not shown, because it was shown enough of them.
    """
    names = tuple(known)
    entries = error.errors(include_url=False, include_input=False)
    lists = {entry["loc"][:-1] for entry in entries}  # those that hold something that is at fault
    strangers = [entry["loc"] for entry in entries if entry["type"] == "extra_forbidden"]
    faults = [
        fault
        for entry in entries
        if not (entry["type"] == "too_short" and entry["loc"] in lists)  # only for want of what was refused
        for fault in _faults(entry, names if entry["loc"] in strangers[:NEAREST_MOST] else ())
    ]
    return few((*faults, *more("", unlisted, "fields that are not known")))


def few_unknown(raw: Mapping[str, Any], known: Collection[str]) -> tuple[dict[str, Any], int]:
    """A request with only so many unknown fields as are told one by one, and how many were left out."""
    unknown = [name for name in raw if name not in known]
    unlisted = frozenset(unknown[ALIKE_MOST:])
    return {name: value for name, value in raw.items() if name not in unlisted}, len(unlisted)


def _faults(entry: Mapping[str, Any], known: tuple[str, ...]) -> tuple[Fault, ...]:
    pointer = pointer_to(entry["loc"])
    cause = (entry.get("ctx") or {}).get("error")
    if isinstance(cause, Refused):
        return tuple(Fault(pointer + fault.pointer, fault.detail, fault.nearest) for fault in cause.faults)
    if entry["type"] == "extra_forbidden":
        return (_unknown(pointer, str(entry["loc"][-1]), known),)
    sentence = _SENTENCES.get(entry["type"], f"{entry['msg'][:_SENTENCE_MOST]}.")
    return (Fault(pointer, sentence.format(**entry.get("ctx") or {})),)


def _unknown(pointer: str, name: str, known: tuple[str, ...]) -> Fault:
    near = nearest(name, known) if known else None
    there = f" Known are {', '.join(known)}." if known else ""
    hint = f" Did you mean {near!r}?" if near else there
    return Fault(pointer, f"{name[:ECHO_MOST]!r} is not a field of a scan request.{hint}", near)


def pointer_to(location: Iterable[str | int]) -> str:
    """An RFC 6901 JSON pointer to a place in a JSON value; of a name that is very long its beginning."""
    return "".join("/" + _cut(str(part)).replace("~", "~0").replace("/", "~1") for part in location)


def _cut(name: str) -> str:
    return name if len(name) <= ECHO_MOST else f"{name[:ECHO_MOST]}…"
