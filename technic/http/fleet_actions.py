"""What the reader of all scans may say: which of them it wants, and which are to stop."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from aiohttp import web

from technic.engine.fleet_reader import FleetReader
from technic.engine.scan.events import StateChanged
from technic.errors import UnknownScan
from technic.http.actions import cancelled, not_an_action, pong
from technic.http.frames import error_frame
from technic.http.keys import ENGINE
from technic.http.opening import IDS_MOST
from technic.http.refusals import RequestRefused

EVERYTHING = "*"
Frames = list[dict[str, Any]]


class FleetActions:
    """Does what one reader asks.

    Args:
        request: The reader's.
        reader: Its subscription.
    """

    def __init__(self, request: web.Request, reader: FleetReader) -> None:
        self._request = request
        self._reader = reader

    async def obey(self, asked: dict[str, Any]) -> Frames:
        """Do what a message asks; the frames that answer it. Raises RequestRefused."""
        match asked.get("action"):
            case "ping":
                return pong()
            case "cancel":
                return await self._cancel(_named(asked))
            case "subscribe":
                return await self._subscribe(_named(asked))
            case "unsubscribe":
                return self._unsubscribe(_named(asked))
            case action:
                raise not_an_action(action, "subscribe, unsubscribe, cancel or ping")

    async def _subscribe(self, scan_ids: list[str]) -> Frames:
        if EVERYTHING in scan_ids:
            self._reader.add_everything()
            return [{"type": "subscribe", "scan_ids": EVERYTHING}]
        strange = [scan_id for scan_id in scan_ids if not self._reader.goes_on(scan_id)]
        awaited = {scan_id for scan_id in strange if self._reader.awaits(scan_id)}
        self._reader.add(scan_ids)
        errors = await introduce(self._request, self._reader, strange, awaited)
        unknown = {error["scan_id"] for error in errors}
        kept = [scan_id for scan_id in scan_ids if scan_id not in unknown]
        return [*([{"type": "subscribe", "scan_ids": kept}] if kept else ()), *errors]

    def _unsubscribe(self, scan_ids: list[str]) -> Frames:
        if EVERYTHING in scan_ids:
            self._reader.remove_everything()
            return [{"type": "unsubscribe", "scan_ids": EVERYTHING}]
        self._reader.remove(scan_ids)
        return [{"type": "unsubscribe", "scan_ids": scan_ids}]

    async def _cancel(self, scan_ids: list[str]) -> Frames:
        if EVERYTHING in scan_ids:
            raise RequestRefused("All scans at once are not cancelled.", suggestion="Name the scans.")
        answers = []
        for scan_id in scan_ids:
            try:
                answers.append(await cancelled(self._request, scan_id))
            except UnknownScan as error:
                answers.append(unknown_scan(scan_id, error))
        return answers


async def introduce(
    request: web.Request, reader: FleetReader, strange: Iterable[str], awaited: Container[str] = ()
) -> Frames:
    """Look at scans that a reader wants and that do not go on.

    One that has ended is shown as it stands and not wanted any longer. One that is awaited is left alone: the
    reader has seen the end, or is about to. The errors tell what is unknown.
    """
    errors = []
    for scan_id in strange:
        try:
            last = await request.app[ENGINE].snapshot(scan_id)
        except UnknownScan as error:
            reader.remove([scan_id])
            errors.append(unknown_scan(scan_id, error))
            continue
        if last.status.ended and scan_id not in awaited:
            reader.remove([scan_id])
            reader.show(StateChanged(scan_id, last.seq, last))
    return errors


def unknown_scan(scan_id: str, error: UnknownScan) -> dict[str, Any]:
    """The frame that says which scan is not known."""
    return error_frame(error) | {"scan_id": scan_id}


def _named(asked: dict[str, Any]) -> list[str]:
    """The scans that a message names, each once."""
    one, several = asked.get("scan_id"), asked.get("scan_ids", [])
    named = several if isinstance(several, list) else [several]
    if one is not None:
        named = [*named, one]
    if not named or not all(isinstance(scan_id, str) and scan_id for scan_id in named):
        raise RequestRefused(
            "The message names no scans.", suggestion='Send scan_ids: a list of ids, or "*" for all scans.'
        )
    if len(named) > IDS_MOST:
        raise RequestRefused(
            f"{len(named)} scans are too many for one message.", suggestion=f"Name up to {IDS_MOST} at once."
        )
    return list(dict.fromkeys(named))
