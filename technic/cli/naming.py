"""The scans that somebody names at a terminal: by their whole id, or by how it begins."""

from __future__ import annotations

import re
from collections.abc import Sequence

import typer

from technic.client import TechnicClient
from technic.errors import TechnicError

_SHOWN = 5
_WHOLE = re.compile("[0-9a-f]{32}")


async def resolve(client: TechnicClient, named: Sequence[str]) -> list[str]:
    """Their whole ids, each once, in order; what begins no id is left as it is, for the server to refuse.

    Raises:
        typer.BadParameter: More than one scan's id begins so, or one is empty.
        TechnicError: As the client does.
    """
    if not all(name.strip() for name in named):  # of `watch "$ID"` where nothing is in ID
        raise typer.BadParameter(
            "an id is empty; `technic history` lists those that there are", param_hint="SCAN_ID"
        )
    if all(_WHOLE.fullmatch(name) for name in named):
        return list(dict.fromkeys(named))
    active = [snapshot.scan_id for snapshot in await client.active()]
    return list(dict.fromkeys([await _resolved(client, name, active) for name in named]))


async def _resolved(client: TechnicClient, name: str, active: Sequence[str]) -> str:
    if _WHOLE.fullmatch(name):
        return name
    found = dict.fromkeys(scan_id for scan_id in active if scan_id.startswith(name))
    found |= dict.fromkeys(await _ended(client, name))
    if name in found or not found:
        return name
    if len(found) > 1:
        shown = ", ".join([*found][:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
        raise typer.BadParameter(f"{name!r} begins the ids of several scans: {shown}", param_hint="SCAN_ID")
    return next(iter(found))


async def _ended(client: TechnicClient, name: str) -> list[str]:
    try:
        past = await client.history(scan_id=name, limit=_SHOWN + 1)
    except TechnicError as error:
        if error.code in {"history_unreadable", "invalid_query"}:
            return []  # it is not needed to name a scan that goes on
        raise
    return [str(scan["scan_id"]) for scan in past.scans]
