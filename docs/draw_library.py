"""Draws docs/library.md from the signatures and docstrings of what a Python program may use.

Run it after one of them has changed: `.venv/bin/python docs/draw_library.py`.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

from technic import client, errors
from technic.scanner.request import ScanRequest
from technic.scanner.result import ScanResult
from technic.scanner.run import run_scan

PAGE = Path(__file__).with_name("library.md")

INTRODUCTION = """\
# The Python library

Drawn by `docs/draw_library.py` from signatures and docstrings; a test holds the two together. `technic` scans
in your own process ([how](howto/first-scan.md#from-a-script)), `technic.client` works with a server
([how](howto/python-client.md)), and both raise the errors of `technic.errors`.
"""
REQUEST = (
    "Its fields, their bounds and their defaults stand [with the API](api.md#the-fields-of-a-scanrequest).\n"
)
ERRORS = """
## technic.errors

An error has `detail` (what is wrong), `advice` (what to do about it) and `metadata`; its class says the
`code` that stands in problems and failures. Those of one `error_type` have a class of their own above them.

| class | code | error_type | when |
|---|---|---|---|
"""
LINE = 110

_SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises):\n((?:(?: {4}.*)?\n?)+)", re.MULTILINE)
_ITEM = re.compile(r"^ {4}(\S[^:\n]*): (.+(?:\n {8,}.+)*)", re.MULTILINE)


def page() -> str:
    """The whole page."""
    local = (_function(run_scan, "run_scan"), _request(), _class(ScanResult))
    remote = (_class(getattr(client, name)) for name in client.__all__ if _is_told(name))
    return "\n".join(
        [INTRODUCTION, "## technic\n", *local, "## technic.client\n", *remote, ERRORS.lstrip() + _errors()]
    )


def _is_told(name: str) -> bool:
    """Aliases of types say nothing of themselves, and errors have a table."""
    found = getattr(client, name)
    return isinstance(found, type) and not issubclass(found, Exception)


def _request() -> str:
    return f"### ScanRequest\n\n{_words(inspect.getdoc(ScanRequest) or '')}\n{REQUEST}"


def _class(cls: type[Any]) -> str:
    """A class: what it is, its attributes and properties, and its methods, those of its bases of ours too."""
    properties = [
        f"- `{name}`: {_one_line(inspect.getdoc(value) or '')}\n"
        for name, value in _public(cls)
        if isinstance(value, property)
    ]
    methods = [_function(value, name, "####") for name, value in _public(cls) if inspect.isfunction(value)]
    listed = ["\nProperties:\n\n", *properties] if properties else []
    return "\n".join(
        [f"### {cls.__name__}\n\n{_words(inspect.getdoc(cls) or '')}{''.join(listed)}", *methods]
    )


def _public(cls: type[Any]) -> Iterator[tuple[str, Any]]:
    """What a class has that a library of somebody else's has not put there."""
    for name, value in inspect.getmembers(cls):
        function = value.fget if isinstance(value, property) else value
        if not name.startswith("_") and getattr(function, "__module__", "").startswith("technic"):
            yield name, value


def _function(function: Any, name: str, head: str = "###") -> str:
    words = _words(inspect.getdoc(function) or "")
    return f"{head} {name}\n\n```python\n{_signature(function)}\n```\n\n{words}"


def _signature(function: Any) -> str:
    """As the source has it, on one line where it is short."""
    source = ast.parse(dedent(inspect.getsource(function))).body[0]
    assert isinstance(source, ast.FunctionDef | ast.AsyncFunctionDef)  # noqa: S101 - for the type checker
    source.args.args = [one for one in source.args.args if one.arg != "self"]
    source.decorator_list, source.body = [], [ast.Pass()]
    text = re.sub(r"(?<=\S)=(?=\S)", " = ", ast.unparse(source).removesuffix("\n    pass"))
    whole = f"{text} ...".replace("'", '"')
    return whole if len(whole) <= LINE else _broken(whole)


def _broken(signature: str) -> str:
    """One parameter a line."""
    head, _, rest = signature.partition("(")
    inner, _, tail = rest.rpartition(")")
    depth, parts, begun = 0, [], 0
    for place, sign in enumerate(inner):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append(inner[begun:place].strip())
            begun = place + 1
    parts.append(inner[begun:].strip())
    return "\n".join([f"{head}(", *(f"    {part}," for part in parts), f"){tail}"])


def _words(docstring: str) -> str:
    """A docstring as Markdown: its sections as lists."""
    text = "\n".join(line.rstrip() for line in docstring.splitlines()) + "\n"
    return _SECTION.sub(lambda found: _section(found[1], found[2]), text).rstrip() + "\n"


def _section(head: str, body: str) -> str:
    items = _ITEM.findall(body) if head in {"Args", "Attributes", "Raises"} else []
    if not items:
        return f"{head}: {_one_line(body)}\n\n"
    return f"{head}:\n\n" + "".join(f"- `{name}`: {_one_line(text)}\n" for name, text in items) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _errors() -> str:
    lines = []
    for error in _known_errors():
        names = " | ".join(f"`{name}`" for name in (error.__name__, error.code, error.error_type))
        words = _one_line((inspect.getdoc(error) or "").partition("\n\n")[0])
        lines.append(f"| {names} | {words} |\n")
    return "".join(lines)


def _known_errors() -> Iterator[type[errors.TechnicError]]:
    """Those of the module, in its order, and the client's own."""
    for module in (errors, client):
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, errors.TechnicError)
                and value.__module__ == ("technic.remote.faults" if module is client else errors.__name__)
            ):
                yield value


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
