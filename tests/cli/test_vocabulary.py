"""`technic presets` and `technic fields`: what can be asked for, as people and scripts are shown it."""

from __future__ import annotations

import json
from pathlib import Path

from technic.scanner.fields import BY_NAME, NAMES
from technic.scanner.filter_operators import operators_of
from technic.scanner.presets import PRESETS


def test_every_field_is_listed_with_its_meaning(technic):
    done = technic("fields")
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["field", "unit", "kind", "what", "it", "is"]
    assert tuple(line.split()[0] for line in lines) == NAMES
    for line, name in zip(lines, NAMES, strict=True):
        assert line.endswith(BY_NAME[name].description)  # and nothing that would be wrapped by a pager


def test_a_field_that_is_named_says_what_can_be_asked_of_it(technic):
    shown = technic("fields", "signal").stdout
    assert "== != in not_in is_null" in shown
    assert "STRONG_SELL, SELL, NEUTRAL, BUY, STRONG_BUY" in shown
    assert "rsi" not in shown


def test_scripts_get_the_fields_as_the_server_tells_them(technic):
    told = json.loads(technic("fields", "--json", "rsi", "sector").stdout)
    assert [one["name"] for one in told] == ["rsi", "sector"]
    assert told[0]["operators"] == list(operators_of(BY_NAME["rsi"]))


def test_every_preset_is_listed_with_what_it_stands_for(technic):
    shown = technic("presets").stdout
    for preset in PRESETS.values():
        assert preset.name in shown
        assert all(f"  {condition}" in shown for condition in preset.conditions)
    assert "by rsi, lowest first" in technic("presets", "oversold").stdout


def test_a_preset_of_the_settings_is_among_them(technic):
    own = ["[presets.calm]", 'description = "Quiet ones."', 'filters = ["volatility < 20"]', "limit = 7"]
    Path("technic.toml").write_text("\n".join(own), encoding="utf-8")
    shown = technic("presets", "calm").stdout
    assert all(part in shown for part in ("Quiet ones.", "volatility < 20", "7 rows at most"))
    (told,) = json.loads(technic("presets", "calm", "--json").stdout)
    assert (told["name"], told["limit"]) == ("calm", 7)


def test_a_name_that_is_not_known_is_refused_with_the_nearest(technic):
    for words, near in ((("fields", "rsy"), "'rsi'"), (("presets", "oversolt"), "'oversold'")):
        done = technic(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"Did you mean {near}?" in done.stderr


def test_a_scan_that_is_refused_says_which_command_lists_the_names_that_were_meant(technic):
    done = technic("scan", "--filter", "nonsense > 3")
    assert done.returncode == 2
    assert "says what can be asked for, `technic fields` the names." in done.stderr
    done = technic("scan", "--limit", "1", "--as-of", "yesterday")
    assert done.stderr.endswith("`technic scan --help` says what can be asked for.\n")
