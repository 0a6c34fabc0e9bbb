"""Presets of one's own: what stands in technic.toml can be asked for, and what cannot be used is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from technic.config.loader import load_settings
from technic.config.settings import Settings
from technic.engine.codec.requests import decode_asked, decode_request, encode_request
from technic.errors import InvalidRequest, SettingsError
from technic.scanner.own_presets import known_presets
from technic.scanner.presets import PRESETS
from technic.scanner.request import ScanRequest, parse_request
from technic.scanner.run import run_scan

DIP = {"filters": ["close > sma200", {"field": "rsi", "op": "<", "value": 45}], "sort_by": "rsi"}


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def own(**presets: Any):
    return known_presets(Settings(presets=presets))


def refusal(**presets: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        own(**presets)
    return caught.value.detail


def refused_file(tmp_path, text: str) -> str:
    (tmp_path / "technic.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return caught.value.detail


def test_it_stands_behind_the_built_in_ones_with_its_filters_as_objects():
    known = own(dip=DIP | {"limit": 5, "descending": False})
    assert list(known) == [*PRESETS, "dip"]
    dip = known["dip"]
    assert (dip.title, dip.sort_by, dip.descending, dip.limit) == ("Dip", "rsi", False, 5)
    assert [one["field"] for one in dip.filters] == ["close", "rsi"]
    assert json.loads(json.dumps(dip.filters))


def test_a_request_that_names_it_has_its_conditions_order_and_limit():
    asked = parse_request({"preset": "dip", "filters": ["adx > 20"]}, presets=own(dip=DIP | {"limit": 5}))
    assert [str(condition) for condition in asked.conditions] == ["close > sma200", "rsi < 45", "adx > 20"]
    assert (asked.order, asked.row_limit) == (("rsi", True), 5)
    assert asked.as_json() == {"preset": "dip", "filters": asked.as_json()["filters"]}


def test_only_where_it_is_known_can_it_be_named():
    with pytest.raises(InvalidRequest, match="Did you mean 'dip'"):
        parse_request({"preset": "dpi"}, presets=own(dip=DIP))
    with pytest.raises(InvalidRequest, match="is not a preset"):
        ScanRequest(preset="dip")


def test_a_client_leaves_to_the_server_which_there_are():
    assert parse_request({"preset": "dip"}, presets=None).as_json() == {"preset": "dip"}


def test_a_stored_request_keeps_the_meaning_of_then():
    asked = parse_request({"preset": "dip"}, presets=own(dip=DIP))
    again = decode_request(encode_request(asked))
    assert again == asked
    assert again.conditions == asked.conditions
    assert decode_asked(encode_request(asked)) == {"preset": "dip"}


def test_the_same_name_with_another_meaning_is_another_request():
    one = parse_request({"preset": "dip"}, presets=own(dip=DIP))
    other = parse_request({"preset": "dip"}, presets=own(dip={"filters": ["rsi < 20"], "sort_by": "rsi"}))
    assert one.request_key() != other.request_key()
    assert one.request_key() == parse_request({"preset": "dip"}, presets=own(dip=DIP)).request_key()


def test_a_built_in_preset_is_stored_by_its_name_alone():
    assert json.loads(encode_request(ScanRequest(preset="oversold"))) == {"preset": "oversold"}


def test_every_fault_of_every_preset_is_named():
    said = refusal(a={"filters": ["clsoe > 5", "rsi <"]}, b={"sort_by": "rsii"}, oversold={})
    assert "presets.a.filters.0" in said
    assert "Did you mean 'close'?" in said
    assert "presets.a.filters.1" in said
    assert "presets.b.sort_by: 'rsii' is not a field; did you mean 'rsi'?" in said
    assert "presets.oversold: is the name of a built-in preset" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[presets.dip]\nlimt = 5", "presets.dip (technic.toml): 'limt' is not a key of a preset"),
        ("[presets.dip]\nlimit = 0", "presets.dip.limit (technic.toml): input should be greater than"),
        ("[presets.dip]\nlimit = true", "presets.dip.limit (technic.toml): "),
        ('[presets.dip]\nfilters = "rsi < 40"', "presets.dip.filters (technic.toml): "),
        ("[presets]\ndip = 3", "presets.dip (technic.toml): "),
        ("[presets.Dip]\n", "presets.Dip (technic.toml): "),
        ("presets = 3", "presets = 3 (technic.toml): "),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_refused_with_its_place(tmp_path, text, said):
    assert said in refused_file(tmp_path, text)


def test_too_many_are_refused(tmp_path):
    tables = "".join(f"[presets.p{number}]\n" for number in range(201))
    assert "at most 200 presets" in refused_file(tmp_path, tables)


def test_the_environment_holds_them_as_json(monkeypatch):
    monkeypatch.setenv("TECHNIC_PRESETS", json.dumps({"dip": DIP}))
    assert "dip" in known_presets(load_settings().settings)
    monkeypatch.setenv("TECHNIC_PRESETS", "{")
    with pytest.raises(SettingsError, match="JSON object"):
        load_settings()


def test_the_library_finds_it_in_the_settings(tmp_path):
    chosen = {"simulated": {"symbols": 64, "years": 2}}
    settings = Settings(data_dir=tmp_path, sources=chosen, presets={"dip": {"filters": ["rsi < 45"]}})
    frame = run_scan(config={"preset": "dip"}, settings=settings).frame
    assert 0 < len(frame) < 64
    assert frame["rsi"].max() < 45
    with pytest.raises(InvalidRequest, match="Did you mean 'dip'"):
        run_scan(config={"preset": "dop"}, settings=settings)
