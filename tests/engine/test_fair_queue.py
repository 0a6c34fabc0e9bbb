"""Start-time fair queueing."""

from __future__ import annotations

from collections import Counter

from technic.engine.fair_queue import FairQueue


def served(queue: FairQueue[str], count: int) -> list[str]:
    return [item for _ in range(count) for _, item in [queue.pop()]]  # type: ignore[misc]


def test_two_flows_of_equal_weight_take_turns_however_much_one_has_put_in():
    queue: FairQueue[str] = FairQueue()
    for _ in range(100):
        queue.push("large", "large", weight=1, cost=1)
    for _ in range(3):
        queue.push("small", "small", weight=1, cost=1)
    assert Counter(served(queue, 6)) == {"large": 3, "small": 3}


def test_shares_go_by_weight():
    queue: FairQueue[str] = FairQueue()
    for _ in range(100):
        queue.push("heavy", "heavy", weight=3, cost=1)
        queue.push("light", "light", weight=1, cost=1)
    assert Counter(served(queue, 40)) == {"heavy": 30, "light": 10}


def test_what_costs_more_is_served_less_often():
    queue: FairQueue[str] = FairQueue()
    for _ in range(100):
        queue.push("dear", "dear", weight=1, cost=4)
        queue.push("cheap", "cheap", weight=1, cost=1)
    counts = Counter(served(queue, 50))
    assert counts == {"cheap": 40, "dear": 10}


def test_a_newcomer_neither_waits_for_the_past_nor_is_owed_anything():
    queue: FairQueue[str] = FairQueue()
    for _ in range(100):
        queue.push("old", "old", weight=1, cost=1)
    served(queue, 50)
    for _ in range(50):
        queue.push("new", "new", weight=1, cost=1)
    assert Counter(served(queue, 20)) == {"old": 10, "new": 10}


def test_an_item_that_cost_more_than_was_thought_delays_its_flow_alone():
    queue: FairQueue[str] = FairQueue()
    for _ in range(20):
        queue.push("a", "a", weight=1, cost=1)
        queue.push("b", "b", weight=1, cost=1)
    queue.pop()
    queue.correct("a", excess=5)
    assert Counter(served(queue, 6))["b"] >= 5


def test_a_removed_flow_gives_back_what_waited():
    queue: FairQueue[str] = FairQueue()
    queue.push("a", "one", weight=1, cost=1)
    queue.push("b", "two", weight=1, cost=1)
    assert queue.remove("a") == ["one"]
    assert queue.remove("a") == []
    assert len(queue) == 1
    assert queue.pop() == ("b", "two")
    assert queue.pop() is None
