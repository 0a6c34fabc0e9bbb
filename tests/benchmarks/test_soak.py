"""What a soak says of a server: a slope only where it has lasted long enough to mean one."""

from __future__ import annotations

import pytest

from benchmarks.soak import LINE_SECONDS, growth


def looks(seconds: float) -> list[tuple[float, dict[str, float]]]:
    """A look a second: memory fills up in the first half, then grows by 3600 bytes an hour; tasks stay."""
    half = seconds / 2
    return [
        (1000.0 + at, {"memory_bytes": 5e6 + min(at, half) * 1000 + max(0.0, at - half), "tasks": 9.0})
        for at in range(int(seconds))
    ]


def test_half_an_hour_and_more_has_a_slope_by_the_hour_of_its_second_half():
    told = growth(looks(LINE_SECONDS), LINE_SECONDS)
    assert told["memory_bytes"]["per_hour"] == pytest.approx(3600, rel=0.001)
    assert told["memory_bytes"]["error"] < 1
    assert told["tasks"]["per_hour"] == pytest.approx(0, abs=1e-6)


def test_a_shorter_one_tells_how_high_its_figures_were_and_not_how_they_would_go_on():
    told = growth(looks(120), 120)
    assert told["tasks"] == {"mean": 9.0, "last": 9.0, "noise": 0.0}
    assert set(told["memory_bytes"]) == {"mean", "last", "noise"}
    assert told["memory_bytes"]["noise"] > 0


def test_too_few_looks_are_no_soak():
    with pytest.raises(SystemExit, match="hardly answered"):
        growth(looks(4), 8)
