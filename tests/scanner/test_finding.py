"""Symbols by what somebody remembers of them."""

from __future__ import annotations

import pytest

from technic.scanner.finding import found, nearest_symbols
from technic.scanner.universe import Listing, Universe

MARKET = Universe(
    [
        Listing("A", "Agilent Technologies"),
        Listing("AAP", "Advance Auto Parts"),
        Listing("AAPL", "Apple Inc."),
        Listing("APA", "Apache Corporation"),
        Listing("BRK.B", None),
        Listing("SNAP", "Pineapple Snacks"),
    ]
)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("aap", ["AAP", "AAPL"]),
        ("AAPL", ["AAPL"]),
        (" app ", ["AAPL", "SNAP"]),
        ("a", ["A", "AAP", "AAPL", "APA", "SNAP"]),
        ("parts", ["AAP"]),
        ("brk", ["BRK.B"]),
        ("zzz", []),
    ],
)
def test_a_symbol_is_found_by_its_beginning_and_by_a_part_of_its_name_the_likeliest_first(text, symbols):
    assert [listing.symbol for listing in found(MARKET.listings, text)] == symbols


def test_the_symbol_itself_comes_before_those_that_begin_like_it():
    assert [listing.symbol for listing in found(MARKET.listings, "ap")] == ["APA", "AAPL", "AAP", "SNAP"]


def test_nothing_in_particular_means_all():
    assert found(MARKET.listings, "  ") == MARKET.listings


def test_an_unknown_symbol_has_nearest_ones_by_spelling_and_by_name():
    assert nearest_symbols(MARKET, "AAPLE")[0] == "AAPL"
    assert nearest_symbols(MARKET, "apple")[0] == "AAPL"
    assert nearest_symbols(MARKET, "brkb") == ("BRK.B",)
    assert nearest_symbols(MARKET, "<b>") == ()
    assert len(nearest_symbols(MARKET, "a", most=2)) == 2
    assert nearest_symbols(Universe([]), "A") == ()
