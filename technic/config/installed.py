"""Sources that packages installed beside technic bring along, by an entry point.

What is installed is trusted as technic itself is; a name that comes from elsewhere (a file, a database) can
mean nothing else.
"""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint, entry_points

GROUP = "technic.sources"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def installed_sources() -> dict[str, EntryPoint]:
    """The entry points by name; those whose names could not be a folder's are left out."""
    return {point.name: point for point in entry_points(group=GROUP) if _NAME.fullmatch(point.name)}
