"""When a failed unit is tried again."""

from random import Random

from technic.engine.scan.retry import RetryPolicy, tried
from technic.errors import ApiError, UnknownSymbol, WorkerDied
from tests.engine.scan.conftest import ALONE, FETCH, RATE

POLICY = RetryPolicy(attempts=4, base_seconds=1.0, cap_seconds=3.0)


def test_the_wait_is_random_below_a_ceiling_that_doubles_up_to_its_cap():
    failure = WorkerDied("killed").failure()
    for made, ceiling in ((1, 1.0), (2, 2.0), (3, 3.0)):
        waits = [POLICY.delay(ALONE, failure, made, Random(seed)) for seed in range(200)]
        assert all(wait is not None and 0.0 <= wait <= ceiling for wait in waits)
        assert max(w for w in waits if w is not None) > 0.9 * ceiling


def test_after_the_last_attempt_there_is_no_other():
    assert POLICY.delay(ALONE, WorkerDied("killed").failure(), 4, Random(1)) is None


def test_what_cannot_be_mended_is_not_tried_again():
    assert POLICY.delay(ALONE, UnknownSymbol("no such").failure(), 1, Random(1)) is None


def test_a_named_time_is_waited_for():
    limited = ApiError("slow down", retry_after=60.0).failure()
    wait = POLICY.delay(FETCH, limited, 1, Random(1))
    assert wait is not None
    assert wait >= 60.0


def test_a_unit_that_its_plan_cuts_is_not_tried_again_whole():
    assert POLICY.delay(RATE, WorkerDied("killed").failure(), 1, Random(1)) is None
    assert POLICY.delay(RATE, ApiError("slow down").failure(), 1, Random(1)) is not None


def test_a_failure_says_how_often_it_was_tried():
    failure = ApiError("slow down").failure()
    assert tried(failure, 1) == failure
    assert tried(failure, 3).metadata == {"attempts": 3}
