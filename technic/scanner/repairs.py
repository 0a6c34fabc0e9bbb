"""Stored bars that turned out to be damaged: each group is fetched anew once, then rated again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Repairs:
    """The repairs of one scan."""

    def __init__(self) -> None:
        self._begun: set[int] = set()
        self._out: set[int] = set()
        self._held: list[frozenset[int]] = []  # of each unit that met the damage: its groups

    def __contains__(self, group: int) -> bool:
        """Whether a group is, or was, fetched anew."""
        return group in self._begun

    def begin(self, groups: Sequence[int]) -> list[int] | None:
        """A unit has met damage in some of these groups: which to fetch now, None where that was of no use.

        Two units may meet the same damage; the second waits for what the first has begun.
        """
        fresh = [group for group in groups if group not in self._begun]
        if not fresh and self._out.isdisjoint(groups):
            return None
        self._begun.update(fresh)
        self._out.update(fresh)
        self._held.append(frozenset(groups))
        return fresh

    def ended(self, group: int) -> Iterable[int]:
        """A group has been fetched anew, or cannot be: the groups that can be rated again now, in order."""
        self._out.discard(group)
        ready = [groups for groups in self._held if self._out.isdisjoint(groups)]
        self._held = [groups for groups in self._held if not self._out.isdisjoint(groups)]
        return sorted(frozenset().union(*ready))
