"""Which symbols there are, in their natural order, and which of them a request means."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from itertools import pairwise

import numpy as np

from technic.errors import Fault, InvalidRequest
from technic.scanner.bounded import Bounded
from technic.scanner.faults import few
from technic.scanner.sectors import GICS_SECTORS, canonical_sector, folded

_FEW = 30
"""So many names can stand in one sentence."""

_KEPT_BYTES, _SYMBOL_BYTES = 16 << 20, 100
"""What selections that were asked for lately may take, and about what a symbol takes in one (measured)."""

_Names = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Listing:
    """One symbol and what is known of it besides its bars."""

    symbol: str
    name: str | None = None
    sector: str | None = None
    industry: str | None = None


@dataclass(frozen=True, eq=False)
class Selection:
    """What a request means; scans that select the same have the very same one.

    Attributes:
        positions: Where the chosen listings stand in the universe, ascending.
        listings: The chosen ones, in the universe's order.
        unknown: Symbols that were asked for and do not exist, as they were written, in that order.
    """

    positions: tuple[int, ...]
    listings: tuple[Listing, ...]
    unknown: tuple[str, ...]
    _groups: dict[int, Mapping[int, tuple[str, ...]]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def by_symbol(self) -> Mapping[str, Listing]:
        """The chosen listings by their symbols."""
        return {listing.symbol: listing for listing in self.listings}

    def in_groups(self, size: int) -> Mapping[int, tuple[str, ...]]:
        """The chosen symbols by the group of so many that they belong to: a run of the universe's order."""
        found = self._groups.get(size)
        if found is None:
            symbols = tuple(self.by_symbol)
            groups = np.array(self.positions, dtype=np.intp) // size
            first = np.flatnonzero(np.diff(groups, prepend=-1)).tolist()
            runs = pairwise([*first, len(symbols)])
            found = self._groups[size] = {int(groups[at]): symbols[at:end] for at, end in runs}
        return found

    def without(self, symbols: Container[str]) -> Selection:
        """The same but for some symbols, known or not."""
        left = [place for place, each in enumerate(self.listings) if each.symbol not in symbols]
        return Selection(
            tuple([self.positions[place] for place in left]),
            tuple([self.listings[place] for place in left]),
            tuple([symbol for symbol in self.unknown if symbol not in symbols]),
        )


def natural_order(symbol: str) -> tuple[list[str | tuple[int, str]], str]:
    """Sort key of a symbol: numbers in it count as numbers, so that SIM2 comes before SIM10."""
    parts: list[str | tuple[int, str]] = list(re.split(r"([0-9]+)", symbol.casefold()))
    for at in range(1, len(parts), 2):
        digits = str(parts[at]).lstrip("0")
        parts[at] = (len(digits), digits)
    return parts, symbol


