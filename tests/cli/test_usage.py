"""What is refused before anything runs, and what the command line says of itself."""

import json
import subprocess
import sys

import pytest

from technic import __version__
from technic.cli.complaints import option_of
from technic.cli.main import main


def ends(*arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code


def plain(text):
    """Without the box around a usage error and the line ends in it."""
    return " ".join(text.replace("│", " ").split())


def test_the_version_is_printed(capsys):
    assert ends("--version") == 0
    assert capsys.readouterr().out == f"technic {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("scan", "-h"),
        ("serve", "--help"),
        ("config", "--help"),
        ("history", "-h"),
        ("load", "-h"),
        ("start", "-h"),
        ("watch", "-h"),
        ("results", "-h"),
        ("cancel", "-h"),
        ("symbol", "-h"),
        ("report", "-h"),
    ],
)
def test_help_is_no_error(arguments, capsys):
    assert ends(*arguments) == 0
    assert "Usage: technic" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("scna",), "Did you mean 'scan'"),
        (("scan", "--limt", "3"), "--limit"),
        (("scan", "--limit", "three"), "--limit"),
        (("scan", "--limit", "0"), "--limit"),
        (("scan", "--format", "xlsx"), "parquet"),
        (("scan", "--source", "yhaoo"), "source = 'yhaoo' (command line)"),
        (("scan", "--source", "simulated", "--data", "."), "--source files"),
        (("scan", "--config", "nowhere.toml"), "nowhere.toml does not exist"),
        (("scan", "--workers", "0"), "engine.workers = 0 (command line)"),
        (("scan", "--filter", "rsi << 30"), "--filter 1"),
        (("scan", "--filter", "rsi < 30", "--filter", "rsy > 3"), "--filter 2: 'rsy' is not a field"),
        (("scan", "--preset", "oversodl"), "oversold"),
        (("scan", "--sort-by", "tech_ratng"), "tech_rating"),
        (("scan", "--as-of", "2999-01-01"), "--as-of"),
        (("scan", "--min-tech-rating", "101"), "--min-tech-rating"),
        (("scan", "--symbols", ","), "--symbols"),
        (("scan", "--output", "."), "is a folder"),
        (("scan", "--output", "nowhere/rows.csv"), "nowhere cannot be written to"),
        (("serve", "--port", "70000"), "server.port = 70000 (command line)"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_says_so(arguments, said, capsys):
    assert ends(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in plain(captured.err)
    assert "Traceback" not in captured.err


def test_every_fault_of_every_option_is_told_on_a_line_of_its_own(capsys):
    wrong = {"--preset": "foo", "--min-tech-rating": "400", "--sort-by": "clos"}
    arguments = [word for option in wrong.items() for word in option]
    assert ends("scan", *arguments, "--filter", "rsi << 30", "--filter", "rsy > 3") == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in lines[:-1]] == [
        "--filter 1", "--min-tech-rating", "--filter 2", "--preset", "--sort-by"
    ]  # fmt: skip
    assert "golden_cross" in lines[3]
    assert lines[-1] == (
        "`technic scan --help` says what can be asked for, `technic fields` and `technic presets` the names."
    )


def test_parquet_is_not_thrown_at_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert ends("scan", "--format", "parquet") == 2
    assert "add --output rows.parquet" in plain(capsys.readouterr().err)


def test_an_error_that_nobody_foresaw_is_a_sentence_too(monkeypatch, capsys):
    def broken(*_, **__):
        raise RuntimeError("no such luck")

    monkeypatch.setattr("technic.config.loader.load_settings", broken)
    assert ends("config") == 1
    captured = capsys.readouterr().err
    assert "RuntimeError: no such luck" in captured
    assert "Traceback" not in captured


@pytest.mark.parametrize(
    ("pointer", "option"),
    [
        ("/min_tech_rating", "--min-tech-rating"),
        ("/filters/0/value", "--filter 1"),
        ("/symbols/3", "--symbols 4"),
        ("", "the request"),
    ],
)
def test_a_pointer_into_the_request_is_told_as_its_option(pointer, option):
    assert option_of(pointer) == option


def test_config_shows_each_setting_with_its_origin(monkeypatch, capsys, tmp_path):
    (tmp_path / "technic.toml").write_text("[server]\nport = 8123\n")
    monkeypatch.setenv("TECHNIC_LOG__LEVEL", "debug")
    assert ends("config", "--json", "--workers", "3") == 0
    shown = json.loads(capsys.readouterr().out)
    assert {key: (shown[key]["value"], shown[key]["origin"]) for key in (
        "server.port", "log.level", "engine.workers", "server.host"
    )} == {
        "server.port": (8123, "technic.toml"),
        "log.level": ("debug", "environment TECHNIC_LOG__LEVEL"),
        "engine.workers": (3, "command line"),
        "server.host": ("127.0.0.1", "default"),
    }  # fmt: skip
    assert shown["server.port"]["environment"] == "TECHNIC_SERVER__PORT"
    assert all(entry["description"] for entry in shown.values())


def test_config_as_a_table_has_a_line_a_setting(capsys):
    assert ends("config") == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("server.port")]
    assert line.split() == ["server.port", "8000", "default"]


def test_help_loads_nothing_heavy():
    """What makes a start slow is what is imported; a clock would only measure the machine."""
    program = (
        "import sys\nfrom technic.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(*{n.partition('.')[0] for n in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Usage" in done.stdout
    heavy = {"pandas", "numpy", "pyarrow", "aiohttp", "pydantic", "structlog", "uvloop"}
    assert heavy & set(done.stderr.split()) == set()
