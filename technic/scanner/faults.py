"""How many faults of one request are told: so many as somebody may read, and the number of the others."""

from __future__ import annotations

from technic.errors import Fault

ALIKE_MOST = 20
"""So many faults of one kind are told one by one."""
FAULTS_MOST = 50
"""So many are told in all."""
NEAREST_MOST = 5
"""For so many unknown names the nearest known one is looked for."""
ECHO_MOST = 60
"""Characters of what somebody sent that stand in an answer."""


def few(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """The first of many faults, and how many more there are."""
    return (*faults[:FAULTS_MOST], *more("", len(faults) - FAULTS_MOST, "faults"))


def more(pointer: str, count: int, what: str) -> tuple[Fault, ...]:
    """The fault that stands for those that are not told one by one; none where there are none."""
    return (Fault(pointer, f"has {count:,} more {what}."),) if count > 0 else ()
