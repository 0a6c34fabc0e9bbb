"""On which terms a plan is made: what the one who drives it decides, whatever the request."""

from __future__ import annotations

from dataclasses import dataclass

from technic.scanner.result import FAILED_SHARE
from technic.scanner.sifting import SharedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The same for all scans of one driver, but for the warnings.

    Attributes:
        block_symbols: How many symbols are rated in one unit.
        piecemeal: Bars come slowly: of a block that is not there yet each group is rated when it has come,
            so that matches come from the first seconds on. No bit of a row depends on it.
        warnings: Sentences that the result is to begin its warnings with.
        failed_share: The share of failed symbols above which the result says that it is short.
        shared: The rows that scans share; None shares nothing.
    """

    block_symbols: int = 512
    piecemeal: bool = False
    warnings: tuple[str, ...] = ()
    failed_share: float = FAILED_SHARE
    shared: SharedRows | None = None
