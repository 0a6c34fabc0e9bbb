"""All log lines leave through one door, on stderr."""

import json
import logging
import warnings

import pytest
import structlog

from technic.config.logs import configure_logs, frequent_line
from technic.config.settings import LogSettings


@pytest.fixture(autouse=True)
def logging_as_before():
    """Logging belongs to the process: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(capsys):
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_a_line_is_one_json_object_with_an_iso_time(capsys):
    configure_logs(LogSettings(format="json"))
    structlog.get_logger("technic.x").info("scan started", symbols=5, rate=float("nan"))
    (line,) = lines(capsys)
    assert line["timestamp"].endswith("Z")
    assert line["timestamp"][10] == "T"
    del line["timestamp"]
    assert line == {
        "event": "scan started", "symbols": 5, "rate": None, "level": "info", "logger": "technic.x"
    }  # fmt: skip


def test_a_librarys_line_and_a_warning_go_the_same_way(capsys):
    configure_logs(LogSettings(format="json"))
    logging.getLogger("aiohttp.access").warning("got %s", "/health")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    first, second = lines(capsys)
    assert (first["event"], first["logger"], first["level"]) == ("got /health", "aiohttp.access", "warning")
    assert second["logger"] == "py.warnings"


def test_what_is_bound_stands_on_every_line(capsys):
    configure_logs(LogSettings(format="json"))
    with structlog.contextvars.bound_contextvars(scan_id="abc"):
        structlog.get_logger().info("ours")
        logging.getLogger("theirs").error("not ours")
    structlog.get_logger().info("after")
    assert [line.get("scan_id") for line in lines(capsys)] == ["abc", "abc", None]


def test_lines_below_the_level_are_not_written(capsys):
    configure_logs(LogSettings(format="json", level="warning"))
    structlog.get_logger().info("quiet")
    logging.getLogger("theirs").info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_auto_means_json_where_stderr_is_no_terminal(capsys):
    configure_logs(LogSettings())
    structlog.get_logger().info("hello")
    assert lines(capsys)[0]["event"] == "hello"


def test_people_get_plain_lines_and_tracebacks_without_local_variables(capsys):
    configure_logs(LogSettings(format="console"))
    password = "se" + "cret"

    def fail():
        raise ValueError(len(password))

    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("broken", code=7)
    written = capsys.readouterr().err
    assert "broken" in written
    assert "code=7" in written
    assert "ValueError: 6" in written
    assert "secret" not in written
    assert "\x1b[" not in written


@pytest.mark.parametrize("value", [2**70, "\ud800", object(), {1: {2, 3}}])
def test_no_value_can_make_a_line_fail(capsys, value):
    configure_logs(LogSettings(format="json"))
    structlog.get_logger().info("odd", value=value)
    assert lines(capsys)[0]["event"] == "odd"


def test_configuring_twice_writes_each_line_once(capsys):
    configure_logs(LogSettings(format="json"))
    configure_logs(LogSettings(format="json"))
    structlog.get_logger().info("once")
    assert len(lines(capsys)) == 1


FIELDS = {"path": "/a\ud800", "status": 200, "seconds": 0.1}


def test_a_frequent_line_is_the_line_that_logging_it_would_make(capsys):
    configure_logs(LogSettings(format="json"))
    frequent_line("technic.x", "request", **FIELDS)
    structlog.get_logger("technic.x").info("request", **FIELDS)
    short, usual = lines(capsys)
    assert short.keys() == usual.keys()
    assert len(short.pop("timestamp")) == len(usual.pop("timestamp"))
    assert short == usual


def test_a_frequent_line_heeds_the_level(capsys):
    configure_logs(LogSettings(format="json", level="warning"))
    frequent_line("technic.x", "request", **FIELDS)
    configure_logs(LogSettings(format="json"))
    logging.getLogger("technic.quiet").setLevel(logging.ERROR)
    frequent_line("technic.quiet", "request", **FIELDS)
    assert lines(capsys) == []


def test_a_frequent_line_looks_like_any_other_to_people(capsys):
    configure_logs(LogSettings(format="console"))
    frequent_line("technic.x", "request", status=200)
    said = capsys.readouterr().err
    assert "request" in said
    assert "{" not in said


def test_whoever_listens_to_the_log_hears_frequent_lines_too(capsys):
    configure_logs(LogSettings(format="json"))
    with structlog.testing.capture_logs() as heard:
        frequent_line("technic.x", "request", status=200)
    assert [line["event"] for line in heard] == ["request"]
    records = []
    listener = logging.Handler()
    listener.emit = records.append
    logging.getLogger().addHandler(listener)
    frequent_line("technic.x", "request", status=200)
    assert len(records) == 1
    assert len(lines(capsys)) == 1
