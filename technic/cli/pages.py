"""The help page of a command: what its docstring says, examples, and how it ends."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from textwrap import dedent, indent
from typing import Any

_AS_IT_STANDS = "\b\n"
"""Tells click to leave the lines of a paragraph as they are."""


def page(command: Callable[..., Any], examples: str, codes: str) -> str:
    """The text of a help page.

    Args:
        command: Its docstring comes first.
        examples: A line each.
        codes: What its exit codes mean, a line each.
    """
    parts = [inspect.getdoc(command) or ""]
    for head, text in (("Examples:", examples), ("Exit codes:", codes)):
        parts.append(f"{_AS_IT_STANDS}{head}\n{indent(dedent(text).strip(), '  ')}")
    return "\n\n".join(parts)
