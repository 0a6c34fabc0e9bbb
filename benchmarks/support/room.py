"""Room for many sockets: the limit of open files."""

from __future__ import annotations

import resource


def make_room(files: int) -> bool:
    """Raise the limit for this process and those that it starts; whether so many files have room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files > hard != resource.RLIM_INFINITY:
        return False
    if files > soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return True
