"""A scan in the caller's own process, over the simulated market and over files."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
import warnings
from datetime import date
from pathlib import Path

import pytest

import technic
from technic import ScanRequest, run_scan
from technic.config.settings import FilesSettings, Settings, SimulatedSettings, SourcesSettings
from technic.errors import InvalidRequest, NothingToScan
from technic.scanner import work
from technic.scanner.arrivals import arrivals
from technic.scanner.result import ScanResult
from technic.scanner.units import FetchUnit, RateUnit, SourceSpec

END = date(2025, 6, 30)
SHARED = Path(__file__).parents[3] / "shared"


def simulated(folder: Path, **options: object) -> Settings:
    market = SimulatedSettings(**({"symbols": 150, "years": 2, "end": END} | options))  # type: ignore[arg-type]
    return Settings(data_dir=folder, sources=SourcesSettings(simulated=market))


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    """A market whose bars the first test of this module brings, and the others find."""
    return simulated(tmp_path_factory.mktemp("market"))


def comparable(result: ScanResult) -> list[str]:
    return [json.dumps(row) for row in result.page()]


def test_a_scan_rates_every_symbol_and_ranks_them(settings):
    result = run_scan(ScanRequest(), settings=settings)
    ratings = [row["tech_rating"] for row in result.page()]
    assert len(ratings) == 150
    assert ratings == sorted(ratings, reverse=True)
    assert result.failures == ()
    assert {row["as_of"] for row in result.page()} <= {f"2025-06-{day}" for day in range(10, 31)}


def test_the_library_is_reached_by_its_two_names():
    assert technic.run_scan is run_scan
    with pytest.raises(AttributeError):
        technic.run_scans  # noqa: B018 - asking is the point


def test_the_second_scan_finds_the_bars_of_the_first_and_returns_the_same_bits(settings):
    first = run_scan(ScanRequest(), settings=settings)
    second = run_scan(ScanRequest(), settings=settings)
    assert comparable(first) == comparable(second)
    assert second.performance_metrics["units"] == 1


def test_a_row_does_not_depend_on_which_others_are_scanned(settings):
    rows = {row["symbol"]: row for row in run_scan(ScanRequest(), settings=settings).page()}
    alone = run_scan(ScanRequest(symbols=["sim0077"]), settings=settings).page()
    assert alone == [rows["SIM0077"]]


def test_a_symbol_alone_in_a_fresh_market_gives_the_same_row(settings, tmp_path):
    (row,) = run_scan(ScanRequest(symbols=["SIM0120"]), settings=settings).page()
    assert run_scan(ScanRequest(symbols=["SIM0120"]), settings=simulated(tmp_path)).page() == [row]


def test_an_earlier_day_sees_no_later_bar(settings):
    result = run_scan(ScanRequest(as_of=date(2024, 12, 31), limit=5), settings=settings)
    assert all(row["as_of"] <= "2024-12-31" for row in result.page())


def test_presets_and_filters_are_met_by_every_row(settings):
    asked = ScanRequest(preset="oversold", filters=[{"field": "close", "op": ">", "value": 5}])
    rows = run_scan(asked, settings=settings).page()
    assert all(row["rsi"] < 30 and row["close"] > 5 for row in rows)
    crossed = run_scan(ScanRequest(preset="golden_cross"), settings=settings).page()
    assert all(row["sma50"] is not None and row["sma200"] is not None for row in crossed)


def test_what_passes_and_what_was_rejected_make_the_whole(settings):
    result = run_scan(ScanRequest(min_tech_rating=15, preset="breakout_20d"), settings=settings)
    stats = result.performance_metrics["scan_stats"]
    assert stats["kept"] + sum(stats["rejected"].values()) + stats["errors"] == stats["attempted"] == 150
    assert result.total == stats["kept"]


def test_an_empty_result_stays_empty_and_says_why(settings):
    result = run_scan(
        ScanRequest(min_tech_rating=100, filters=[{"field": "rsi", "op": "<", "value": 1}]), settings=settings
    )
    assert result.page() == []
    assert "150 were rated and rejected" in result.warnings[0]


def test_unknown_symbols_are_failures_and_nothing_but_unknown_ones_is_an_error(settings):
    result = run_scan(ScanRequest(symbols=["SIM0001", "NOPE"]), settings=settings)
    assert [(failure.code, failure.affected_symbols) for failure in result.failures] == [
        ("unknown_symbol", ("NOPE",))
    ]
    assert [row["symbol"] for row in result.page()] == ["SIM0001"]
    with pytest.raises(NothingToScan):
        run_scan(ScanRequest(symbols=["NOPE"]), settings=settings)
    with pytest.raises(InvalidRequest):
        run_scan(ScanRequest(sectors=["Enrgy"]), settings=settings)


def test_progress_is_told_in_order_with_true_counts(tmp_path):
    calls: list[tuple] = []
    run_scan(ScanRequest(), lambda *call: calls.append(call), settings=simulated(tmp_path))
    stages = list(dict.fromkeys(call[0] for call in calls))
    assert stages == ["universe_loading", "data_fetching", "symbol_scanning", "finalization"]
    for stage, total in zip(stages, (1, 150, 150, 1), strict=True):
        counts = [call[1] for call in calls if call[0] == stage]
        assert counts == sorted(counts)
        assert (counts[0], counts[-1]) == (0, total)
    assert len([call for call in calls if call[0] == "data_fetching"]) == 4  # none yet, then each of 3 groups
    assert calls[-1][4]["overall_progress_pct"] == 100


def test_a_callback_that_raises_never_hurts_the_scan(settings, caplog):
    def broken(*_: object) -> None:
        raise RuntimeError("no terminal")

    with caplog.at_level(logging.ERROR):
        assert run_scan(ScanRequest(), broken, settings=settings).total == 150
    assert len(caplog.records) == 1


def test_symbols_that_the_deadline_leaves_over_are_failures(tmp_path):
    result = run_scan(ScanRequest(deadline_seconds=1e-9), settings=simulated(tmp_path))
    assert result.total == 0
    assert {failure.code for failure in result.failures} == {"deadline_passed"}
    assert len(result.failures) == 150
    assert result.warnings == ("None of the 150 symbols could be scanned: 150 deadline_passed.",)


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[:-64], lambda content: content[: len(content) // 2] + bytes(len(content) // 2)],
    ids=["cut short", "values that are zeros"],
)
def test_damaged_bars_are_fetched_anew(tmp_path, damage):
    settings = simulated(tmp_path)
    first = run_scan(ScanRequest(), settings=settings)
    for segment in (tmp_path / "panels").rglob("*.segment"):
        content = segment.read_bytes()
        segment.unlink()
        segment.write_bytes(damage(content))
    again = run_scan(ScanRequest(), settings=settings)
    assert again.failures == ()
    assert comparable(again) == comparable(first)


def test_a_slow_source_is_waited_for_without_a_loop_of_the_callers(tmp_path):
    slow = simulated(tmp_path, symbols=70, latency_seconds=0.0001)
    assert run_scan(ScanRequest(), settings=slow).total == 70
    assert "arrivals" not in {thread.name for thread in threading.enumerate()}


async def test_a_scan_runs_where_a_loop_runs_already_as_in_a_notebook(tmp_path):
    slow = simulated(tmp_path, symbols=5, latency_seconds=0.0001)
    assert run_scan(ScanRequest(), settings=slow).total == 5


def with_a_symbol_that_raises(monkeypatch, kind, symbol, raises=ZeroDivisionError):
    def perform(unit, cancelled):
        if isinstance(unit, kind) and symbol in unit.symbols:
            raise raises("nobody foresaw this")
        return real(unit, cancelled)

    real = work.perform
    monkeypatch.setattr("technic.scanner.run.perform", perform)


@pytest.mark.parametrize("kind", [FetchUnit, RateUnit])
@pytest.mark.parametrize("raises", [ZeroDivisionError, MemoryError])
@pytest.mark.parametrize("latency", [0.0, 0.0001])
def test_an_error_that_nobody_foresaw_costs_its_symbol_alone(
    *, settings, tmp_path, monkeypatch, kind, raises, latency
):
    calm = run_scan(ScanRequest(), settings=settings)
    with_a_symbol_that_raises(monkeypatch, kind, "SIM0077", raises)
    calls: list[tuple] = []
    market = simulated(tmp_path, latency_seconds=latency)
    result = run_scan(ScanRequest(), lambda *call: calls.append(call), settings=market)
    (failure,) = result.failures
    assert (failure.code, failure.affected_symbols) == ("internal_error", ("SIM0077",))
    assert failure.detail.endswith(f"{raises.__name__}: nobody foresaw this")
    assert comparable(result) == [row for row in comparable(calm) if "SIM0077" not in row]
    assert [call[1:3] for call in calls if call[0] == "data_fetching"][-1] == (150, 150)
    assert len({call[1:3] for call in calls if call[0] == "symbol_scanning"}) > 1
    assert calls[-1][4]["overall_progress_pct"] == 100


def test_a_symbol_that_was_given_up_is_not_tried_by_the_next_scan(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        with_a_symbol_that_raises(patched, FetchUnit, "SIM0077")
        first = run_scan(ScanRequest(), settings=simulated(tmp_path))
    again = run_scan(ScanRequest(fresh=True), settings=simulated(tmp_path))
    assert again.failures == first.failures
    assert again.performance_metrics["units"] == 1
    assert comparable(again) == comparable(first)


class Market:
    """A source of which some groups never arrive and some cannot."""

    connections = 2

    async def arrive(self, symbols, advanced):
        if symbols == ("BROKEN",):
            raise ValueError("no such thing")
        if symbols == ("NEVER",):
            await asyncio.Event().wait()


def unit(symbol: str) -> FetchUnit:
    return FetchUnit(SourceSpec("fake", {}, "1"), (symbol,), "/panel")


def test_what_cannot_arrive_and_what_is_late_are_failures_of_their_own_units():
    units = [unit("NEVER"), unit("BROKEN"), unit("GOOD")]
    found = {arrival.unit.symbols[0]: arrival.failure for arrival in arrivals(Market(), units, 0.01)}
    assert found["GOOD"] is None
    assert found["BROKEN"].code == "internal_error"
    assert found["NEVER"].code == "deadline_passed"


def test_whoever_stops_waiting_leaves_no_thread_behind():
    waiting = arrivals(Market(), [unit("GOOD"), unit("NEVER")], None)
    assert next(waiting).unit.symbols == ("GOOD",)
    waiting.close()
    assert "arrivals" not in {thread.name for thread in threading.enumerate()}


def test_a_script_without_a_main_guard_can_scan(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from technic import ScanRequest, run_scan\n"
        "print(len(run_scan(config=ScanRequest(max_symbols=3)).frame))\n"
    )
    told = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={
            "TECHNIC_DATA_DIR": str(tmp_path),
            "TECHNIC_SOURCES__SIMULATED__SYMBOLS": "5",
            "PYTHONPATH": str(Path(technic.__file__).parents[1]),
        },
    )
    assert told.stdout == "3\n"


def test_the_golden_symbols_have_their_labels_and_ratings(tmp_path):
    golden_file = SHARED / "golden" / "ratings-2018-02-07.json"
    if not golden_file.exists():
        pytest.skip(f"the shared market is not here: {SHARED}")
    golden = json.loads(golden_file.read_text())
    files = SourcesSettings(files=FilesSettings(path=SHARED / "market" / "sp500"))
    settings = Settings(data_dir=tmp_path, source="files", sources=files)
    asked = ScanRequest(symbols=list(golden), lookback_bars=0, as_of=date(2018, 2, 7))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = {row["symbol"]: row for row in run_scan(asked, settings=settings).page()}
    assert len(rows) == len(golden) == 58
    for symbol, expected in golden.items():
        numerator, _, denominator = expected["all"].partition("/")
        assert rows[symbol]["signal"] == expected["label"]
        assert rows[symbol]["tech_rating"] == 100 * int(numerator) / int(denominator or 1)
        assert rows[symbol]["bars"] == expected["bars"]
        assert rows[symbol]["as_of"] == expected["date"]
