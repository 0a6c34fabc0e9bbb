"""Which failures of a unit are its plan's to narrow down: the unit is cut until one symbol stands alone."""

from __future__ import annotations

from technic.errors import Failure
from technic.scanner.units import WorkUnit

CUT_CODES = frozenset({"worker_died", "unit_overran", "internal_error"})
"""Codes of failures that one symbol of a unit may have brought on all of them."""


def is_cut(unit: WorkUnit, failure: Failure) -> bool:
    """Whether a unit that failed so is cut in two instead of being tried again or given up."""
    return failure.code in CUT_CODES and len(unit.symbols) > 1
