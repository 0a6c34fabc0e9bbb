"""The runner of the benchmarks: what it keeps, what it writes, and that nothing outlives a run."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from benchmarks import all as benchmarks_all
from benchmarks.support.launch import run
from benchmarks.support.medians import medians
from benchmarks.support.plan import PLAN, Benchmark, Goal, chosen
from benchmarks.support.report import page

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks"
ENTRIES = sorted(path.stem for path in FOLDER.glob("[a-z]*.py") if path.stem != "all")
ONE = Benchmark("one", "One", "This beside that.", ("--rounds", "2"), ("--rounds", "1"), runs=3)
OTHER = Benchmark("other", "Other", "More beside less.")
SECTION = {
    "arguments": [], "runs": 3, "seconds": 2.0, "failure": None, "at": "2026-01-05 12:00 UTC",
    "commit": "abc1234", "load_before": 0.5, "figures": {},
}  # fmt: skip


def printing(value: object, then: str = "") -> tuple[str, str]:
    return "-c", f"import sys; print('first'); print({json.dumps(value)!r}); {then}"


@pytest.fixture
def told(monkeypatch):
    """Each run's command, and the answers that they get in turn."""
    commands, answers = [], []

    def answered(command, _timeout):
        commands.append(command)
        return run(answers.pop(0), 30)

    monkeypatch.setattr(benchmarks_all, "run", answered)
    return commands, answers


def test_the_figures_are_the_last_line_of_what_a_run_prints():
    done = run(printing({"ratio": 1.5}), 30)
    assert (done.figures, done.failure) == ({"ratio": 1.5}, None)


@pytest.mark.parametrize(
    ("command", "failure"),
    [
        (("-c", "raise ValueError('no bars')"), "exit 1: ValueError: no bars"),
        (("-c", "import sys; sys.exit(3)"), "exit 3: it said nothing"),
        (("-c", "print('[1]')"), "it printed no JSON object"),
        (("-c", ""), "it printed no JSON object"),
    ],
)
def test_a_run_that_fails_says_why_in_one_line(command, failure):
    assert run(command, 30).failure == failure


def test_a_run_that_finds_flaws_fails_and_keeps_its_figures():
    done = run(printing({"flaws": ["lost"]}, "sys.exit(1)"), 30)
    assert (done.figures, done.failure) == ({"flaws": ["lost"]}, "exit 1: it said nothing")


@pytest.mark.parametrize("ending", ["sys.exit()", "time.sleep(60)"])
def test_nothing_that_a_run_started_outlives_it(tmp_path, ending):
    note = tmp_path / "pid"
    child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    code = (
        "import subprocess, sys, time; from pathlib import Path;"
        f"made = subprocess.Popen([sys.executable, '-c', {child!r}]);"
        f"Path({str(note)!r}).write_text(str(made.pid)); print('{{}}', flush=True);"
        "sys.stdout.flush(); " + ending
    )
    run(("-c", code.replace("[sys.executable", f"[{sys.executable!r}")), 1)
    left = int(note.read_text())
    deadline = time.monotonic() + 10
    while psutil.pid_exists(left) and psutil.Process(left).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the child lives"


def test_a_run_that_takes_too_long_is_told_as_such():
    assert run(("-c", "import time; time.sleep(60)"), 0.2).failure == "stopped: it took longer than 0 s"


def test_medians_go_deep_and_keep_words():
    runs = [
        {"a": 1, "deep": {"b": 3.0, "same": 7}, "kept": True, "word": "x"},
        {"a": 5, "deep": {"b": 1.0, "same": 7}, "kept": False, "word": "y", "late": 4},
        {"a": 2, "deep": {"b": 2.0, "same": 7}, "kept": True, "word": "z"},
    ]
    assert medians(runs) == {
        "a": 2, "deep": {"b": 2.0, "same": 7}, "kept": True, "word": "z", "late": 4,
    }  # fmt: skip


def test_a_section_holds_the_medians_of_its_runs_and_where_they_come_from(told):
    commands, answers = told
    answers += [printing({"ratio": value}) for value in (1, 9, 2)]
    section = benchmarks_all.measured(ONE, "[1/1]", quick=False)
    assert section["figures"] == {"ratio": 2}
    assert (section["runs"], section["failure"], section["arguments"]) == (3, None, ["--rounds", "2"])
    assert commands == [("-m", "benchmarks.one", "--json", "--rounds", "2")] * 3


