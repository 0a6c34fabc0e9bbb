"""A server's problem comes back as the error that it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from technic import errors
from technic.errors import ConfigError, Fault, InvalidRequest, SystemFault, TechnicError
from technic.http.problems import error_body
from technic.http.refusals import InvalidKey, TooManyStreams
from technic.remote.faults import error_of


def below(error: type[TechnicError]) -> Iterator[type[TechnicError]]:
    if error.__module__ == errors.__name__:
        yield error
    for each in error.__subclasses__():
        yield from below(each)


ALONE = [error for error in below(TechnicError) if error not in {TechnicError, InvalidRequest}]


@pytest.mark.parametrize("kind", ALONE, ids=lambda kind: kind.__name__)
def test_an_error_of_the_tree_keeps_its_class_and_all_that_it_says(kind):
    told = kind("it rains", suggestion="Wait.", retry_after=3.0, affected_symbols=("A", "B"), scan_id="s1")
    found = error_of(error_body(told))
    assert type(found) is kind
    assert found.failure() == told.failure()


def test_a_bad_request_keeps_its_faults():
    told = InvalidRequest((Fault("/limit", "must be more."), Fault("/presets", "is none.", "preset")))
    found = error_of(error_body(told))
    assert isinstance(found, InvalidRequest)
    assert (found.faults, found.failure()) == (told.faults, told.failure())


@pytest.mark.parametrize(
    ("told", "kind"), [(InvalidKey("no"), ConfigError), (TooManyStreams("no"), SystemFault)]
)
def test_an_error_that_only_the_server_knows_is_one_of_its_kind_and_says_its_own_code(told, kind):
    found = error_of(error_body(told))
    assert type(found) is kind
    assert (found.code, found.failure()) == (told.code, told.failure())


def test_the_header_says_when_to_come_back_where_the_problem_does_not():
    body = error_body(TooManyStreams("no"))
    assert error_of(body, retry_after=7.0).retry_after == 7.0
    assert error_of(body | {"retry_after": 2}, retry_after=7.0).retry_after == 2.0


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "no",
        {},
        {"detail": 5},
        {"detail": "no"},
        {"detail": "no", "code": "x"},
        {"detail": "no", "code": "x", "error_type": "weather"},
        {"detail": "no", "code": [], "error_type": {}},
    ],
)
def test_what_is_no_problem_of_ours_is_none(told):
    assert error_of(told) is None


def test_a_kind_that_is_not_known_here_is_an_error_all_the_same():
    found = error_of({"detail": "no", "code": "moonlight", "error_type": "weather", "suggestion": "Wait."})
    assert (type(found), found.code, found.advice, found.error_type) == (
        TechnicError, "moonlight", "Wait.", "system_error",
    )  # fmt: skip


def test_a_problem_with_parts_of_other_types_is_told_all_the_same():
    told = {"detail": "no", "code": "queue_full", "metadata": 5, "affected_symbols": "A", "errors": 3}
    found = error_of(told | {"retry_after": "soon", "suggestion": None, "message": 4})
    assert type(found) is errors.QueueFull
    assert (found.metadata, found.affected_symbols, found.retry_after) == ({}, (), None)
