"""The samples of a profile belong to the parts of a scan, and to one each."""

from __future__ import annotations

from benchmarks.parts import REST, part_of, shares

STACKS = """\
run (uvloop/__init__.py:1);_handle (aiohttp/web_app.py:3);start (technic/http/starting.py:9) 2
run (uvloop/__init__.py:1);_turn (technic/http/rounds.py:3);write (aiohttp/http.py:4) 3
_worker (thread.py:1);write (technic/engine/stores/writing.py:2);encode (technic/engine/codec/rows.py:3) 4
run (uvloop/__init__.py:1);run (technic/engine/actor.py:5) 1
run (uvloop/__init__.py:1) 10
"""


def test_every_sample_counts_for_one_part():
    found = shares(STACKS)
    assert sum(found.values()) == 1
    assert found["other requests, and aiohttp"] == 0.1
    assert found["frames to readers"] == 0.15
    assert found["keeping it on the disk"] == 0.2
    assert found["actors, and what they tell"] == 0.05
    assert found[REST] == 0.5


def test_a_stack_that_nobody_claims_is_the_loops_own():
    assert part_of("select (selectors.py:1)") == REST


def test_no_samples_are_no_shares():
    assert set(shares("").values()) == {0.0}
