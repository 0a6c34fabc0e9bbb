"""Named columns of numbers in one matrix: they are cut, checked and sent to another process all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Self

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


class Columns(Mapping[str, Numbers]):
    """What is known of n things: m names, and under each n numbers. Nobody changes it once it is made.

    Args:
        names: m names, each once.
        matrix: float64, m x n, NaN where missing; a name's column is a row of it.
    """

    __slots__ = ("_places", "matrix")

    def __init__(self, names: Sequence[str], matrix: Numbers) -> None:
        if matrix.ndim != 2 or len(matrix) != len(names):  # noqa: PLR2004 - m x n
            raise ValueError("there must be one row of numbers a name")
        self.matrix = matrix
        self._places = _places_of(tuple(names))

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[float] | Numbers]) -> Self:
        """The same columns in one matrix; they must be of one length."""
        return cls(tuple(columns), np.array(list(columns.values()), dtype=np.float64))

    def __getitem__(self, name: str) -> Numbers:
        column: Numbers = self.matrix[self._places[name]]
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __reduce__(self) -> tuple[type[Columns], tuple[tuple[str, ...], Numbers]]:
        """As the matrix that it is: one buffer, not one a column."""
        return type(self), (tuple(self), self.matrix)

    def finite(self, places: npt.NDArray[np.intp]) -> Columns:
        """The columns of some of the n things, in order, infinities missing; not copied where it is all."""
        count = self.matrix.shape[1]
        is_all = len(places) == count and bool((places == np.arange(count)).all())
        values = self.matrix if is_all else self.matrix[:, places]
        infinite = np.isinf(values)
        return Columns(tuple(self), np.where(infinite, np.nan, values) if infinite.any() else values)


@lru_cache(maxsize=64)
def _places_of(names: tuple[str, ...]) -> dict[str, int]:
    """Where each name's row is; blocks come by the thousand, with a few sets of names."""
    return {name: place for place, name in enumerate(names)}
