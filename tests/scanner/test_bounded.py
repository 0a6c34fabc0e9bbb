"""What is kept within a bound of bytes."""

from __future__ import annotations

from technic.scanner.bounded import Bounded


def test_the_least_recently_used_goes_first():
    kept = Bounded[str, int](30)
    for number, name in enumerate("abc"):
        kept.keep(name, number, 10)
    assert kept.get("a") == 0
    kept.keep("d", 3, 10)
    assert [kept.get(name) for name in "abcd"] == [0, None, 2, 3]
    assert (len(kept), kept.nbytes) == (3, 30)


def test_what_is_kept_again_is_counted_once():
    kept = Bounded[str, int](30)
    kept.keep("a", 1, 10)
    kept.keep("a", 2, 15)
    assert (kept.get("a"), len(kept), kept.nbytes) == (2, 1, 15)


def test_what_never_fits_is_not_kept_and_drives_nothing_out():
    kept = Bounded[str, int](30)
    kept.keep("a", 1, 10)
    kept.keep("large", 2, 31)
    assert (kept.get("a"), kept.get("large")) == (1, None)


def test_what_has_become_too_large_is_not_kept_in_its_old_form():
    kept = Bounded[str, int](30)
    kept.keep("a", 1, 10)
    kept.keep("a", 2, 31)
    assert (kept.get("a"), kept.nbytes) == (None, 0)


def test_a_bound_of_nothing_keeps_nothing():
    kept = Bounded[str, int](0)
    kept.keep("a", 1, 1)
    assert len(kept) == 0
