"""What the shell offers when TAB is pressed: names that are known here, and what a server says in time.

A shell has no place for an error: whatever goes wrong, nothing is offered and nothing is said.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from technic.scanner.presets import Preset

BOUND_SECONDS = 1.0
"""So long a server may take; nobody waits for TAB."""
_MOST = 100


def complete_presets(incomplete: str) -> list[tuple[str, str]]:
    """The presets, each with its title."""
    with _quiet():
        known = _known_presets()
        return [(name, preset.title) for name, preset in known.items() if name.startswith(incomplete)]
    return []


def _known_presets() -> Mapping[str, Preset]:
    """Those of the settings in force here; where these cannot be used the built-in ones."""
    from technic.config.loader import load_settings  # noqa: PLC0415 - only when it is asked for
    from technic.errors import SettingsError  # noqa: PLC0415
    from technic.scanner.own_presets import known_presets  # noqa: PLC0415
    from technic.scanner.presets import PRESETS  # noqa: PLC0415

    try:
        return known_presets(load_settings().settings)
    except SettingsError:
        return PRESETS


def complete_fields(incomplete: str) -> list[tuple[str, str]]:
    """The columns of a row, each with its label."""
    with _quiet():
        from technic.scanner.fields import FIELDS  # noqa: PLC0415 - only when it is asked for

        return [(field.name, field.label) for field in FIELDS if field.name.startswith(incomplete)]
    return []


def complete_sectors(ctx: typer.Context, incomplete: str) -> list[str]:
    """The sectors of the server's market; where none answers those that all know; the last of a list."""
    before, comma, last = incomplete.rpartition(",")
    with _quiet():
        known = [name.replace(" ", "-") for name in _known_sectors(ctx)]  # which means the same, unquoted
        return [f"{before}{comma}{name}" for name in _finished(last, known)]
    return []


def _known_sectors(ctx: typer.Context) -> Sequence[str]:
    with contextlib.suppress(Exception):
        return _asked(ctx, _sectors)
    from technic.scanner.sectors import GICS_SECTORS  # noqa: PLC0415 - only when it is asked for

    return GICS_SECTORS


def complete_scans(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The scans of the server that go on, then those that have ended last."""
    named = ctx.params.get("scan_ids") or ()
    with _quiet():
        found = [(scan_id, said) for scan_id, said in _asked(ctx, _scans) if scan_id not in named]
        return [(scan_id, said) for scan_id, said in found if scan_id.startswith(incomplete)]
    return []


def complete_symbols(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The symbols of the server's market that begin so."""

    async def listed(client: Any) -> list[tuple[str, str]]:
        found = (await client.universe(limit=_MOST, search=incomplete))["symbols"]
        return [(str(listing["symbol"]), str(listing["name"] or "")) for listing in found]

    with _quiet():
        titles = dict(_asked(ctx, listed))
        names = _matching(incomplete, titles)
        return list(zip(_finished(incomplete, names), (titles[name] for name in names), strict=True))
    return []


def _matching(incomplete: str, names: Iterable[str]) -> list[str]:
    """Those that begin so; case does not matter."""
    return [name for name in names if name.casefold().startswith(incomplete.casefold())]


def _finished(incomplete: str, names: Iterable[str]) -> list[str]:
    """The same, beginning as it was typed: a shell takes nothing else for what is meant."""
    return [incomplete + name[len(incomplete) :] for name in _matching(incomplete, names)]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Nothing is said on stderr, and nothing raised, for the length of a block."""
    with (
        open(os.devnull, "w") as nowhere,  # noqa: PTH123 - a device
        contextlib.redirect_stderr(nowhere),
        contextlib.suppress(Exception),
    ):
        yield


def _asked(ctx: typer.Context, question: Callable[[Any], Awaitable[Sequence[Any]]]) -> Sequence[Any]:
    """What a server answers in time. Raises whatever goes wrong."""
    import asyncio  # noqa: PLC0415 - only when it is asked for

    from technic.cli.options import server_url  # noqa: PLC0415
    from technic.client import Habits, TechnicClient  # noqa: PLC0415

    async def ask() -> Sequence[Any]:
        habits = Habits(patience_seconds=0, connect_seconds=BOUND_SECONDS, answer_seconds=BOUND_SECONDS)
        async with (
            asyncio.timeout(BOUND_SECONDS),
            TechnicClient(server_url(ctx.params.get("url")), habits=habits) as client,
        ):
            return await question(client)

    return asyncio.run(ask())


async def _scans(client: Any) -> list[tuple[str, str]]:
    running = [(scan.scan_id, f"{scan.status}, {scan.percentage:.0f} %") for scan in await client.active()]
    past = (await client.history(limit=_MOST)).scans
    return [*running, *((str(scan["scan_id"]), str(scan["message"])) for scan in past)]


async def _sectors(client: Any) -> list[str]:
    return sorted((await client.universe(limit=1))["sectors"])
