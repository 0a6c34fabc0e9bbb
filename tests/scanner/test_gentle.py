"""Sorting in runs."""

from __future__ import annotations

import random

import pytest

from technic.scanner.gentle import RUN, gently_sorted


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("count", [0, 1, RUN, RUN + 1, 3 * RUN + 7])
def test_it_gives_what_sorted_gives_ties_as_they_stood(count, reverse):
    chance = random.Random(count)
    values = [(chance.randrange(50), place) for place in range(count)]

    def first(value):
        return value[0]

    assert gently_sorted(values, first, reverse=reverse) == sorted(values, key=first, reverse=reverse)
