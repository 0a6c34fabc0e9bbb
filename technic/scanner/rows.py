"""Rows of a scan, column by column: cheap to cut, join and order; dicts only where they leave the house.

Nobody changes a table once it is made, so scans share them: tables that are joined stay who they are, and a
column of all of them is made when somebody looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from technic.scanner.fields import BY_NAME, FIELDS, NAMES, Field
from technic.scanner.units import LARGEST_WHOLE

Column = npt.NDArray[Any]

_TEXT_BYTES = 72
"""About what one short text and the reference to it take."""


class _Joined(Mapping[str, Column]):
    """The columns of several tables, one after the other; each is joined when it is first looked at.

    Thread-safe: two who look at the same time join it twice, to the same values.
    """

    __slots__ = ("_columns", "parts")

    def __init__(self, parts: tuple[Rows, ...]) -> None:
        self.parts = parts
        self._columns: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = np.concatenate([part.columns[name] for part in self.parts])
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A table with every column of `fields`, n values each.

    Attributes:
        columns: By name: float64 (NaN where missing) for numbers, whole numbers, flags (0 and 1) and days
            (since 1970-01-01); objects for text (str or None) and `warnings` (tuples of str).
    """

    columns: Mapping[str, Column]

    @classmethod
    def empty(cls) -> Rows:
        """No rows."""
        return cls({field.name: np.empty(0, np.float64 if field.numeric else np.object_) for field in FIELDS})

    @classmethod
    def concat(cls, parts: Sequence[Rows]) -> Rows:
        """The rows of all parts, one after the other; the parts are shared, not copied."""
        single = tuple(table for part in parts for table in part.parts if len(table))
        if len(single) == 1:
            return single[0]
        return cls(_Joined(single)) if single else cls.empty()

    @property
    def parts(self) -> tuple[Rows, ...]:
        """The tables that it was joined of, in order; itself where it was not."""
        return self.columns.parts if isinstance(self.columns, _Joined) else (self,)

    def __len__(self) -> int:
        """How many rows."""
        if isinstance(self.columns, _Joined):
            return sum(map(len, self.columns.parts))
        return len(self.columns["symbol"])

    @property
    def symbols(self) -> list[str]:
        """Whose rows they are, in order."""
        symbols: list[str] = self.columns["symbol"].tolist()
        return symbols

    @property
    def nbytes(self) -> int:
        """About how much memory they take."""
        texts = sum(1 for field in FIELDS if not field.numeric)
        return len(self) * (8 * (len(FIELDS) - texts) + _TEXT_BYTES * texts)

    def take(self, places: npt.NDArray[np.integer] | npt.NDArray[np.bool_] | slice) -> Rows:
        """The rows at these places, in that order; or those that a mask marks; of a slice of all, itself."""
        if isinstance(places, slice) and places.indices(len(self)) == (0, len(self), 1):
            return self
        return Rows({name: column[places] for name, column in self.columns.items()})

    def sheets(self, most: int) -> Iterator[Rows]:
        """The rows in order as one table or some, of so many at most; cut from the parts, not copied."""
        for part in self.parts:
            if len(part) <= most:
                yield part
                continue
            for first in range(0, len(part), most):
                yield part.take(slice(first, first + most))

    def to_dicts(self, offset: int = 0, limit: int | None = None) -> list[dict[str, Any]]:
        """Rows as JSON values: numbers finite or None, whole numbers int, flags bool, days ISO texts.

        Args:
            offset: The first of them.
            limit: How many at most; None for all the rest.
        """
        part = slice(offset, None if limit is None else offset + limit)
        columns = {name: rendered(BY_NAME[name], self.columns[name][part]) for name in _NOT_NUMERIC}
        for kind, names in _NUMERIC.items():
            numbers = np.array([self.columns[name][part] for name in names])
            columns |= zip(names, _numbers(kind, numbers), strict=True)
        ordered = [columns[name] for name in NAMES]
        return [dict(zip(NAMES, values, strict=True)) for values in zip(*ordered, strict=True)]


def rendered(field: Field, column: Column) -> list[Any]:
    """One column as JSON values."""
    if field.kind == "list":
        return [list(texts or ()) for texts in column]
    return list(column) if not field.numeric else _numbers(field.kind, column)


def _numbers(kind: str, numbers: Column) -> list[Any]:
    """Numbers of one kind as JSON values: of one column, or of several in a matrix, a row each."""
    present = np.isfinite(numbers)
    if present.all():
        return list(_typed(kind, numbers).tolist())
    values = _typed(kind, np.where(present, numbers, 0.0)).astype(object)
    values[~present] = None
    return list(values.tolist())


def _typed(kind: str, numbers: Column) -> Column:
    if kind == "flag":
        return numbers.astype(np.bool_)
    if kind == "integer":
        return np.clip(numbers, -LARGEST_WHOLE, LARGEST_WHOLE).astype(np.int64)
    return numbers.astype("datetime64[D]").astype(np.str_) if kind == "date" else numbers


def _names(kind: str) -> list[str]:
    return [field.name for field in FIELDS if field.kind == kind]


_NUMERIC = {kind: _names(kind) for kind in ("number", "integer", "flag", "date")}
_NOT_NUMERIC = [field.name for field in FIELDS if not field.numeric]
