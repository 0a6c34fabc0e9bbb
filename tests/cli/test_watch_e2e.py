"""`technic watch`, `start`, `cancel` and `results` against real servers."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from technic.cli.screens import OneScreen
from tests.client.test_restarts import steady_port
from tests.support.server import GUARD_SECONDS, RUN, ServerProcess, serving
from tests.support.terminal import CTRL_C, terminal

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")
WHOLE = re.compile("[0-9a-f]{32}\n")


@pytest.fixture
def quick(quick_server, monkeypatch):
    monkeypatch.setenv("TECHNIC_CLIENT__URL", quick_server.url)
    return quick_server


@pytest.fixture(scope="module")
def endless_server(tmp_path_factory):
    """A market whose bars take an hour to arrive."""
    settings = {"sources__simulated__symbols": 64, "sources__simulated__latency_seconds": 60}
    with serving(
        tmp_path_factory.mktemp("endless"),
        sources__simulated__connections=1,
        engine__drain_grace_seconds=0.1,
        **settings,
    ) as server:
        yield server


@pytest.fixture
def slow(endless_server, monkeypatch, technic):
    """Scans go on here until they are cancelled."""
    monkeypatch.setenv("TECHNIC_CLIENT__URL", endless_server.url)
    yield endless_server
    assert technic("cancel", "--all", "--wait").returncode == 0


def started(technic, *words):
    done = technic("start", *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert WHOLE.fullmatch(done.stdout)
    return done.stdout.strip()


def words(*arguments):
    return [sys.executable, str(RUN), *arguments]


@pytest.mark.usefixtures("quick")
def test_a_scan_that_was_started_is_watched_to_its_end_in_plain_lines(technic):
    scan_id = started(technic)
    done = technic("watch", scan_id)
    assert (done.returncode, done.stdout) == (0, "")
    shares = [float(line.split("%")[0]) for line in done.stderr.splitlines()]
    assert shares == sorted(shares)
    assert shares[-1] == 100.0
    assert "\x1b" not in done.stderr


@pytest.mark.usefixtures("quick")
def test_how_an_id_begins_will_do_and_several_are_told_apart(technic):
    first, second = started(technic), started(technic, "--preset", "oversold")
    done = technic("watch", first[:10], second[:10])
    assert done.returncode == 0, done.stderr
    ends = [line.split()[:2] for line in done.stderr.splitlines() if "completed" in line]
    assert sorted(ends) == sorted([[first, "completed"], [second, "completed"]])


@pytest.mark.usefixtures("quick")
def test_a_beginning_that_is_not_clear_is_a_usage_error_that_lists_them(technic):
    for _ in range(17):  # of so many two begin with the same sign
        started(technic, "--symbols", "SIM0001")
    listed = json.loads(technic("history", "--format", "json", "--limit", "50").stdout)["scans"]
    heads = [scan["scan_id"][0] for scan in listed]
    twice = next(head for head in heads if heads.count(head) > 1)
    done = technic("watch", twice)
    assert (done.returncode, done.stdout) == (2, "")
    assert "begins the ids of several scans" in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.usefixtures("quick")
def test_an_unknown_scan_and_a_failed_one_end_with_1(technic):
    done = technic("watch", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no scan 'nobody'" in done.stderr
    failed = started(technic, "--symbols", "NOBODY")
    done = technic("watch", failed)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert technic("results", failed).returncode == 1


@pytest.mark.usefixtures("quick")
def test_for_scripts_each_line_is_an_object_and_the_last_one_is_the_end(technic):
    scan_id = started(technic)
    done = technic("watch", scan_id, "nobody", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (1, "")
    kinds = {line["type"] for line in lines}
    assert kinds <= {"state", "progress", "missing"}
    (missing,) = [line for line in lines if line["type"] == "missing"]
    assert missing["error"]["code"] == "unknown_scan"
    snapshots = [line for line in lines if line["type"] != "missing"]
    assert (snapshots[-1]["status"], snapshots[-1]["percentage"]) == ("completed", 100)
    assert set(snapshots[-1]) >= {"scan_id", "seq", "eta_seconds", "stages", "matches", "error", "created_at"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z", snapshots[-1]["created_at"])


@pytest.mark.usefixtures("quick")
def test_a_start_that_watches_leaves_stdout_to_the_id(technic):
    done = technic("start", "--preset", "oversold", "--watch", "--json", "--tag", "mine")
    assert done.returncode == 0, done.stderr
    assert WHOLE.fullmatch(done.stdout)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines[-1]["status"] == "completed"
    assert {line["scan_id"] for line in lines} == {done.stdout.strip()}
    again = [technic("start", "--key", "once", "--preset", "nr7").stdout for _ in range(2)]
    assert again[0] == again[1]


@pytest.mark.usefixtures("quick")
def test_until_idle_leaves_once_nothing_goes_on(technic):
    started(technic)
    done = technic("watch", "--until-idle")
    assert done.returncode == 0, done.stderr
    assert technic("watch", "--until-idle").stderr == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("start", "--preset", "oversld"), "--preset: 'oversld' is not a preset"),
        (("start", "--sectors", "Enrgy"), "did you mean 'Energy'?"),
        (("start", "--filter", "rsi << 3"), "--filter 1"),
        (("start", "--priority", "10"), "--priority"),
        (("start", "--key", "two words"), "--key"),
        (("results", "x", "--ascending"), "--sort-by"),
        (("results", "x", "--limit", "-1"), "--limit"),
        (("cancel",), "or --all"),
        (("cancel", "x", "--all"), "or --all"),
        (("watch", "x", "--until-idle"), "--until-idle"),
        (("watch", "--url", "nowhere"), "--url"),
        (("watch", ""), "an id is empty"),
        (("results", " "), "an id is empty"),
        (("cancel", "x", ""), "an id is empty"),
        (("report", ""), "an id is empty"),
        (("symbol", ""), "SYMBOL: it is empty"),
        (("symbol", "SIM0001", "--as-of", "2999-01-01"), "--as-of"),
        (("symbol", "SIM0001", "--source", "simulated", "--url", "http://x"), "--url"),
    ],
)
@pytest.mark.usefixtures("quick")
def test_what_cannot_be_meant_ends_with_2_and_says_so(technic, arguments, said):
    done = technic(*arguments)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("watch",),
        ("watch", "x"),
        ("results", "x"),
        ("cancel", "--all"),
        ("start",),
        ("symbol", "AAPL"),
        ("history",),
    ],
    ids=" ".join,
)
def test_where_nobody_answers_each_says_the_same_at_once(technic, monkeypatch, arguments):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        monkeypatch.setenv("TECHNIC_CLIENT__URL", url)
        done = technic(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"Error: no technic server answers at {url}: Connection refused",
        "Start one with `technic serve`, or name another with --url or TECHNIC_CLIENT__URL.",
    ]


def test_without_a_url_it_is_the_server_that_the_settings_would_start(technic, quick_server, tmp_path):
    (tmp_path / "technic.toml").write_text(f'[server]\nhost = "0.0.0.0"\nport = {quick_server.port}\n')
    assert technic("history").returncode == 0


def test_ctrl_c_leaves_and_the_scan_goes_on(technic, start, slow):
    scan_id = started(technic)
    watching = start("watch", scan_id)
    for line in watching.stderr:
        if " %  " in line:
            break
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=GUARD_SECONDS)
    assert watching.returncode == 130
    assert "the scans go on" in err
    listed = subprocess.run(words("cancel", scan_id), capture_output=True, text=True, check=True, timeout=60)
    assert listed.stdout.split()[:2] == [scan_id, "cancelling"], slow.said


def test_each_that_is_cancelled_is_told_and_waiting_sees_them_stop(technic, slow):
    running, ended = started(technic), started(technic, "--symbols", "NOBODY")
    assert technic("watch", ended).returncode == 1
    done = technic("cancel", running, ended, "nobody", "--wait")
    assert done.returncode == 1
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        [running, "cancelling"], [ended, "failed"]
    ]  # fmt: skip
    assert "there is no scan 'nobody'" in done.stderr
    assert technic("watch", running).returncode == 1  # it is cancelled
    assert technic("results", running).returncode == 0, slow.said


def test_all_are_cancelled_unasked_where_nobody_sits_at_a_terminal(technic, slow):
    ids = {started(technic) for _ in range(3)}
    done = technic("cancel", "--all", "--wait")
    assert done.returncode == 0, done.stderr
    assert {line.split()[0] for line in done.stdout.splitlines()} == ids, slow.said


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 1), (b"y\n", 0)])
def test_at_a_terminal_all_are_cancelled_once_somebody_has_agreed(technic, slow, answer, code):
    scan_id = started(technic)
    with terminal(words("cancel", "--all")) as shown:
        shown.until("Cancel 1 scan on")
        shown.press(answer)
        assert shown.end() == code, slow.said
    assert ("cancelling" in shown.text) == (code == 0)
    assert (technic("results", scan_id, "--partial").returncode, technic("cancel", scan_id).returncode) == (
        0,
        0,
    )


def test_on_a_terminal_the_stages_of_one_scan_are_live_and_ctrl_c_gives_the_cursor_back(technic, slow):
    scan_id = started(technic)
    with terminal(words("watch", scan_id)) as shown:
        shown.until("Data fetching")
        shown.press(CTRL_C)
        assert shown.end() == 130, slow.said
    assert "\x1b[?25l" in shown.text
    assert shown.text.rindex("\x1b[?25h") > shown.text.rindex("\x1b[?25l")
    assert "Left; the scans go on" in shown.text


def test_on_a_terminal_all_scans_have_a_line_each_and_new_ones_appear(technic, slow):
    first = started(technic)
    with terminal(words("watch")) as shown:
        shown.until(first[:8])
        shown.until("1 run, 0 wait, 0 ended")
        second = started(technic, "--priority", "1")
        shown.until(second[:8])
        technic("cancel", second)
        shown.until(f"{second}  ")
        shown.until("cancelled")
        shown.until("1 run, 0 wait, 1 ended")
        shown.press(CTRL_C)
        assert shown.end() == 130, slow.said


def test_results_of_a_scan_that_goes_on_are_to_be_had_with_partial_alone(technic, slow):
    scan_id = started(technic)
    done = technic("results", scan_id)
    assert (done.returncode, done.stdout) == (1, ""), slow.said
    assert "--partial" in done.stderr
    assert (
        json.loads(technic("results", scan_id, "--partial", "--format", "json").stdout)["status"] == "running"
    )


@pytest.mark.usefixtures("quick")
def test_rows_are_written_in_every_form_and_in_the_order_that_was_asked_for(technic, tmp_path):
    scan_id = started(technic)
    assert technic("watch", scan_id).returncode == 0
    table = technic("results", scan_id)
    assert table.stdout.count("SIM0") == 25
    assert "the best 25 of 300 rows" in table.stdout
    some = technic("results", scan_id, "--limit", "3", "--offset", "1", "--sort-by", "close", "--ascending")
    assert some.stdout.count("SIM0") == 3
    body = json.loads(technic("results", scan_id, "--format", "json", "--sort-by", "close").stdout)
    closes = [row["close"] for row in body["results"]]
    assert (len(closes), closes) == (300, sorted(closes, reverse=True))
    lines = technic("results", scan_id, "--format", "jsonl", "--sort-by", "close").stdout.splitlines()
    assert [json.loads(line)["close"] for line in lines] == closes
    assert technic("results", scan_id, "--output", "rows.parquet").returncode == 0
    assert pq.read_table(tmp_path / "rows.parquet").num_rows == 300
    lines = technic("results", scan_id, "--format", "csv").stdout.splitlines()
    assert (len(lines), lines[0][:6]) == (301, "symbol")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.parquet"]


@pytest.mark.usefixtures("quick")
def test_a_binary_form_is_not_thrown_at_a_terminal(technic):
    scan_id = started(technic)
    with terminal(words("results", scan_id, "--format", "parquet")) as shown:
        assert shown.end() == 2
    assert "--output rows.parquet" in shown.words


@pytest.mark.usefixtures("quick")
def test_a_file_that_is_fetched_shows_a_bar_on_a_terminal_and_goes(technic, tmp_path):
    scan_id = started(technic)
    assert technic("watch", scan_id).returncode == 0
    with terminal(words("results", scan_id, "--output", "rows.csv")) as shown:
        assert shown.end() == 0
    assert "Fetching" in shown.text
    assert "300 rows" in shown.text
    assert shown.text.rindex("\x1b[?25h") > shown.text.rindex("\x1b[?25l")
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 301


def test_a_watch_goes_on_through_servers_that_are_killed(tmp_path, start, monkeypatch, technic):
    settings = {
        "sources__simulated__symbols": 640,
        "sources__simulated__latency_seconds": 0.1,
        "sources__simulated__years": 1,
        "engine__unit_symbols": 64,
    }
    port = steady_port()
    monkeypatch.setenv("TECHNIC_CLIENT__URL", f"http://127.0.0.1:{port}")
    server = ServerProcess(tmp_path / "server", port=port, **settings)
    try:
        named = started(technic)
        one, all_of_them = start("watch", named, "--json"), start("watch", "--json", "--until-idle")
        before = json.loads(all_of_them.stdout.readline())["percentage"]
        for _ in range(2):
            seen = _share(one)
            server.kill_group()
            server = ServerProcess(tmp_path / "server", port=port, **settings)
            assert seen < 100
        for watching in (one, all_of_them):
            out, err = watching.communicate(timeout=3 * GUARD_SECONDS)
            assert (watching.returncode, err) == (0, "")
            lines = [json.loads(line) for line in out.splitlines()]
            assert sum(line.get("status") == "completed" for line in lines) == 1
            assert any(line["type"] == "away" for line in lines)
            shares = [line["percentage"] for line in lines if line["type"] != "away"]
            assert [before, *shares] == sorted([before, *shares])
    finally:
        server.kill()


def test_one_scan_on_a_terminal_hears_once_that_the_server_is_away(capsys):
    shown = OneScreen()
    for why in ("closed", "Connection refused", "Connection refused"):
        shown.away(why)
    assert capsys.readouterr().err == "The server is away (closed); waiting for it.\n"


def _share(watching):
    """The next share that is further than before."""
    for line in watching.stdout:
        told = json.loads(line)
        if told.get("percentage", 0) > 3:
            return told["percentage"]
    raise AssertionError("it ended too soon")


def test_colours_are_for_terminals_unless_somebody_says_otherwise(quick, technic, monkeypatch):
    scan_id = started(technic)
    assert technic("watch", scan_id).returncode == 0, quick.said
    assert COLOUR.search(technic("results", scan_id).stdout) is None

    def shown(**variables):
        with terminal(words("results", scan_id), variables=variables) as there:
            assert there.end() == 0
        return COLOUR.search(there.text) is not None

    assert shown()
    assert not shown(NO_COLOR="1")
    assert not shown(TERM="dumb")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert COLOUR.search(technic("results", scan_id).stdout)
    assert "\x1b" not in technic("watch", scan_id).stderr  # colours may be forced, a live picture may not


def test_help_is_plain_where_it_is_no_terminal(technic):
    text = technic("watch", "--help").stdout
    assert not set("│╭─") & set(text)
    assert "technic watch --until-idle --json" in text
    assert "130  left with Ctrl-C" in text
