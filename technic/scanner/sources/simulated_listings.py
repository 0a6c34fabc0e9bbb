"""Who is listed in the simulated market: invented companies, each a function of the seed and its number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from technic.scanner.sectors import GICS_SECTORS
from technic.scanner.universe import Listing

Numbers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

INDUSTRIES: dict[str, tuple[tuple[str, str], ...]] = {
    "Communication Services": (
        ("Broadcasting", "Media"), ("Games", "Play"), ("Wireless Carriers", "Mobile"),
    ),
    "Consumer Discretionary": (
        ("Apparel", "Apparel"), ("Auto Parts", "Motion"), ("Hotels", "Resorts"), ("Homebuilding", "Homes"),
        ("Online Retail", "Market"), ("Restaurants", "Kitchens"),
    ),
    "Consumer Staples": (
        ("Beverages", "Brewing"), ("Household Products", "Home"), ("Packaged Foods", "Foods"),
    ),
    "Energy": (
        ("Oil and Gas Producers", "Petroleum"), ("Oilfield Services", "Drilling"), ("Pipelines", "Midstream"),
    ),
    "Financials": (
        ("Asset Management", "Capital"), ("Insurance", "Assurance"), ("Payments", "Pay"),
        ("Regional Banks", "Bancorp"),
    ),
    "Health Care": (
        ("Biotechnology", "Therapeutics"), ("Diagnostics", "Diagnostics"), ("Medical Devices", "Medical"),
        ("Pharmaceuticals", "Pharma"),
    ),
    "Industrials": (
        ("Aerospace", "Aero"), ("Building Products", "Building"), ("Machinery", "Machines"),
        ("Railroads", "Rail"), ("Staffing", "Partners"), ("Trucking", "Freight"),
    ),
    "Information Technology": (
        ("Application Software", "Software"), ("Cloud Services", "Cloud"), ("Electronic Parts", "Circuits"),
        ("IT Consulting", "Systems"), ("Semiconductors", "Semiconductor"),
    ),
    "Materials": (
        ("Chemicals", "Chemical"), ("Gold Mining", "Gold"), ("Packaging", "Packaging"), ("Steel", "Steel"),
    ),
    "Real Estate": (
        ("Data Center REITs", "Data Properties"), ("Office REITs", "Towers"), ("Retail REITs", "Centers"),
    ),
    "Utilities": (("Electric Utilities", "Electric"), ("Gas Utilities", "Gas"), ("Water Utilities", "Water")),
}  # fmt: skip
"""Each sector's industries, and the word that their companies' names end with."""

SECTOR_SHARES = (5, 12, 7, 6, 13, 13, 14, 14, 6, 6, 4)
"""Percent of the listings in each of `GICS_SECTORS`."""

_FIRST = (  # noqa: SIM905 - forty quoted syllables are no easier to read
    "Al Bel Cor Dar El Fen Gal Hal Il Jor Kel Lor Mar Nor Or Pel Quin Ros Sel Tor Ul Ver Wen Xan Yor Zel "
    "Bran Cal Dun Esk Fal Grim Hart Kest"
).split(" ")
_MIDDLE = ("a", "o", "i", "e", "an", "or", "el", "in", "ar", "um", "ari", "eno", "ovi", "ula")
_LAST = (
    *("den", "dia", "dor", "gate", "lex", "line", "lon", "mar", "mond", "nis", "ra"),
    *("rix", "rus", "tek", "tis", "va", "vale", "ven", "via", "well", "wick", "zen"),
)
_KINDS = ("Inc", "Corp", "Group", "Holdings", "Ltd", "Co")


def symbol_of(number: int) -> str:
    """The symbol of a number: SIM0001, SIM10000."""
    return f"SIM{number:04d}"


def number_of(symbol: str) -> int | None:
    """The number of a symbol, None where it is none of this market's."""
    digits = symbol[3:]
    if not (
        symbol.startswith("SIM") and digits.isascii() and digits.isdecimal() and len(digits) <= len("20000")
    ):
        return None
    number = int(digits)
    return number if number and symbol_of(number) == symbol else None


def sectors_of(seed: int, numbers: Numbers) -> npt.NDArray[np.int64]:
    """Where in `GICS_SECTORS` each number's sector stands."""
    edges = np.cumsum(SECTOR_SHARES)
    percent = (_hashed(seed, numbers, salt=1) % np.uint64(100)).astype(np.int64)
    return np.searchsorted(edges, percent, side="right").astype(np.int64)


def listings(seed: int, symbols: int) -> list[Listing]:
    """The first so many listings of the market, by number. 20,000 take about 0.1 s."""
    numbers = np.arange(1, symbols + 1, dtype=np.int64)
    sectors = sectors_of(seed, numbers).tolist()
    choices = _hashed(seed, numbers, salt=2).tolist()
    return [_listing(*row) for row in zip(numbers.tolist(), sectors, choices, strict=True)]


def _listing(number: int, sector_index: int, choices: int) -> Listing:
    """One invented company; `choices` is a random number that is used up piece by piece."""
    sector = GICS_SECTORS[sector_index]
    choices, at = divmod(choices, len(INDUSTRIES[sector]))
    industry, word = INDUSTRIES[sector][at]
    pieces: list[str] = []
    for syllables in (_FIRST, _MIDDLE, _LAST, _KINDS):
        choices, at = divmod(choices, len(syllables))
        pieces.append(syllables[at])
    first, middle, last, kind = pieces
    return Listing(symbol_of(number), f"{first}{middle}{last} {word} {kind}", sector, industry)


def _hashed(seed: int, numbers: Numbers, *, salt: int) -> Hashes:
    """A random 64-bit number for each number (SplitMix64: Steele, Lea, Flood, OOPSLA 2014)."""
    with np.errstate(over="ignore"):
        mixed = numbers.astype(np.uint64) + np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
        mixed += np.uint64(salt) * np.uint64(0xD1B54A32D192ED03)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed
