"""Sources of other packages: found by name, and whatever is wrong with one is told in a sentence."""

from __future__ import annotations

import pytest

from technic.config.loader import load_settings
from technic.config.settings import Settings
from technic.errors import ConfigError, SettingsError
from technic.scanner.run import run_scan
from technic.scanner.sources.installed import open_installed
from technic.scanner.sources.registry import open_source, read_from, universe_of
from technic.scanner.units import SourceSpec
from tests.support.own_source import write_database

BROKEN = """
from technic.scanner.units import SourceSpec

class Source:
    def __init__(self, options):
        self.spec = SourceSpec(options["name"], dict(options), options["version"])
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A function that installs a module of this text, with sources of these names."""

    def install(text: str, *names: str) -> None:
        place = tmp_path / "packages"
        marks = place / "broken-1.0.dist-info"
        marks.mkdir(parents=True)
        (place / "broken_source.py").write_text(text)
        (marks / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
        points = "\n".join(f"{name} = broken_source:Source" for name in names)
        (marks / "entry_points.txt").write_text(f"[technic.sources]\n{points}\n")
        monkeypatch.syspath_prepend(place)

    return install


@pytest.fixture
def sqlite(own_source, monkeypatch):
    monkeypatch.syspath_prepend(own_source)


def refusal(name: str, /, **options: str) -> str:
    with pytest.raises(ConfigError) as caught:
        open_installed(name, options)
    return caught.value.detail


def test_it_is_scanned_like_any_other(sqlite, tmp_path):
    path = write_database(tmp_path / "bars.db", {"AAA": 60, "BBB": 60, "NEW": 5})
    own = Settings(data_dir=tmp_path / "kept", source="sqlite", sources={"own": {"path": str(path)}})
    result = run_scan(settings=own)
    assert sorted(result.frame["symbol"]) == ["AAA", "BBB"]
    assert [failure.code for failure in result.failures] == ["insufficient_history"]
    assert result.frame.set_index("symbol")["sector"]["AAA"] == "Energy"


def test_a_version_that_has_passed_is_not_there_any_more(sqlite, tmp_path):
    path = write_database(tmp_path / "bars.db", {"AAA": 60})
    source = open_source(Settings(source="sqlite", sources={"own": {"path": str(path)}}))
    assert universe_of(source.spec).symbols == ("AAA",)
    assert universe_of(SourceSpec("sqlite", source.spec.options, "other")) is None
    assert universe_of(SourceSpec("sqlite", {"path": str(tmp_path / "gone.db")}, "other")) is None


def test_the_settings_name_those_that_there_are(sqlite, monkeypatch):
    monkeypatch.setenv("TECHNIC_SOURCE", "sqlit")
    with pytest.raises(SettingsError, match="should be 'simulated' or 'files' or 'sqlite'"):
        load_settings()


def test_its_table_has_keys_of_its_own_and_stays_a_table(sqlite, monkeypatch, tmp_path):
    (tmp_path / "technic.toml").write_text('source = "sqlite"\n[sources.own]\npath = "x"\ndeep = {a = 1}\n')
    assert load_settings(tmp_path / "technic.toml").settings.sources.own == {"path": "x", "deep": {"a": 1}}
    monkeypatch.setenv("TECHNIC_SOURCES__OWN", '{"path": "y"}')
    assert load_settings().settings.sources.own == {"path": "y"}
    monkeypatch.setenv("TECHNIC_SOURCES__OWN", "y")
    with pytest.raises(SettingsError, match="JSON object"):
        load_settings()


def test_a_name_that_nobody_installed_means_nothing(tmp_path):
    assert "there is no source 'os:system'" in refusal("os:system")
    with pytest.raises(ConfigError, match="no source 'nosuch'"):
        read_from(SourceSpec("nosuch", {}, "1"), ["A"], lambda: False)
    assert universe_of(SourceSpec("nosuch", {}, "1")) is None


def test_one_that_cannot_be_loaded_says_why(installed):
    installed("raise RuntimeError('no licence')", "broken")
    said = refusal("broken")
    assert "'broken' (broken_source:Source) cannot be opened: RuntimeError: no licence" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "cannot be opened: KeyError: 'name'"),
        ({"name": "other", "version": "1"}, "calls itself 'other'"),
        ({"name": "broken", "version": "../../etc"}, "version '../../etc'"),
        ({"name": "broken", "version": ""}, "version ''"),
    ],
)
def test_one_that_cannot_be_used_says_why(installed, options, said):
    installed(BROKEN, "broken")
    assert said in refusal("broken", **options)


def test_a_name_that_could_not_be_a_folder_is_not_a_source(installed):
    installed(BROKEN, "../up", "Loud", "simu-lated")
    for name in ("../up", "Loud", "simu-lated"):
        assert "there is no source" in refusal(name)


@pytest.mark.usefixtures("sqlite")
def test_a_database_without_the_tables_is_told_as_a_setting_and_no_fault_of_ours(tmp_path):
    path = tmp_path / "other.db"
    path.touch()
    with pytest.raises(SettingsError, match=r"other\.db cannot be read: no such table"):
        open_installed("sqlite", {"path": str(path)}).universe()
