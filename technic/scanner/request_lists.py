"""Lists of names in a request: how long one is is looked at before what it holds, and few faults are told."""

from __future__ import annotations

from collections.abc import Callable

from technic.errors import Fault
from technic.scanner.faults import ALIKE_MOST, more
from technic.scanner.request_faults import Refused

Check = Callable[[object], object]


def names(*, longest: int, most: int, absent: object = None) -> Check:
    """A check for pydantic to make before its own, which would note each of a hundred thousand faults.

    JSON knows lists only; a single text is a mistake that must not pass as a list of letters.

    Args:
        longest: Characters that a name may have, without the blanks around it.
        most: Names that a list may have.
        absent: What null stands for.
    """

    def check(value: object) -> object:
        if value is None:
            return absent
        if not isinstance(value, list | tuple):
            raise Refused('must be a list, like ["A", "B"].')
        if len(value) > most:
            raise Refused(f"must name at most {most}.")
        wrong = [place for place, name in enumerate(value) if not _is_name(name, longest)]
        if wrong:
            told = [Fault(f"/{place}", _what(value[place], longest)) for place in wrong[:ALIKE_MOST]]
            raise Refused(faults=(*told, *more("", len(wrong) - len(told), "values that cannot be used")))
        return value

    return check


def _is_name(name: object, longest: int) -> bool:
    return isinstance(name, str) and 0 < len(name.strip()) <= longest


def _what(name: object, longest: int) -> str:
    """What is wrong with a name."""
    if not isinstance(name, str):
        return "must be text."
    return f"must have at most {longest} characters." if name.strip() else "must not be empty."
