"""The port through which a plan sees the market."""

from __future__ import annotations

from typing import Protocol

from technic.errors import Failure
from technic.scanner.units import FetchResult, FetchUnit, SegmentRef, SourceSpec
from technic.scanner.universe import Universe


class PanelView(Protocol):
    """What a plan needs of a market: its universe, and which bars of it are there."""

    @property
    def spec(self) -> SourceSpec:
        """The source's spec at that moment."""

    @property
    def universe(self) -> Universe:
        """Every symbol there is."""

    def group_of(self, symbol: str) -> int:
        """In which group a known symbol's bars lie."""

    def group_symbols(self, group: int) -> tuple[str, ...]:
        """The symbols of a group, in order."""

    def segment(self, group: int) -> SegmentRef | None:
        """A group's bars where they are in the panel; it may have no symbols."""

    def failures(self, group: int) -> tuple[Failure, ...]:
        """Why symbols of a group in the panel have no bars."""

    def fetch_unit(self, group: int) -> FetchUnit:
        """The unit that brings a group into the panel, but for symbols that were given up."""

    def keep(self, unit: FetchUnit, result: FetchResult) -> None:
        """Remember that a group is in the panel now."""
