"""One sector under its many spellings: GICS, Yahoo and the older names mean the same eleven."""

from __future__ import annotations

import re

GICS_SECTORS = (
    "Communication Services",
    "Consumer Discretionary",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Information Technology",
    "Materials",
    "Real Estate",
    "Utilities",
)
"""The eleven sectors of the Global Industry Classification Standard, in the order of the alphabet."""

_OTHER_SPELLINGS = {
    "Telecommunication Services": "Communication Services",
    "Telecommunications Services": "Communication Services",
    "Telecommunications": "Communication Services",
    "Communications": "Communication Services",
    "Consumer Cyclical": "Consumer Discretionary",
    "Consumer Cyclicals": "Consumer Discretionary",
    "Consumer Defensive": "Consumer Staples",
    "Consumer Non-Cyclical": "Consumer Staples",
    "Consumer Non-Cyclicals": "Consumer Staples",
    "Financial": "Financials",
    "Financial Services": "Financials",
    "Healthcare": "Health Care",
    "Industrial": "Industrials",
    "Industrial Goods": "Industrials",
    "Technology": "Information Technology",
    "Tech": "Information Technology",
    "Basic Materials": "Materials",
    "Material": "Materials",
    "Realestate": "Real Estate",
    "Utility": "Utilities",
}


def folded(name: str) -> str:
    """A name without what people spell differently: case, spaces, `&` for `and`, hyphens."""
    return re.sub(r"[\s\-_/]+", " ", name.replace("&", " and ").casefold()).strip()


_CANONICAL = {folded(name): name for name in GICS_SECTORS} | {
    folded(other): name for other, name in _OTHER_SPELLINGS.items()
}


def canonical_sector(name: str) -> str:
    """The GICS name of a sector however it is spelled; a sector of no known scheme only loses its case.

    Two spellings mean the same sector exactly when this gives the same for both.
    """
    key = folded(name)
    return _CANONICAL.get(key, key)