class Universe:
    """Every listing of a source, in natural symbol order; immutable once made, for any thread.

    Args:
        listings: In any order; of two with the same symbol the first counts.
    """

    __slots__ = ("_folded", "_industries", "_positions", "_sectors", "_selected", "listings")

    def __init__(self, listings: Iterable[Listing]) -> None:
        unique: dict[str, Listing] = {}
        for listing in listings:
            unique.setdefault(listing.symbol, listing)
        self.listings = tuple(unique[symbol] for symbol in sorted(unique, key=natural_order))
        self._selected = Bounded[tuple[_Names, _Names, _Names, int | None], Selection](_KEPT_BYTES)
        self._positions = {listing.symbol: at for at, listing in enumerate(self.listings)}
        self._folded: dict[str, int] = {}
        for symbol, at in self._positions.items():
            self._folded.setdefault(symbol.casefold(), at)
        self._sectors = self._grouped(lambda listing: listing.sector, canonical_sector)
        self._industries = self._grouped(lambda listing: listing.industry, folded)

    def __len__(self) -> int:
        """How many listings there are."""
        return len(self.listings)

    def __contains__(self, symbol: str) -> bool:
        """Whether there is such a symbol, in any case."""
        return self.position(symbol) is not None

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol, in order."""
        return tuple(self._positions)

    @property
    def sectors(self) -> tuple[str, ...]:
        """The canonical names of the sectors that occur, in the order of the alphabet."""
        return tuple(sorted(self._sectors))

    @property
    def industries(self) -> tuple[str, ...]:
        """The industries that occur, as their first listing spells them, in the order of the alphabet."""
        first = (self.listings[members[0]].industry for members in self._industries.values())
        return tuple(sorted(name for name in first if name is not None))

    def position(self, symbol: str) -> int | None:
        """Where a symbol stands, None if there is none; case matters only where two differ in it alone."""
        exact = self._positions.get(symbol)
        return self._folded.get(symbol.casefold()) if exact is None else exact

    def find(self, symbol: str) -> Listing | None:
        """A symbol's listing, None if there is none."""
        at = self.position(symbol)
        return None if at is None else self.listings[at]

    def select(
        self,
        symbols: Sequence[str] | None = None,
        sectors: Sequence[str] | None = None,
        industries: Sequence[str] | None = None,
        max_symbols: int | None = None,
    ) -> Selection:
        """The listings that a request means; None does not restrict.

        Args:
            symbols: Only these; case does not matter, a repeated one counts once.
            sectors: Only in these, in any spelling.
            industries: Only in these; case does not matter.
            max_symbols: Of what is left the first so many, in the universe's order.

        Raises:
            InvalidRequest: A sector or an industry that nobody knows, with a pointer and the nearest.
        """
        asked = _fixed(symbols), _fixed(sectors), _fixed(industries), max_symbols
        found = self._selected.get(asked)
        if found is None:
            found = self._select(*asked)
            size = 1 + len(found.listings) + sum(len(names or ()) for names in asked[:3])
            self._selected.keep(asked, found, _SYMBOL_BYTES * size)
        return found

    def _select(
        self, symbols: _Names, sectors: _Names, industries: _Names, max_symbols: int | None
    ) -> Selection:
        chosen, unknown = self._asked_for(symbols)
        allowed = self._restriction(sectors, industries)
        if allowed is not None:
            chosen = [at for at in chosen if at in allowed]
        chosen = chosen[:max_symbols]
        if isinstance(chosen, range):
            return Selection(tuple(chosen), self.listings[: len(chosen)], unknown)
        return Selection(tuple(chosen), tuple([self.listings[at] for at in chosen]), unknown)

    def _asked_for(self, symbols: Sequence[str] | None) -> tuple[Sequence[int], tuple[str, ...]]:
        if symbols is None:
            return range(len(self.listings)), ()
        found = {symbol: self.position(symbol) for symbol in dict.fromkeys(symbols)}
        unknown = tuple(symbol for symbol, at in found.items() if at is None)
        return sorted({at for at in found.values() if at is not None}), unknown

    def _restriction(
        self, sectors: Sequence[str] | None, industries: Sequence[str] | None
    ) -> frozenset[int] | None:
        """Where the listings stand that are in one of the sectors and in one of the industries."""
        faults: list[Fault] = []
        in_sectors = self._members("sectors", sectors, faults)
        in_industries = self._members("industries", industries, faults)
        if faults:
            raise InvalidRequest(few(tuple(faults)))
        if in_sectors is None or in_industries is None:
            return in_industries if in_sectors is None else in_sectors
        return in_sectors & in_industries

    def _members(self, field: str, names: Sequence[str] | None, faults: list[Fault]) -> frozenset[int] | None:
        """Who is in any of these sectors or industries; what nobody knows becomes a fault."""
        if names is None:
            return None
        by_sector = field == "sectors"
        groups, key = (self._sectors, canonical_sector) if by_sector else (self._industries, folded)
        members: list[int] = []
        for index, name in enumerate(names):
            if key(name) in groups:
                members.extend(groups[key(name)])
            elif not (by_sector and key(name) in GICS_SECTORS):  # a real sector may just be empty here
                known = sorted({*GICS_SECTORS, *self.sectors}) if by_sector else self.industries
                faults.append(_unknown(f"/{field}/{index}", name, known))
        return frozenset(members)

    def _grouped(
        self, name_of: Callable[[Listing], str | None], key: Callable[[str], str]
    ) -> dict[str, list[int]]:
        """Positions by what a listing's name of something is folded to."""
        keys: dict[str, str] = {}
        groups: dict[str, list[int]] = {}
        for at, listing in enumerate(self.listings):
            name = name_of(listing)
            if name:
                if name not in keys:
                    keys[name] = key(name)
                groups.setdefault(keys[name], []).append(at)
        return groups


def _fixed(names: Sequence[str] | None) -> _Names:
    return None if names is None else tuple(names)


def _unknown(pointer: str, name: str, known: Sequence[str]) -> Fault:
    """The fault of a name that nobody knows, with the nearest that somebody does."""
    spelled = {folded(other): other for other in known}
    near = get_close_matches(folded(name), spelled, n=1, cutoff=0.5)
    nearest = spelled[near[0]] if near else None
    there = f"known are {', '.join(known)}" if 0 < len(known) <= _FEW else "GET /universe lists what there is"
    hint = f"did you mean {nearest!r}?" if nearest else there
    return Fault(pointer, f"{name[:60]!r} is not known; {hint}", nearest)
