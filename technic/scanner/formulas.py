"""Texts that a spreadsheet would compute, where they only name something (OWASP: CSV injection)."""

from __future__ import annotations

_SIGNS = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - full-width ones are read as formulas too
_MARK = "\ufeff"


def no_formula(text: str) -> str:
    """A text as a cell of CSV may hold it: one that begins like a formula stands behind an apostrophe."""
    return f"'{text}" if text.lstrip(_MARK)[:1] in _SIGNS else text
