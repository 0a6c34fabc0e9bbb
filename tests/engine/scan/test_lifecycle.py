"""The table of a scan's life, and the page that is drawn from it."""

from __future__ import annotations

import runpy
from pathlib import Path

from technic.engine.scan.lifecycle import LIFECYCLE, Phase

ROOT = Path(__file__).parents[3]


def test_every_phase_stands_in_the_table_and_only_what_is_over_allows_nothing():
    assert set(LIFECYCLE) == set(Phase)
    assert {phase for phase, row in LIFECYCLE.items() if not row} == {phase for phase in Phase if phase.over}


def test_every_phase_can_be_reached_and_every_living_one_can_end():
    reached = {
        to for phase, row in LIFECYCLE.items() for leads_to in row.values() for to in leads_to if to != phase
    }
    assert set(Phase) - reached == {Phase.QUEUED}
    ends = {phase for phase in Phase if phase.ended}
    for _ in Phase:
        ends |= {p for p, row in LIFECYCLE.items() if any(ends & set(leads_to) for leads_to in row.values())}
    assert ends == set(Phase) - {Phase.PARKED}


def test_the_page_is_drawn_from_the_table():
    draw = runpy.run_path(str(ROOT / "docs" / "draw_state_machine.py"))["page"]
    assert (ROOT / "docs" / "state-machine.md").read_text(encoding="utf-8") == draw()
