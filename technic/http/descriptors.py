"""Room for connections among the files that this process may have open: each takes a descriptor."""

from __future__ import annotations

import sys

OTHERS = 256
"""Descriptors for all else: workers' pipes, the store, bars, logs."""


def room_for(connections: int) -> int:
    """Raise the limit of open files as far as so many connections need and the system lets it.

    Returns:
        How many connections have room then; at least 1, at most what was asked for.
    """
    if sys.platform == "win32":
        return connections
    import resource  # noqa: PLC0415 - not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHERS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(1, min(connections, soft - OTHERS))
