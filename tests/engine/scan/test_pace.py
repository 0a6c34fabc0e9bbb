"""The ticks at which a scan tells of its counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from technic.engine.scan.pace import Pace

MOMENTS = st.floats(0, 1e6)


@given(phase=st.floats(0, 0.1), shown=MOMENTS, passed=st.floats(0, 10), fine=st.booleans())
def test_a_tick_lies_on_the_scans_own_grid_and_not_too_soon_after_the_last_event(phase, shown, passed, fine):
    pace = Pace(0.1, phase)
    pace.shown("data_fetching", shown)
    now, grid = shown + passed, 0.02 if fine else 0.1
    wait = pace.ask_to_wake("symbol_scanning" if fine else "data_fetching", now)
    assert wait is not None
    assert -1e-6 <= wait <= 1.5 * grid + 1e-6
    assert now + wait - shown >= grid / 2 - 1e-6
    off_grid = (now + wait - phase) / grid % 1.0
    assert min(off_grid, 1.0 - off_grid) < 1e-2


def test_it_asks_once_and_is_satisfied_by_whatever_went_out_meanwhile():
    pace = Pace(0.1)
    pace.shown("data_fetching", 0.0)
    assert pace.ask_to_wake("data_fetching", 1.01) is not None
    assert pace.ask_to_wake("data_fetching", 1.02) is None
    pace.shown("symbol_scanning", 1.03)
    assert not pace.woken()
    assert pace.ask_to_wake("symbol_scanning", 1.2) is not None
    assert pace.woken()


def test_a_change_of_stage_asks_to_be_woken_earlier():
    pace = Pace(0.1)
    pace.shown("data_fetching", 0.0)
    later = pace.ask_to_wake("data_fetching", 1.001)
    sooner = pace.ask_to_wake("symbol_scanning", 1.001)
    assert later is not None
    assert sooner is not None
    assert sooner < later


def test_scans_of_other_phases_tick_at_other_moments():
    ticks = {round(Pace(0.1, phase / 1000).ask_to_wake("", 7.0) or 0.0, 6) for phase in range(0, 100, 10)}
    assert len(ticks) == 10
