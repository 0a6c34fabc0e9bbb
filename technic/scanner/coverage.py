"""Which groups of the market a scan needs, what is there of them, and which blocks can be rated.

A block is a fixed run of groups in the universe's order. It is rated as a whole as soon as all of its
groups that the scan needs have ended, with the segments of its other groups where they are there: so
that scans with different selections ask for the same unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from technic.scanner.panel_view import PanelView
from technic.scanner.units import SegmentRef
from technic.scanner.universe import Selection


class Coverage:
    """One scan's.

    Args:
        view: The market as it was when the plan was opened.
        selection: The listings that have not ended, in the universe's order.
        block_symbols: How many symbols are rated in one unit.
        piecemeal: Of a block that is not there yet each group is rated when it has come.

    Attributes:
        absent: The needed groups that were not in the panel at first, in order.
    """

    def __init__(self, view: PanelView, selection: Selection, block_symbols: int, *, piecemeal: bool) -> None:
        self._view = view
        self._needed = selection.in_groups(len(view.group_symbols(0)))
        self._segments = {group: view.segment(group) for group in self._needed}
        self.absent = tuple(group for group, segment in self._segments.items() if segment is None)
        self._block_groups = max(1, block_symbols // len(view.group_symbols(0)))
        self._waiting: dict[int, set[int]] = {}  # of each block: groups that have not ended
        for group, segment in self._segments.items():
            self._waiting.setdefault(self._block_of(group), set()).update([group] if segment is None else [])
        self._piecemeal = {block for block, groups in self._waiting.items() if groups and piecemeal}

    @property
    def present(self) -> tuple[int, ...]:
        """The needed groups that are in the panel."""
        return tuple(group for group, segment in self._segments.items() if segment is not None)

    @property
    def missing(self) -> int:
        """How many wanted symbols were not in the panel at first."""
        return sum(len(self._needed[group]) for group in self.absent)

    def wanted(self, group: int) -> tuple[str, ...]:
        """The wanted symbols of a group that had not ended at first."""
        return self._needed.get(group, ())

    def without_bars(self, group: int) -> list[str]:
        """Those of them that the group's segment does not hold."""
        segment, wanted = self._segments.get(group), self.wanted(group)
        if segment is not None and segment.symbols == wanted:
            return []
        held = frozenset(segment.symbols if segment else ())
        return [symbol for symbol in wanted if symbol not in held]

    def put(self, group: int, segment: SegmentRef | None) -> None:
        """What has come of a group; None where nothing has."""
        self._segments[group] = segment

    def ready(self) -> Iterator[Iterable[int]]:
        """The groups of each block that can be rated at first."""
        for block, waiting in self._waiting.items():
            if block in self._piecemeal:
                yield [g for g in self._groups_of(block) if g in self._needed and g not in waiting]
            elif not waiting:
                yield self._groups_of(block)

    def ended(self, group: int) -> Iterable[int]:
        """A group has ended, in whatever way: the groups that can be rated now."""
        block = self._block_of(group)
        waiting = self._waiting[block]
        waiting.discard(group)
        if block in self._piecemeal:
            return [group]
        return () if waiting else self._groups_of(block)

    def segments(self, groups: Iterable[int]) -> tuple[SegmentRef, ...]:
        """What there is of some groups: of a needed one what was put, of others what is there by now."""
        found = [self._segments[g] if g in self._segments else self._view.segment(g) for g in groups]
        return tuple(segment for segment in found if segment is not None and segment.symbols)

    def _groups_of(self, block: int) -> range:
        first = block * self._block_groups
        last = self._view.group_of(self._view.universe.listings[-1].symbol)
        return range(first, min(first + self._block_groups, last + 1))

    def _block_of(self, group: int) -> int:
        return group // self._block_groups
