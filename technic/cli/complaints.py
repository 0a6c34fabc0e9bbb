"""How the command line says what went wrong, and the exit code that goes with it."""

from __future__ import annotations

import sys
from enum import IntEnum

from technic.cli.plain import plain
from technic.errors import Failure, InvalidRequest, SettingsError, TechnicError

_NAMES_OF = {"fields": {"filters", "sort_by"}, "presets": {"preset"}}
"""Commands that list names, and the parts of a request that take these."""


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INTERRUPTED = 130


def exit_code_of(error: TechnicError) -> ExitCode:
    """What somebody wrote is a usage error; all else a failure."""
    return ExitCode.USAGE if isinstance(error, SettingsError | InvalidRequest) else ExitCode.FAILED


def complain(error: TechnicError, command: str = "scan") -> None:
    """Say on stderr what went wrong and what to do about it; one line for each fault.

    Args:
        error: What went wrong.
        command: Whose help page says more.
    """
    if isinstance(error, InvalidRequest):
        for fault in error.faults:
            tell(f"Error: {option_of(fault.pointer)}: {fault.detail}")
        tell(f"`technic {command} --help` says what can be asked for{_where_names_are(error)}.")
        return
    complain_of(error.failure())


def _where_names_are(error: InvalidRequest) -> str:
    """Which commands list the names that were meant, where it is a matter of names."""
    parts = {fault.pointer.split("/")[1] for fault in error.faults if fault.pointer}
    lists = [f"`technic {name}`" for name, of in _NAMES_OF.items() if not parts.isdisjoint(of)]
    return f", {' and '.join(lists)} the names" if lists else ""


def complain_of(failure: Failure) -> None:
    """The same for a failure that came as a value."""
    tell(f"Error: {failure.detail}")
    tell(failure.suggestion)


def option_of(pointer: str) -> str:
    """The option that a JSON pointer into a request stands for: /min_tech_rating is --min-tech-rating."""
    name, _, inner = pointer.removeprefix("/").partition("/")
    option = {"filters": "--filter", "descending": "--ascending", "": "the request"}.get(
        name, "--" + name.replace("_", "-")
    )
    place = inner.partition("/")[0]
    return f"{option} {int(place) + 1}" if place.isdigit() else option


def tell(line: str) -> None:
    """One line on stderr; control characters, which a file's name may hold, cannot reach the terminal."""
    sys.stderr.write(plain(line) + "\n")
