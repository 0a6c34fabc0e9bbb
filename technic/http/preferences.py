"""What a client would like best (RFC 7240): `Prefer: wait=N` and `respond-async`.

A preference is never an error: one that is not known, or cannot be read, is as good as not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from aiohttp import web

PREFER = "Prefer"
APPLIED = "Preference-Applied"
WAIT_SECONDS_MOST = 60
_HEADER_MOST = 1_000

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ELEMENT = re.compile(rf'(?:[^,"]|{_QUOTED})+')
_PREFERENCE = re.compile(rf"\s*({_NAME})\s*(?:=\s*({_NAME}|{_QUOTED})\s*)?(?:;.*)?")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What one request would like.

    Attributes:
        wait_seconds: How long its client would wait for a scan to end, at most `WAIT_SECONDS_MOST`; None
            where it said nothing of it.
        respond_async: Whether it would rather be told where to look than wait.
    """

    wait_seconds: int | None = None
    respond_async: bool = False

    @classmethod
    def of(cls, request: web.BaseRequest) -> Self:
        """The preferences of a request; never raises."""
        header = ",".join(request.headers.getall(PREFER, []))
        if len(header) > _HEADER_MOST:
            return cls()
        named: dict[str, str] = {}
        for name, value in _preferences(header):
            named.setdefault(name, value)  # of several the first counts (RFC 7240, 2)
        return cls(_seconds(named.get("wait", "")), "respond-async" in named)

    def applied(self, *, waited: bool, accepted: bool) -> dict[str, str]:
        """The header that says which of them was heeded; nothing where none was.

        Args:
            waited: Whether the client's patience was used.
            accepted: Whether the answer is a 202.
        """
        heeded = [f"wait={self.wait_seconds}"] if waited else []
        heeded += ["respond-async"] if self.respond_async and accepted else []
        return {APPLIED: ", ".join(heeded)} if heeded else {}


def _preferences(header: str) -> Iterator[tuple[str, str]]:
    """Each preference's name, in lower case, with its value; parameters are for nobody here."""
    for element in _ELEMENT.findall(header):
        found = _PREFERENCE.fullmatch(element)
        if found:
            yield found[1].casefold(), (found[2] or "").strip('"')


def _seconds(text: str) -> int | None:
    return min(int(text), WAIT_SECONDS_MOST) if re.fullmatch(r"[0-9]{1,18}", text) else None
