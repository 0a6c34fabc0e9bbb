from __future__ import annotations

from technic.engine.pool.breaker import LONGEST_PAUSE_SECONDS, TRIES, StartBreaker


def test_it_opens_after_as_many_failures_in_a_row_as_tries():
    breaker = StartBreaker()
    for _ in range(TRIES - 1):
        breaker.failed("x")
    assert not breaker.is_open
    breaker.failed("no module named numpy")
    assert breaker.is_open
    assert breaker.last_words == "no module named numpy"


def test_one_success_closes_it():
    breaker = StartBreaker(failures=TRIES)
    breaker.succeeded()
    assert not breaker.is_open
    assert breaker.pause_seconds == 0


def test_the_pause_doubles_up_to_a_longest_one():
    pauses = [StartBreaker(failures=n).pause_seconds for n in range(1, 100)]
    assert pauses[:3] == [0.1, 0.2, 0.4]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
