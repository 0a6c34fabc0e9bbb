"""The limit of open files: raised as far as it goes, and what it leaves is told."""

from __future__ import annotations

import resource

import pytest

from technic.http.descriptors import OTHERS, room_for


class Limits:
    """A process's limits, as the test says."""

    def __init__(self, soft: int, hard: int) -> None:
        self.now = (soft, hard)

    def get(self, _: int) -> tuple[int, int]:
        return self.now

    def set(self, _: int, limits: tuple[int, int]) -> None:
        self.now = limits


@pytest.mark.parametrize(
    ("limits", "room", "soft"),
    [
        ((1024, 4096), 1000, 1000 + OTHERS),
        ((1024, 1024), 1024 - OTHERS, 1024),
        ((1024, resource.RLIM_INFINITY), 1000, 1000 + OTHERS),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 1000, resource.RLIM_INFINITY),
        ((100, 100), 1, 100),
        ((5000, 5000), 1000, 5000),
    ],
)
def test_the_limit_is_raised_as_far_as_needed_and_the_system_lets_it(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], room: int, soft: int
) -> None:
    of_process = Limits(*limits)
    monkeypatch.setattr(resource, "getrlimit", of_process.get)
    monkeypatch.setattr(resource, "setrlimit", of_process.set)
    assert room_for(1000) == room
    assert of_process.now == (soft, limits[1])
