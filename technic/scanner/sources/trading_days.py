"""On which days the simulated market is open.

Monday to Friday, without New Year's Day, Independence Day and Christmas (on the Monday after where they
fall on a Sunday; lost where they fall on a Saturday), Memorial Day, Labor Day and Thanksgiving: about
254 days a year. A simple rule that holds for any year, close to New York's and not meant to be it.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.int32]
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


@lru_cache(maxsize=256)
def trading_days(year: int) -> Days:
    """The days of a year on which there are bars: ascending, days since 1970-01-01, read-only."""
    closed = _holidays(year)
    first = date(year, 1, 1)
    all_days = (first + timedelta(days=offset) for offset in range((date(year + 1, 1, 1) - first).days))
    open_days = [day_number(day) for day in all_days if day.weekday() < SATURDAY and day not in closed]
    days = np.array(open_days, dtype=np.int32)
    days.setflags(write=False)
    return days


def last_trading_day(before: date) -> date:
    """The last day with a bar that lies before a day."""
    day = before - timedelta(days=1)
    while day.weekday() >= SATURDAY or day in _holidays(day.year):
        day -= timedelta(days=1)
    return day


@lru_cache(maxsize=256)
def _holidays(year: int) -> frozenset[date]:
    fixed = (date(year, 1, 1), date(year, 7, 4), date(year, 12, 25))
    observed = {day + timedelta(days=1) if day.weekday() == SUNDAY else day for day in fixed}
    return frozenset(observed | {_memorial_day(year), _nth(year, 9, MONDAY, 1), _nth(year, 11, THURSDAY, 4)})


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    """The count-th such weekday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _memorial_day(year: int) -> date:
    """The last Monday of May."""
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())
