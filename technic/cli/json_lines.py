"""Progress for scripts: one JSON object a line, with the names that the API's typed frames have."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any, TextIO

from technic.cli.progress import Closing, Standing
from technic.clock import rfc3339
from technic.errors import TechnicError
from technic.http.encoding import json_bytes
from technic.http.payloads import snapshot_body
from technic.http.problems import error_body
from technic.remote.snapshot import Snapshot


class JsonProgress(Closing):
    """A line for each snapshot; a reader that has gone away is no matter.

    Args:
        stream: Where; stderr by default, as the rows go to stdout.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._states: dict[str, tuple[str, bool]] = {}

    def show(self, snapshot: Standing) -> None:
        """`{"type": "progress" | "state", ...}` with the fields of `GET /scan/progress`."""
        state = (str(snapshot.status), snapshot.cancel_requested)
        kind = "progress" if self._states.get(snapshot.scan_id) == state else "state"
        self._states[snapshot.scan_id] = state
        self.write({"type": kind, **body_of(snapshot)})

    def write(self, value: dict[str, Any]) -> None:
        """Any other line."""
        self._stream.write(json_bytes(value).decode() + "\n")
        self._stream.flush()


def body_of(snapshot: Standing) -> dict[str, Any]:
    """A snapshot as the API says it."""
    if not isinstance(snapshot, Snapshot):
        return dict(snapshot_body(snapshot))
    return {name: _plain(value) for name, value in snapshot.model_dump().items()}


def _plain(value: Any) -> Any:
    if isinstance(value, TechnicError):
        return error_body(value)
    return rfc3339(value) if isinstance(value, datetime) else value
