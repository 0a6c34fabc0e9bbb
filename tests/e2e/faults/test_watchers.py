"""The watchers see what they are there to see: a stream that tells something twice, out of order or never."""

import pytest

from tests.support.watchers import Watch


def snapshot(seq, percentage=0.0, status="running", kind="progress"):
    return {"type": kind, "seq": seq, "percentage": percentage, "status": status, "stages": []}


def match(seq, *symbols):
    return {"type": "match", "seq": seq, "rows": [{"symbol": symbol} for symbol in symbols]}


def hello(seq, *, epoch="e", recovered=True):
    return {"type": "hello", "epoch": epoch, "seq": seq, "recovered": recovered}


END = snapshot(9, 100.0, "completed", "state")
GOOD = [hello(-1), snapshot(0, kind="state"), match(1, "A", "B"), snapshot(2, 50.0), match(3, "C"), END]


def watched(frames):
    watch = Watch({"scan_id": "s"}, "ws")
    watch.connect()
    for frame in frames:
        watch.take(frame)
    return watch


def test_a_good_stream_has_no_complaint():
    watch = watched(GOOD)
    assert watch.complaints == []
    assert (watch.symbols, watch.gaps, watch.follows, watch.last) == (["A", "B", "C"], 0, False, END)


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (match(4, "B"), "told twice"),
        (match(3, "D"), "seq 3 (match) after 3"),
        (snapshot(2, 50.0), "seq 2 (progress) after 3"),
        (snapshot(4, 49.99), "49.99 % after 50.0 %"),
        (hello(3, epoch="f"), "the epoch changed"),
        (hello(2), "was taken for 2"),
        ({"type": "error"}, "of type error"),
    ],
)
def test_what_may_not_be_told_is_noticed(frame, complaint):
    (said,) = watched([*GOOD[:-1], frame]).complaints
    assert complaint in said


@pytest.mark.parametrize("frame", [match(10, "D"), snapshot(10, 100.0, "failed", "state")])
def test_whatever_comes_after_the_end_is_noticed(frame):
    assert "after the terminal frame" in watched([*GOOD, frame]).complaints[0]


def test_one_that_comes_back_may_be_greeted_with_what_it_knows_and_with_nothing_else():
    watch = watched(GOOD[:-1])
    watch.connect()
    watch.take(hello(3))
    watch.take(snapshot(2, 50.0))
    assert (watch.complaints, watch.place) == ([], "e-3")
    watch.take(snapshot(3, 60.0))
    assert len(watch.complaints) == 1


def test_a_gap_is_counted():
    watch = watched(GOOD[:-1])
    watch.connect()
    watch.take(hello(8, recovered=False))
    watch.take(END)
    assert (watch.gaps, watch.complaints, watch.follows) == (1, [], False)


def test_polling_may_show_the_same_again_and_nothing_older():
    watch = Watch({"scan_id": "s"}, "poll")
    for one in (snapshot(1), snapshot(1), snapshot(5, 10.0)):
        watch.poll(one)
    assert watch.complaints == []
    watch.poll(snapshot(4, 9.0))
    assert len(watch.complaints) == 2
