"""Settings come from three places, the later one wins, and every fault says where it was written."""

import os
from pathlib import Path

import pytest

from technic.config.keys import environment_name, known_keys
from technic.config.loader import load_settings
from technic.config.settings import Settings
from technic.errors import SettingsError


def written(text, name="technic.toml"):
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(*arguments):
    with pytest.raises(SettingsError) as caught:
        load_settings(*arguments)
    assert caught.value.advice
    return caught.value.detail


def test_with_nothing_said_everything_is_its_default():
    loaded = load_settings()
    assert loaded.settings == Settings()
    assert set(loaded.origins) == set(known_keys())
    assert set(loaded.origins.values()) == {"default"}


def test_the_working_folders_file_is_read_without_being_asked_for():
    written('source = "simulated"\n[server]\nport = 8123\n')
    loaded = load_settings()
    assert loaded.settings.server.port == 8123
    assert loaded.origins["server.port"] == loaded.origins["source"] == "technic.toml"
    assert loaded.origins["server.host"] == "default"


def test_a_named_file_is_read_instead_of_the_working_folders():
    written("[server]\nport = 1\n")
    named = written("[engine]\nworkers = 3\n", "other.toml")
    loaded = load_settings(named)
    assert loaded.settings.server.port == 8000
    assert loaded.settings.engine.workers == 3
    assert loaded.origins["engine.workers"] == "other.toml"


def test_the_environment_wins_over_the_file_key_by_key(monkeypatch):
    written('[server]\nport = 8123\nhost = "0.0.0.0"\n')
    monkeypatch.setenv("TECHNIC_SERVER__PORT", "8200")
    loaded = load_settings()
    assert (loaded.settings.server.port, loaded.settings.server.host) == (8200, "0.0.0.0")  # noqa: S104
    assert loaded.origins["server.port"] == "environment TECHNIC_SERVER__PORT"
    assert loaded.origins["server.host"] == "technic.toml"


def test_the_command_line_wins_over_both(monkeypatch):
    written("[server]\nport = 8123\n")
    monkeypatch.setenv("TECHNIC_SERVER__PORT", "8200")
    loaded = load_settings(None, {"server.port": 8300, "server.host": None})
    assert loaded.settings.server.port == 8300
    assert loaded.origins["server.port"] == "command line"
    assert loaded.origins["server.host"] == "default"


