"""How long this process waited for a processor while others had it: by this a disturbed window is known."""

from __future__ import annotations

from pathlib import Path

_ACCOUNT = Path("/proc/self/schedstat")


def waited_seconds() -> float:
    """Of the main thread, so far; 0 where the system keeps no account of it."""
    try:
        return int(_ACCOUNT.read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0
