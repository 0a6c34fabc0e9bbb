"""What a scan may be asked for, and what is said of each fault."""

from __future__ import annotations

import json
import pickle
from datetime import date

import pytest
from pydantic import TypeAdapter

from technic.errors import Fault, InvalidRequest
from technic.scanner.request import ScanRequest, parse_request
from technic.scanner.request_faults import pointer_to

TODAY = date(2024, 6, 3)


def faults(body: object) -> list[tuple[str, str | None]]:
    with pytest.raises(InvalidRequest) as caught:
        parse_request(body, today=TODAY)  # type: ignore[arg-type]
    assert all(fault.detail.strip() for fault in caught.value.faults)
    return [(fault.pointer, fault.nearest) for fault in caught.value.faults]


def test_an_empty_request_has_the_defaults_of_the_contract():
    asked = parse_request({}).model_dump()
    assert asked == {
        "max_symbols": None,
        "symbols": None,
        "sectors": (),
        "industries": (),
        "min_tech_rating": None,
        "filters": [],
        "preset": None,
        "sort_by": "tech_rating",
        "descending": True,
        "limit": None,
        "lookback_bars": 600,
        "as_of": None,
        "account_size": 10_000,
        "risk_pct": 1.0,
        "target_rr": 2.0,
        "allow_shorts": False,
        "priority": 5,
        "deadline_seconds": None,
        "fresh": False,
        "async_mode": True,
        "tags": (),
    }


@pytest.mark.parametrize(
    "body",
    [
        {"max_symbols": 1},
        {"min_tech_rating": -100},
        {"min_tech_rating": 100},
        {"min_tech_rating": 15},
        {"lookback_bars": 0},
        {"lookback_bars": 20},
        {"as_of": "2024-06-03"},
        {"priority": 0},
        {"priority": 9},
        {"deadline_seconds": 0.5},
        {"limit": None, "max_symbols": None, "symbols": None, "as_of": None, "preset": None},
        {"sectors": [], "industries": [], "tags": [], "filters": []},
        {"sectors": None, "industries": None, "tags": None, "filters": None},
        {"filters": {"any": [{"field": "nr7", "op": "==", "value": True}]}},
    ],
)
def test_the_bounds_themselves_are_accepted(body):
    asked = parse_request(body, today=TODAY).as_json()
    assert set(asked) == set(body)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_symbols", 0),
        ("max_symbols", "5"),
        ("max_symbols", 5.0),
        ("max_symbols", True),
        ("max_symbols", 10**400),
        ("symbols", []),
        ("symbols", "AAPL"),
        ("symbols", {"A": 1}),
        ("symbols", [f"S{n}" for n in range(20_001)]),
        ("sectors", "Energy"),
        ("min_tech_rating", 100.01),
        ("min_tech_rating", -101),
        ("min_tech_rating", float("nan")),
        ("min_tech_rating", "15"),
        ("filters", 3),
        ("preset", 3),
        ("sort_by", None),
        ("descending", 1),
        ("limit", 0),
        ("limit", -1),
        ("lookback_bars", 19),
        ("lookback_bars", -1),
        ("lookback_bars", None),
        ("as_of", "2024-06-04"),
        ("as_of", "20240603"),
        ("as_of", "2024-02-30"),
        ("as_of", 20_000),
        ("account_size", 0),
        ("account_size", float("inf")),
        ("account_size", 10**400),
        ("risk_pct", 101),
        ("target_rr", 0),
        ("allow_shorts", "yes"),
        ("priority", 10),
        ("priority", -1),
        ("deadline_seconds", 0),
        ("fresh", None),
        ("async_mode", "true"),
        ("tags", ["x"] * 21),
    ],
)
def test_a_value_of_another_type_or_out_of_range_is_pointed_to(field, value):
    assert faults({field: value}) == [(f"/{field}", None)]


@pytest.mark.parametrize("symbols", [[["A"]], [""], [1, None], ["x" * 33]])
def test_a_list_of_bad_values_alone_is_not_called_empty_as_well(symbols):
    assert faults({"symbols": symbols}) == [(f"/symbols/{place}", None) for place in range(len(symbols))]


def test_a_bound_is_told_as_people_write_it():
    with pytest.raises(InvalidRequest, match="must be at most 1000000\\."):
        parse_request({"limit": 10**7})


def test_a_preset_that_is_near_none_is_told_which_there_are():
    with pytest.raises(InvalidRequest, match=r"Known are .*golden_cross"):
        parse_request({"preset": "zzz"})


def test_every_fault_is_named_at_once():
    assert faults({"max_symbols": "5", "limit": 0, "presett": "oversold", "symbols": ["A", 1, " "]}) == [
        ("/max_symbols", None),
        ("/symbols/1", None),
        ("/symbols/2", None),
        ("/limit", None),
        ("/presett", "preset"),
    ]