def test_the_rest_goes_on_after_one_that_fails(told, tmp_path):
    _, answers = told
    answers += [("-c", "raise ValueError('no bars')"), printing({"ratio": 2})]
    assert benchmarks_all.run_all((ONE, OTHER), tmp_path, quick=True) == ["one"]
    written = json.loads((tmp_path / "results.json").read_text())["sections"]
    assert written["one"]["failure"] == "exit 1: ValueError: no bars"
    assert written["other"]["figures"] == {"ratio": 2}


def test_what_is_not_measured_anew_is_kept(told, tmp_path):
    _, answers = told
    benchmarks_all.write(tmp_path, {"sections": {"one": SECTION | {"figures": {"ratio": 1}}}})
    answers += [printing({"ratio": 2})]
    benchmarks_all.run_all((OTHER,), tmp_path, quick=True)
    written = json.loads((tmp_path / "results.json").read_text())["sections"]
    assert {name: section["figures"] for name, section in written.items()} == {
        "one": {"ratio": 1},
        "other": {"ratio": 2},
    }


def test_results_that_are_no_json_are_not_written_over(tmp_path):
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(SystemExit, match="remove it or restore it"):
        benchmarks_all.read(tmp_path)


def test_groups_that_are_alike_become_one_table():
    figures = {"10_scans": {"seconds": 1.25, "cpu": {"ours": 2}}, "100_scans": {"seconds": 1234.5}}
    figures["100_scans"] |= {"cpu": {"ours": 20_000}}
    told = page({"sections": {"one": SECTION | {"figures": figures}}}, [ONE])
    assert "|  | seconds | cpu ours |\n|:--|--:|--:|\n" in told
    assert "| 10 scans | 1.25 | 2 |\n| 100 scans | 1,234 | 20,000 |\n" in told


def test_groups_of_groups_of_groups_get_tables_of_their_own():
    deep = {"sizes": {"1_scan": {"ms": 1}, "2_scans": {"ms": 2}}}
    told = page({"sections": {"one": SECTION | {"figures": {"shared": deep, "fresh": deep}}}}, [ONE])
    assert "| shared sizes | ms |" in told
    assert "| fresh sizes | ms |" in told


def test_a_wide_table_is_told_on_its_side():
    figures = {size: dict.fromkeys("abcdefgh", 1) for size in ("small", "large")}
    told = page({"sections": {"one": SECTION | {"figures": figures}}}, [ONE])
    assert "|  | small | large |" in told


def test_a_failure_is_on_the_page_and_no_word_breaks_a_table():
    section = SECTION | {"failure": "exit 1: `x`", "figures": {"a|b": "c|d\ne"}}
    told = page({"sections": {"one": section}}, [ONE])
    assert "**Failed**: `exit 1: 'x'`" in told
    assert "| a/b | c/d e |" in told


@pytest.mark.parametrize(("value", "kept"), [(1.0, "yes"), (0.9, "**no**")])
def test_the_page_begins_with_what_is_promised_and_whether_it_is_kept(value, kept):
    promising = replace(ONE, goals=(Goal("Times as fast", ("deep", "ratio"), least=1), Goal("Gone", ("x",))))
    told = page({"sections": {"one": SECTION | {"figures": {"deep": {"ratio": value}}}}}, [promising])
    assert f"| Times as fast | {value:g} | at least 1 | {kept} |" in told
    assert "Gone" not in told


def test_a_short_pass_says_that_it_is_one():
    assert "short pass" in page({"quick": True})
    assert "short pass" not in page({"quick": False})


def test_what_is_untold_stays_in_the_figures_alone():
    told = page({"sections": {"one": SECTION | {"figures": {"noise": 7}}}}, [replace(ONE, untold=("noise",))])
    assert "noise" not in told


def test_every_benchmark_is_in_the_plan_and_there():
    assert sorted(benchmark.module for benchmark in PLAN) == ENTRIES


def test_the_committed_page_is_that_of_its_figures():
    assert (FOLDER / "RESULTS.md").read_text(encoding="utf-8") == page(benchmarks_all.read(FOLDER))


def test_some_are_chosen_by_name_in_the_order_of_the_plan():
    assert [b.module for b in chosen("other, one", (ONE, OTHER))] == ["one", "other"]
    assert chosen(None, (ONE, OTHER)) == (ONE, OTHER)


@pytest.mark.parametrize(("only", "wrong"), [("one,two", "two"), ("", "nothing"), (" , ", "nothing")])
def test_an_unknown_name_is_refused_with_those_there_are(only, wrong):
    with pytest.raises(ValueError, match=f"--only names {wrong}; there are: one, other"):
        chosen(only, (ONE, OTHER))