def test_nested_sections_and_every_kind_of_value_come_from_the_environment(monkeypatch):
    for name, value in {
        "TECHNIC_SOURCES__SIMULATED__SYMBOLS": "20000",
        "TECHNIC_SOURCES__SIMULATED__END": "2024-05-31",
        "TECHNIC_SOURCES__SIMULATED__LATENCY_SECONDS": "0.25",
        "TECHNIC_SERVER__ACCESS_LOG": "false",
        "TECHNIC_DATA_DIR": "~/kept",
        "technic_log__level": "debug",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings().settings
    assert settings.sources.simulated.symbols == 20_000
    assert settings.sources.simulated.end.isoformat() == "2024-05-31"
    assert settings.sources.simulated.latency_seconds == 0.25
    assert settings.server.access_log is False
    assert settings.data_dir == Path.home() / "kept"
    assert settings.log.level == "debug"


@pytest.mark.parametrize(
    "text",
    [
        '["https://a.example", "http://b.example:81"]',
        "https://a.example, http://b.example:81",
        "https://a.example,http://b.example:81,",
    ],
)
def test_a_list_is_json_or_parted_by_commas(monkeypatch, text):
    monkeypatch.setenv("TECHNIC_SERVER__ALLOWED_ORIGINS", text)
    assert load_settings().settings.server.allowed_origins == ("https://a.example", "http://b.example:81")


def test_an_empty_variable_says_nothing(monkeypatch):
    monkeypatch.setenv("TECHNIC_DATA_DIR", " ")
    assert load_settings().origins["data_dir"] == "default"


def test_every_setting_can_be_set_by_its_variable(monkeypatch):
    """Round trip: the default of each, written as text, is read as itself."""
    defaults = Settings()
    for key in known_keys():
        value = defaults
        for name in key.split("."):
            value = getattr(value, name)
        if value not in (None, ()):
            monkeypatch.setenv(environment_name(key), str(value))
    loaded = load_settings()
    assert loaded.settings == defaults
    assert loaded.origins["sources.simulated.seed"] == "environment TECHNIC_SOURCES__SIMULATED__SEED"


# --- what cannot be used


def test_a_named_file_that_is_not_there_is_an_error():
    assert "nowhere.toml does not exist" in refusal(Path("nowhere.toml"))


def test_a_folder_is_no_file():
    Path("folder").mkdir()
    assert "folder cannot be read" in refusal(Path("folder"))


@pytest.mark.parametrize(
    "content", [b"port = = 3", b"\xff\xfe\x00", b"[server\nport=1", b"x = " + b"[" * 5000]
)
def test_a_file_that_is_not_toml_is_named_with_its_fault(content):
    Path("technic.toml").write_bytes(content)
    assert "technic.toml is not valid TOML" in refusal()


def test_an_unknown_key_of_the_file_names_the_nearest_known_one():
    written("[server]\nprot = 1\n")
    assert refusal() == "server.prot (technic.toml) is not a setting; did you mean server.port?"


def test_a_key_in_the_wrong_section_names_the_one_with_its_name():
    written("[x]\nseed = 1\n")
    assert "did you mean sources.simulated.seed?" in refusal()


def test_a_key_that_resembles_nothing_is_still_refused():
    written("zzzzzz = 1\n")
    assert refusal() == "zzzzzz (technic.toml) is not a setting"


def test_an_unknown_variable_names_the_nearest_variable(monkeypatch):
    monkeypatch.setenv("TECHNIC_SERVER__PROT", "1")
    assert refusal() == (
        "TECHNIC_SERVER__PROT (environment) is not a setting; did you mean TECHNIC_SERVER__PORT?"
    )


def test_a_single_underscore_is_recognised(monkeypatch):
    monkeypatch.setenv("TECHNIC_SERVER_PORT", "1")
    assert "did you mean TECHNIC_SERVER__PORT?" in refusal()


def test_a_section_is_not_a_setting(monkeypatch):
    monkeypatch.setenv("TECHNIC_SERVER", "8000")
    assert "TECHNIC_SERVER (environment) is a section, not a setting" in refusal()


def test_a_section_written_as_a_value_is_refused():
    written("server = 8000\n")
    assert (
        "server (technic.toml) is a section, not a setting; set a key of it, such as server.host" in refusal()
    )


def test_all_faults_are_told_at_once_each_with_its_origin(monkeypatch):
    written('[engine]\nworkers = "many"\n')
    monkeypatch.setenv("TECHNIC_SERVER__PORT", "70000")
    detail = refusal(None, {"log.level": "loud"})
    assert "engine.workers = 'many' (technic.toml): input should be a valid integer" in detail
    assert "server.port = '70000' (environment TECHNIC_SERVER__PORT): input should be less than" in detail
    assert (
        "log.level = 'loud' (command line): input should be 'debug', 'info', 'warning' or 'error'" in detail
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("engine.workers", True),
        ("engine.workers", 0),
        ("engine.unit_symbols", 100),
        ("streams.conflate_seconds", 0),
        ("streams.conflate_seconds", float("nan")),
        ("store.retention_days", float("inf")),
        ("sources.simulated.symbols", 20_001),
        ("server.host", ""),
        ("server.allowed_origins", ["https://a.example/path"]),
        ("server.allowed_origins", '["https://a.example"'),
        ("server.allowed_origins", "*"),
        ("data_dir", "~nobody-of-this-name/x"),
    ],
)
def test_a_bad_value_is_refused_under_its_key(key, value):
    assert refusal(None, {key: value}).startswith(f"{key} = ")


def test_files_need_a_place():
    assert "needs sources.files.path" in refusal(None, {"source": "files"})
    assert load_settings(None, {"source": "files", "sources.files.path": "bars"}).settings.source == "files"


def a_pipe(path):
    os.mkfifo(path)


def an_endless_device(path):
    path.symlink_to("/dev/zero")


def a_huge_file(path):
    path.write_bytes(b"# comment\n" * 2**17)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("make", "said"),
    [(a_pipe, "it is a pipe"), (an_endless_device, "device"), (a_huge_file, "larger than 1 MiB")],
)
def test_a_file_that_never_ends_or_blocks_is_refused_whether_it_was_named_or_found(make, said):
    make(Path("technic.toml"))
    for arguments in ((), (Path("technic.toml"),)):
        detail = refusal(*arguments)
        assert detail.startswith("the configuration file technic.toml cannot be read: ")
        assert said in detail


def test_a_file_of_a_mebibyte_is_read():
    text = "[server]\nport = 8123\n"
    written(text + "#" * (2**20 - len(text)))
    assert load_settings().settings.server.port == 8123
