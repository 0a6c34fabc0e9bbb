"""However bad a request is, its answer is short, and making it costs little."""

import pytest

from technic.errors import Fault, InvalidRequest
from technic.scanner import request_faults
from technic.scanner.request import parse_request
from technic.scanner.universe import Listing, Universe


def told(body) -> InvalidRequest:
    """The error that tells of a bad request."""
    with pytest.raises(InvalidRequest) as caught:
        parse_request(body)
    return caught.value


def written(error: InvalidRequest) -> int:
    """Characters of what it says."""
    return len(str(error)) + sum(len(fault.pointer) + len(fault.detail) for fault in error.faults)


LONG = "x" * 200_000
BAD = {
    "unknown fields": {f"{chr(97 + k % 26)}{k:x}": 0 for k in range(20_000)},
    "near misses": {f"max_symbo{k:x}": 0 for k in range(13_000)},
    "wrong symbols": {"symbols": [1] * 20_000},
    "empty symbols": {"symbols": [" "] * 20_000},
    "too many symbols": {"symbols": [1] * 130_000},
    "too many tags": {"tags": [1] * 130_000},
    "filters": {"filters": [{"field": f"rsi{k}", "op": "x"} for k in range(5000)]},
    "keys of filters": {"filters": [{LONG: 1} for _ in range(100)]},
    "a field's name": {LONG: 1},
    "texts": {"preset": LONG, "sort_by": LONG, "as_of": LONG, "limit": LONG, "symbols": [LONG], "tags": LONG},
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_said_of_a_bad_request_is_short(body):
    error = told(body)
    assert len(error.faults) <= 51
    assert written(error) < 12_000


@pytest.mark.parametrize("field", ["symbols", "sectors", "industries", "tags"])
def test_a_list_that_is_too_long_is_one_fault_whatever_it_holds(field):
    assert [fault.pointer for fault in told({field: [1] * 20_001}).faults] == [f"/{field}"]


def test_faults_that_are_not_told_are_counted():
    symbols = told({"symbols": [1] * 5000}).faults
    assert symbols[19] == Fault("/symbols/19", "must be text.")
    assert symbols[20:] == (Fault("/symbols", "has 4,980 more values that cannot be used."),)
    fields = told({f"f{k}": 0 for k in range(5000)}).faults
    assert fields[20:] == (Fault("", "has 4,980 more fields that are not known."),)
    filters = told({"filters": [{"field": "x", "op": "<", "value": 1}] * 80}).faults
    assert filters[50:] == (Fault("", "has 30 more faults."),)


@pytest.mark.parametrize("body", [BAD["near misses"], BAD["filters"]], ids=["fields", "filters"])
def test_the_nearest_name_is_looked_for_a_few_times_only(body, monkeypatch):
    asked = []
    for module in ("technic.scanner.request_faults.nearest", "technic.scanner.filter_parsing.nearest"):
        monkeypatch.setattr(module, lambda name, known: asked.append(name))
    told(body)
    assert 0 < len(asked) <= 10


def test_of_names_that_the_market_does_not_know_few_are_told():
    with pytest.raises(InvalidRequest) as caught:
        Universe([Listing("A", sector="Energy")]).select(sectors=[f"Bogus{k}" for k in range(200)])
    assert caught.value.faults[50:] == (Fault("", "has 150 more faults."),)


def test_a_name_that_is_long_is_pointed_to_by_its_beginning():
    assert told({LONG: 1}).faults[0].pointer == "/" + "x" * 60 + "…"


def test_pydantic_is_never_shown_more_than_is_told(monkeypatch):
    shown = []
    faults_of = request_faults.faults_of

    def counting(error, known, **options):
        shown.append(error.error_count())
        return faults_of(error, known, **options)

    monkeypatch.setattr("technic.scanner.request.faults_of", counting)
    for body in BAD.values():
        told(body)
    assert max(shown) <= 21 + 20
