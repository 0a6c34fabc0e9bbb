"""Symbols by what somebody remembers of them: how one begins, a part of its name, or nearly its spelling."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from technic.scanner.universe import Listing, Universe

_ALIKE = 0.6


def found(listings: Sequence[Listing], text: str) -> tuple[Listing, ...]:
    """The listings that a text may mean, the likeliest first, each kind in the universe's order.

    First the symbol itself, then those that begin so, then those with a word of their name that does, then
    those that hold the text anywhere. Case does not matter; an empty text means all.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return tuple(listings)
    ranked: tuple[list[Listing], ...] = ([], [], [], [])
    for listing in listings:
        rank = _rank(listing, wanted)
        if rank is not None:
            ranked[rank].append(listing)
    return tuple(listing for kind in ranked for listing in kind)


def _rank(listing: Listing, wanted: str) -> int | None:
    symbol, name = listing.symbol.casefold(), (listing.name or "").casefold()
    if symbol == wanted:
        return 0
    if symbol.startswith(wanted):
        return 1
    if f" {name}".find(f" {wanted}") >= 0:
        return 2
    return 3 if wanted in symbol or wanted in name else None


def nearest_symbols(universe: Universe, symbol: str, most: int = 5) -> tuple[str, ...]:
    """The symbols that an unknown one may have been meant to be: what is found by it, then its spelling."""
    begun = symbol[:32]
    spelled = {listing.symbol.casefold(): listing.symbol for listing in universe.listings}
    alike = get_close_matches(begun.casefold(), spelled, n=most, cutoff=_ALIKE)
    by_part = [listing.symbol for listing in found(universe.listings, begun)[:most]]
    return tuple(dict.fromkeys([*by_part, *(spelled[text] for text in alike)]))[:most]
