"""HTML out of values: whatever is not markup already is text, and stands there escaped."""

from __future__ import annotations

import json
from html import escape
from typing import Any

_VOID = frozenset({"meta", "br"})


class Markup(str):
    """HTML that was made here."""

    __slots__ = ()


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """An element; None among the children or attributes is left out.

    Args:
        tag: Its name.
        children: Markup as it is, all else as text.
        attributes: `class_` is `class`, `data_value` is `data-value`; True is one without a value.
    """
    told = "".join(_attribute(name, value) for name, value in attributes.items() if value is not None)
    if tag in _VOID:
        return Markup(f"<{tag}{told}>")
    return Markup(f"<{tag}{told}>{joined(*children)}</{tag}>")


def joined(*children: object) -> Markup:
    """One after the other."""
    return Markup("".join(_html(child) for child in children if child is not None))


def raw_script(code: str, **attributes: object) -> Markup:
    """A script of our own, or of plotly's: not escaped, for a browser would not unescape it.

    Raises:
        ValueError: It would end before its end.
    """
    if "</script" in code.casefold() or "<!--" in code:
        raise ValueError("a script holds what ends a script")
    return element("script", Markup(code), **attributes)


def data_script(identity: str, value: Any) -> Markup:
    """A value for scripts to read; nothing in it can end the element or begin another."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return element("script", Markup(safe), type="application/json", id=identity)


def _html(child: object) -> str:
    return child if isinstance(child, Markup) else escape(_plain(child), quote=True)


def _attribute(name: str, value: object) -> str:
    shown = name.rstrip("_").replace("_", "-")
    return f" {shown}" if value is True else f' {shown}="{escape(_plain(value), quote=True)}"'


def _plain(value: object) -> str:
    """Its text as UTF-8 can hold it."""
    return str(value).encode(errors="backslashreplace").decode()