@pytest.mark.parametrize(
    ("body", "pointer", "nearest"),
    [
        ({"preset": "goldencross"}, "/preset", "golden_cross"),
        ({"sort_by": "tech_ratng"}, "/sort_by", "tech_rating"),
        ({"Min-Tech-Rating": 5}, "/Min-Tech-Rating", "min_tech_rating"),
        ({"filters": [{"field": "rsy", "op": "<", "value": 1}]}, "/filters/0/field", "rsi"),
        ({"qqqqqq": 1}, "/qqqqqq", None),
    ],
)
def test_an_unknown_name_gets_the_nearest_known_one(body, pointer, nearest):
    assert faults(body) == [(pointer, nearest)]


def test_a_body_that_is_no_object_is_a_fault():
    assert faults([]) == [("", None)]


def test_a_pointer_escapes_what_json_pointers_reserve():
    assert pointer_to(["a/b~c", 0]) == "/a~1b~0c/0"
    assert faults({"a/b": 1})[0][0] == "/a~1b"


def test_a_script_gets_the_same_error_from_the_constructor():
    with pytest.raises(InvalidRequest) as caught:
        ScanRequest(limit=0)
    assert caught.value.faults == (Fault("/limit", "must be at least 1."),)


def test_today_is_the_newest_day_that_may_be_asked_for():
    assert parse_request({"as_of": "2024-06-03"}, today=TODAY).as_of == TODAY
    assert faults({"as_of": "2024-06-04"}) == [("/as_of", None)]


def test_symbols_are_trimmed_and_counted_once():
    assert parse_request({"symbols": [" AAPL", "MSFT", "AAPL "]}).symbols == ("AAPL", "MSFT")


def test_sectors_keep_their_places_so_that_a_fault_can_point_to_one():
    assert parse_request({"sectors": ["Energy", "Energy ", "Bogus"]}).sectors[2] == "Bogus"


def test_a_request_survives_json_and_pickle():
    body = {
        "preset": "trend_template",
        "limit": None,
        "as_of": "2024-06-03",
        "symbols": ["A"],
        "filters": [
            {"field": "rsi", "op": "between", "value": [{"field": "adx"}, 40]},
            {"none": [{"field": "as_of", "op": "==", "value": "2020-01-01"}]},
            {"field": "macd", "op": "crosses_below", "value": {"field": "macd_signal"}, "within": 3},
        ],
    }
    asked = parse_request(body, today=TODAY)
    again = parse_request(json.loads(json.dumps(asked.as_json())), today=TODAY)
    assert again == asked == pickle.loads(pickle.dumps(asked))  # noqa: S301 - our own bytes
    assert again.row_limit is None
    assert again.request_key() == asked.request_key()


def test_requests_that_ask_for_the_same_have_the_same_key():
    one = ScanRequest(symbols=["B", "A"], async_mode=False, sort_by="tech_rating")
    other = ScanRequest(symbols=["A", "B", " A"], lookback_bars=600)
    assert one.request_key() == other.request_key()


@pytest.mark.parametrize(
    "other",
    [
        {"limit": 5},
        {"symbols": ["A"]},
        {"fresh": True},
        {"preset": "nr7"},
        {"descending": False},
        {"filters": [{"field": "nr7", "op": "==", "value": True}]},
        {"tags": ["x"]},
    ],
)
def test_requests_that_ask_for_something_else_have_another_key(other):
    assert parse_request(other).request_key() != ScanRequest().request_key()


def test_a_preset_lies_under_the_requests_own_fields():
    plain = ScanRequest(preset="top_losers")
    assert (plain.order, plain.row_limit) == (("change_pct", False), 50)
    assert ScanRequest(preset="top_losers", limit=None).row_limit is None
    assert ScanRequest(preset="top_losers", limit=3).row_limit == 3
    assert ScanRequest(preset="top_losers", sort_by="rsi").order == ("rsi", True)
    assert ScanRequest(preset="top_losers", descending=True).order == ("change_pct", True)
    assert ScanRequest(preset="trend_template").order == ("tech_rating", True)


def test_a_presets_filters_and_the_requests_own_all_have_to_hold():
    asked = ScanRequest(preset="oversold", filters=[{"field": "close", "op": ">", "value": 5}])
    assert [str(condition) for condition in asked.conditions] == ["rsi < 30", "close > 5"]


def test_the_json_schema_describes_every_field():
    schema = TypeAdapter(ScanRequest).json_schema()
    assert set(schema["properties"]) == set(ScanRequest.model_fields)
    assert all("description" in entry for entry in schema["properties"].values())
    assert schema["additionalProperties"] is False
