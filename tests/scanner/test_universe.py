"""Which symbols there are, and which a request means."""

import pytest

from technic.errors import InvalidRequest
from technic.scanner.sectors import GICS_SECTORS, canonical_sector
from technic.scanner.universe import Listing, Universe

MARKET = Universe(
    [
        Listing("SIM10", "Ten", "Financial Services", "Regional Banks"),
        Listing("SIM2", "Two", "Financials", "Insurance"),
        Listing("BRK.B", "Berk", "Technology", "Oil & Gas"),
        Listing("SIM1", None, "information technology", "Software"),
        Listing("ZZZ"),
    ]
)


def symbols_of(**wanted):
    return [listing.symbol for listing in MARKET.select(**wanted).listings]


def test_numbers_in_symbols_sort_as_numbers():
    assert MARKET.symbols == ("BRK.B", "SIM1", "SIM2", "SIM10", "ZZZ")


def test_the_order_does_not_depend_on_the_order_of_the_listings():
    listings = [Listing(f"A{number}B{number % 7}") for number in range(300)]
    shuffled = sorted(listings, key=lambda listing: listing.symbol[::-1])
    assert Universe(shuffled).symbols == Universe(listings).symbols


def test_a_symbol_of_ten_thousand_digits_sorts_too():
    assert len(Universe([Listing("9" * 10_000), Listing("A")])) == 2


def test_a_request_that_restricts_nothing_means_everything():
    assert symbols_of() == list(MARKET.symbols)


@pytest.mark.parametrize("spelling", ["Financials", "financial services", "FINANCIAL  SERVICES", "Financial"])
def test_every_spelling_of_a_sector_means_the_same_listings(spelling):
    assert symbols_of(sectors=[spelling]) == ["SIM2", "SIM10"]


@pytest.mark.parametrize(
    ("yahoo", "gics"),
    [
        ("Financial Services", "Financials"),
        ("Technology", "Information Technology"),
        ("Healthcare", "Health Care"),
        ("Consumer Cyclical", "Consumer Discretionary"),
        ("Consumer Defensive", "Consumer Staples"),
        ("Basic Materials", "Materials"),
        ("Telecommunication Services", "Communication Services"),
        ("Energy", "Energy"),
        ("Industrials", "Industrials"),
        ("Real Estate", "Real Estate"),
        ("Utilities", "Utilities"),
    ],
)
def test_yahoo_and_gics_name_the_same_sectors(yahoo, gics):
    assert canonical_sector(yahoo) == canonical_sector(gics.upper()) == gics
    assert gics in GICS_SECTORS


def test_industries_ignore_case_and_the_spelling_of_and():
    assert symbols_of(industries=["oil and gas"]) == ["BRK.B"]


def test_symbols_sectors_and_max_symbols_restrict_together():
    assert symbols_of(symbols=["ZZZ", "sim10", "SIM2"], sectors=["Financials"], max_symbols=1) == ["SIM2"]


def test_positions_are_those_of_the_listings():
    selection = MARKET.select(sectors=["Tech"])
    assert selection.positions == (0, 1)
    assert [MARKET.listings[at] for at in selection.positions] == list(selection.listings)


def test_unknown_symbols_are_named_as_they_were_written_and_known_ones_are_found_in_any_case():
    selection = MARKET.select(symbols=["nope", "brk.b", "BRK.B", "Nope"])
    assert [listing.symbol for listing in selection.listings] == ["BRK.B"]
    assert selection.unknown == ("nope", "Nope")


def test_where_two_symbols_differ_in_case_alone_each_is_found_by_its_own():
    both = Universe([Listing("abc"), Listing("ABC")])
    assert both.listings[both.position("abc")].symbol == "abc"
    assert both.listings[both.position("ABC")].symbol == "ABC"
    assert both.find("Abc") is not None
    assert "xyz" not in both


def test_an_unknown_sector_and_an_unknown_industry_are_refused_with_pointer_and_nearest():
    with pytest.raises(InvalidRequest) as refused:
        MARKET.select(sectors=["Energy", "Finanzials"], industries=["Softwear"])
    sector, industry = refused.value.faults
    assert (sector.pointer, sector.nearest) == ("/sectors/1", "Financials")
    assert (industry.pointer, industry.nearest) == ("/industries/0", "Software")


def test_a_real_sector_without_a_listing_is_not_an_error():
    assert symbols_of(sectors=["Utilities"]) == []


def test_a_sector_of_another_scheme_is_known_where_it_occurs():
    other = Universe([Listing("A", None, "Space Mining")])
    assert len(other.select(sectors=["space-mining"]).listings) == 1
    assert other.sectors == ("space mining",)


def test_who_selects_the_same_has_the_very_same_selection():
    market = Universe(Listing(f"S{n}", sector="Energy" if n % 2 else "Utilities") for n in range(1, 10))
    assert market.select() is market.select()
    assert market.select(symbols=["S1"]) is market.select(symbols=("S1",))
    assert market.select(sectors=["Energy"]) is market.select(sectors=["Energy"])
    different = [
        market.select(),
        market.select(max_symbols=3),
        market.select(symbols=["S1"]),
        market.select(sectors=["Energy"]),
        market.select(sectors=["Utilities"]),
    ]
    assert [len(selection.listings) for selection in different] == [9, 3, 1, 5, 4]


def test_what_was_selected_lately_is_kept_within_a_bound():
    market = Universe(Listing(f"S{n}") for n in range(1, 2_001))
    first = market.select()
    for most in range(1, 2_000):
        market.select(max_symbols=most)
    assert market.select() is not first


def test_a_selection_knows_its_groups():
    market = Universe(Listing(f"S{n}") for n in range(1, 10))
    assert market.select().in_groups(4) == {
        0: ("S1", "S2", "S3", "S4"),
        1: ("S5", "S6", "S7", "S8"),
        2: ("S9",),
    }
    picked = market.select(symbols=["S9", "S2", "S1"])
    assert picked.in_groups(4) == {0: ("S1", "S2"), 2: ("S9",)}
    assert picked.in_groups(8) == {0: ("S1", "S2"), 1: ("S9",)}
    assert picked.without({"S2"}).in_groups(4) == {0: ("S1",), 2: ("S9",)}
    assert market.select(symbols=["nobody"]).in_groups(4) == {}


def test_a_selection_without_some_symbols_is_another_one():
    market = Universe(Listing(f"S{n}") for n in range(1, 5))
    whole = market.select(symbols=["S1", "S2", "NOPE"])
    rest = whole.without({"S1", "NOPE"})
    assert (rest.positions, [each.symbol for each in rest.listings], rest.unknown) == ((1,), ["S2"], ())
    assert [*whole.by_symbol] == ["S1", "S2"]
