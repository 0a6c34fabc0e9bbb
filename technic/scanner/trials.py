"""A group whose fetching came to harm: its symbols are tried apart, then it is fetched without some.

A group has one segment, so its parts cannot be kept: they are probes, which show who did it. When all have
ended the group is fetched once more, without the symbols that fail alone. Where none does (its worker was
killed from outside) that is the plain unit again.
"""

from __future__ import annotations

from technic.errors import Failure
from technic.scanner.cutting import CUT_CODES, alone, is_cut, probes, without
from technic.scanner.units import FetchUnit

ROUNDS = 3
"""How often in a row the symbols of a group are tried apart and none of them fails: workers may be killed
from outside more than once."""


class Trial:
    """One group's; told of every end of a unit of it but the good one of the whole.

    Args:
        whole: The unit of the group.
    """

    def __init__(self, whole: FetchUnit) -> None:
        self._whole = whole
        self._rounds = 0
        self._out = 0
        self._given_up: dict[str, Failure] = {
            symbol: failure for failure in whole.given_up for symbol in failure.affected_symbols
        }

    @property
    def given_up(self) -> tuple[Failure, ...]:
        """One failure for each symbol that failed alone."""
        return tuple(self._given_up.values())

    def passed(self) -> tuple[FetchUnit, ...]:
        """A probe has ended well: what follows."""
        return self._over()

    def failed(self, unit: FetchUnit, failure: Failure) -> tuple[FetchUnit, ...] | None:
        """A probe or the whole has failed for good: what follows; None where the group has failed."""
        if not unit.is_probe:
            return self._begin(unit, failure)
        if is_cut(unit, failure):
            self._out += 1
            return probes(unit)
        self._give_up(unit, failure)
        return self._over() if self._some_left else None

    def _begin(self, whole: FetchUnit, failure: Failure) -> tuple[FetchUnit, ...] | None:
        if failure.code not in CUT_CODES or self._rounds == ROUNDS:
            return None
        self._rounds += 1
        if is_cut(whole, failure):
            self._out = 2
            return probes(whole)
        self._give_up(whole, failure)
        return None

    def _give_up(self, unit: FetchUnit, failure: Failure) -> None:
        """Of any other failure nobody knows whose it is: the whole group will meet it again."""
        if failure.code in CUT_CODES:
            (symbol,) = unit.symbols
            self._given_up[symbol] = alone(symbol, failure)
            self._rounds = 0

    @property
    def _some_left(self) -> bool:
        """Where every symbol of a group fails alone it is not theirs: nothing of it is to be kept."""
        return len(self._given_up) < len(self._whole.asked)

    def _over(self) -> tuple[FetchUnit, ...]:
        """A probe is over; with the last of them the group is fetched once more."""
        self._out -= 1
        return () if self._out else (without(self._whole, self.given_up),)
