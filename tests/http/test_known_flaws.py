"""The flaws that users know, one test each, in the order and with the numbers of the list that they stand in.

Each goes over real sockets; a server process with real workers where time does not matter, and the engine on
a pool whose units the test ends where it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from technic.config.settings import FilesSettings, Settings, SourcesSettings
from technic.engine.engine import Engine, Parts
from technic.http.keys import ENGINE
from technic.scanner.units import RateUnit
from technic.scanner.work import perform
from tests.conftest import SLOW_SYMBOLS
from tests.engine.conftest import make_settings
from tests.http.conftest import Serve, Served
from tests.support.clock import FakeClock
from tests.support.hand_fed import HandFedSource
from tests.support.manual_pool import HELD, ManualPool, ManualUnit
from tests.support.market_folder import write_bars, write_sectors
from tests.support.server import serving
from tests.support.waiting import until
from tests.support.watching import (
    Frame,
    call,
    cancel_and_see_it_end,
    check_order,
    end_of,
    next_where,
    over_sse,
    over_websocket,
    start,
    strict,
)

pytestmark = pytest.mark.timeout(60)

ALL = "?events=all&since=-1"
QUICK_SYMBOL = f"SIM{SLOW_SYMBOLS:04}"
OnPool = Callable[..., AbstractAsyncContextManager[tuple[Served, ManualPool]]]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Tracebacks with all their variables would take longer than what is tested."""
    with capture_logs():
        yield


@pytest.fixture
def on_pool(serve: Serve, tmp_path: Path) -> OnPool:
    """`async with on_pool(inline) as (served, pool)`: an engine of 70 symbols whose units the test ends."""

    @asynccontextmanager
    async def opened(inline=perform, *, settings=None, obeys=True, parts=None, **options):
        pool = ManualPool(2, inline=inline, obeys=obeys)
        settings = settings or make_settings(tmp_path, **options)
        async with Engine(settings, Parts(pool=pool, **(parts or {}))) as engine:
            served = await serve(engine)
            yield served, pool
            await served.client.close()
            await served.runner.cleanup()

    return opened


def held_rating(unit: Any, cancelled: Callable[[], bool]) -> Any:
    """Bars come, ratings wait for the test."""
    return HELD if isinstance(unit, RateUnit) else perform(unit, cancelled)


async def rating_of(pool: ManualPool) -> ManualUnit:
    """The rating unit that runs, once one does."""
    return await until(lambda: next((u for u in pool.running if isinstance(u.unit, RateUnit)), None))


async def test_1_a_background_scan_does_not_fail_for_want_of_an_event_loop(quick: ClientSession) -> None:
    """Progress was published from worker threads: 'no running event loop'."""
    scan = await start(quick, async_mode=True, fresh=True)
    frames = await over_websocket(quick, scan["websocket_url"] + ALL)
    assert frames[-1]["error"] is None
    assert frames[-1]["status"] == "completed"
    assert {stage["status"] for stage in frames[-1]["stages"]} == {"completed"}
    assert sum(len(frame["rows"]) for frame in frames if frame["type"] == "match") == 300


async def test_2_a_cancel_stops_the_work_and_not_only_its_label(slow: ClientSession) -> None:
    """The work went on to its end."""
    scan = await start(slow)
    async with slow.ws_connect(scan["websocket_url"]) as socket:
        await next_where(socket, lambda frame: frame["stage"] == "data_fetching" and frame["current"] > 0)
    last = await cancel_and_see_it_end(slow, scan)
    assert last["status"] == "cancelled"
    async with asyncio.timeout(10):  # left to itself it would go on for half a minute
        await until(lambda: _is_idle(slow))


async def _is_idle(client: ClientSession) -> bool:
    """Whether no scan is alive and nothing of one waits, arrives or runs."""
    _, health = await call(client, "GET", "/health")
    units = [health["units"][name] for name in ("waiting", "arriving", "running")]
    return not any([*health["scans"].values(), *units, health["workers"]["busy"]])


async def test_2_a_cancel_ends_a_unit_that_runs(on_pool: OnPool) -> None:
    async with on_pool(held_rating) as (served, pool):
        scan = await start(served.client)
        running = await rating_of(pool)
        assert (await cancel_and_see_it_end(served.client, scan))["status"] == "cancelled"
        assert running.cancelled
        await until(lambda: not pool.running)


async def test_3_a_scan_cancelled_while_pending_is_never_running(on_pool: OnPool) -> None:
    """It was first set to running."""
    async with on_pool(held_rating, engine={"max_running_scans": 1}) as (served, pool):
        first = await start(served.client)
        await rating_of(pool)
        waiting = await start(served.client)
        status, body = await call(served.client, "POST", waiting["cancel_url"])
        assert (status, body["status"]) == (200, "cancelled")
        await cancel_and_see_it_end(served.client, first)
        frames = await over_websocket(served.client, waiting["websocket_url"] + ALL)
        assert {frame["status"] for frame in frames if "status" in frame} == {"pending", "cancelled"}
        assert (frames[-1]["started_at"], frames[-1]["percentage"]) == (None, 0)
        assert len([unit for unit in pool.started if isinstance(unit.unit, RateUnit)]) == 1


async def test_4_two_clients_of_one_scan_do_not_steal_each_others_updates(quick: ClientSession) -> None:
    """Each frame went to one of them."""
    scan = await start(quick, fresh=True)
    one, two, three = await asyncio.gather(
        over_websocket(quick, scan["websocket_url"] + ALL),
        over_websocket(quick, scan["websocket_url"] + ALL),
        over_sse(quick, scan["sse_url"] + ALL),
    )
    certain = [
        [frame for frame in frames if frame["type"] in {"state", "match"}] for frames in (one, two, three)
    ]
    assert certain[0] == certain[1] == certain[2]
    assert sum(len(frame["rows"]) for frame in certain[0] if frame["type"] == "match") == 300


@pytest.fixture
async def hand_fed(on_pool: OnPool, tmp_path: Path) -> AsyncIterator[tuple[Served, HandFedSource, FakeClock]]:
    """An engine whose 70 symbols arrive, and whose time passes, when the test says so."""
    clock, settings = FakeClock(), make_settings(tmp_path)
    source = HandFedSource(settings.sources.simulated, clock)
    async with on_pool(settings=settings, parts={"clock": clock, "source": source}) as (served, _):
        yield served, source, clock


async def test_4_nothing_piles_up_while_nobody_is_connected(
    hand_fed: tuple[Served, HandFedSource, FakeClock],
) -> None:
    """With no client the list of updates grew for ever, and the next one got all of them."""
    served, source, clock = hand_fed
    scan = await start(served.client)
    await until(lambda: len(source.arrivals) == 2)
    for arrived in range(1, 21):
        clock.advance(10)
        source.feed(64, arrived)
        await until(partial(_has_counted, served, scan, arrived))
    topic = served.app[ENGINE].bus._topics[scan["scan_id"]]
    assert topic.last_seq >= 20
    assert len(topic.kept) <= 3, "the changes of state alone are kept"
    async with served.client.ws_connect(scan["websocket_url"]) as socket:
        first = strict((await socket.receive()).data)
        assert first == (await served.json("GET", scan["progress_url"]))[1]
        source.feed(6, 6)
        source.feed(64, 64)
        async for _ in socket:
            pass
    assert len(await over_websocket(served.client, scan["websocket_url"])) == 1


async def _has_counted(served: Served, scan: Frame, arrived: int) -> bool:
    _, now = await served.json("GET", scan["progress_url"])
    return bool(now["current"] == arrived)


async def test_5_and_9_progress_counts_what_has_ended_and_invents_nothing(
    hand_fed: tuple[Served, HandFedSource, FakeClock],
) -> None:
    """Symbols were counted when begun; fetching was 0.1 s a symbol on paper, and was held at 95 %."""
    served, source, clock = hand_fed
    scan = await start(served.client)
    async with served.client.ws_connect(scan["websocket_url"]) as socket:
        fetching = await next_where(socket, lambda frame: frame["stage"] == "data_fetching")
        assert (fetching["current"], fetching["total"]) == (0, 70)
        await until(lambda: len(source.arrivals) == 2)
        weight = {stage["name"]: stage["weight"] for stage in fetching["stages"]}
        for arrived in (1, 3, 50, 63):
            clock.advance(1000)  # an invented progress would long be at its end
            source.feed(64, arrived)
            frame = await next_where(socket, lambda frame: True)
            assert (frame["stage"], frame["current"]) == ("data_fetching", arrived)
            share = weight["universe_loading"] + weight["data_fetching"] * arrived / 70
            assert frame["percentage"] == pytest.approx(100 * share, abs=0.02)
        for group in (6, 64):
            source.feed(group, group)
        assert (await next_where(socket, lambda frame: frame["status"] != "running"))["percentage"] == 100


async def test_5_progress_never_goes_back_and_is_100_at_the_end_alone(quick: ClientSession) -> None:
    """It came out of order, went back, and said 100 % before the last symbol had ended."""
    scans = await asyncio.gather(*(start(quick, fresh=True, lookback_bars=100 + n) for n in range(4)))
    watched = await asyncio.gather(
        *(over_websocket(quick, scan["websocket_url"] + ALL) for scan in scans),
        *(over_sse(quick, scan["sse_url"]) for scan in scans),
    )
    for frames in watched:
        snapshots = [frame for frame in frames if "percentage" in frame]
        check_order(snapshots)
        assert snapshots[-1]["percentage"] == 100
        for name, total in (("data_fetching", 300), ("symbol_scanning", 300)):
            counts = [
                stage["current"] for frame in snapshots for stage in frame["stages"] if stage["name"] == name
            ]
            assert counts == sorted(counts)
            assert counts[-1] == total


async def test_5_an_empty_universe_does_not_complete_at_0_percent(quick: ClientSession) -> None:
    _, page = await call(quick, "GET", "/universe")
    empty = next(iter({"Energy", "Utilities", "Materials"} - page["sectors"].keys()), None)
    fields = {"sectors": [empty]} if empty else {"symbols": ["SIM0001"], "sectors": _other_sector(page)}
    last = await end_of(quick, await start(quick, **fields))
    assert last["status"] == "failed"
    assert last["error"]["code"] == "nothing_to_scan"
    nothing_passes = await end_of(
        quick, await start(quick, filters=[{"field": "rsi", "op": "<", "value": 0}])
    )
    assert (nothing_passes["status"], nothing_passes["percentage"]) == ("completed", 100)


def _other_sector(page: dict[str, Any]) -> list[str]:
    """A sector that SIM0001 is not in."""
    own = next(one["sector"] for one in page["symbols"] if one["symbol"] == "SIM0001")
    return [next(sector for sector in page["sectors"] if sector != own)]


async def test_6_with_nothing_above_the_least_rating_nothing_comes_back(quick: ClientSession) -> None:
    """The best three came back all the same."""
    status, body = await call(quick, "GET", "/scan?min_tech_rating=100")
    assert (status, body["results"]) == (200, [])
    assert any("min_tech_rating" in warning for warning in body["warnings"])
    status, body = await call(
        quick, "POST", "/scan/start", json={"min_tech_rating": 100, "async_mode": False}
    )
    assert (body["status"], body["results"], body["total"]) == ("completed", [], 0)
    assert body["performance_metrics"]["symbols_scanned"] == 300


SPELLINGS = {
    "AAA": "Information Technology", "BBB": "Technology", "CCC": "Financials", "DDD": "Financial Services",
    "EEE": "health care", "FFF": "Healthcare", "GGG": "Consumer Discretionary", "HHH": "Consumer Cyclical",
}  # fmt: skip


@pytest.fixture
def spelled(tmp_path: Path) -> Settings:
    """A folder whose symbols have their sectors from two books."""
    folder = write_bars(tmp_path / "bars", [*SPELLINGS, "ZZZ"])
    write_sectors(folder, SPELLINGS)
    return Settings(
        data_dir=tmp_path / "kept", source="files", sources=SourcesSettings(files=FilesSettings(path=folder))
    )


async def test_7_two_spellings_of_a_sector_are_one_and_a_default_scan_drops_nobody(
    on_pool: OnPool, spelled: Settings
) -> None:
    """A default scan dropped half of the universe."""
    async with on_pool(settings=spelled) as (served, _):
        _, body = await served.json("GET", "/scan")
        assert {row["symbol"] for row in body["results"]} == {*SPELLINGS, "ZZZ"}
        for sector in ("Technology", "information technology"):
            _, body = await served.json("GET", f"/scan?sectors={sector}")
            assert {row["symbol"] for row in body["results"]} == {"AAA", "BBB"}


async def test_8_a_row_does_not_depend_on_which_other_symbols_are_scanned(quick: ClientSession) -> None:
    _, everything = await call(quick, "GET", "/scan?lookback_bars=250")
    rows = {row["symbol"]: row for row in everything["results"]}
    assert len(rows) == 300
    for asked in (["SIM0001"], ["SIM0064", "SIM0065"], ["SIM0300", "SIM0002", "SIM0130"]):
        _, some = await call(quick, "GET", f"/scan?lookback_bars=250&fresh=true&symbols={','.join(asked)}")
        assert {row["symbol"]: row for row in some["results"]} == {symbol: rows[symbol] for symbol in asked}


async def test_10_the_store_forgets(tmp_path: Path) -> None:
    """What had ended was kept for ever."""
    with serving(tmp_path, sources__simulated__symbols=64, store__max_scans=2) as server:
        async with ClientSession(server.url) as client:
            scans = []
            for _ in range(4):
                scans.append(await start(client, max_symbols=1))
                await end_of(client, scans[-1])
            known = [(await call(client, "GET", scan["results_url"]))[0] for scan in scans]
            assert known == [404, 404, 200, 200]
            assert (await call(client, "GET", "/scan/active"))[1]["count"] == 0


async def test_11_there_is_no_nan_in_json(quick: ClientSession) -> None:
    """What a symbol has too few bars for is null, wherever it goes out; `call` and the streams are strict."""
    scan = await start(quick, lookback_bars=20, sort_by="sma200")
    frames = await over_websocket(quick, scan["websocket_url"] + ALL)
    rows = [row for frame in frames if frame["type"] == "match" for row in frame["rows"]]
    _, body = await call(quick, "GET", scan["results_url"])
    for some in (rows, body["results"]):
        assert len(some) == 300
        assert {row["sma200"] for row in some} == {None}
    assert len(await over_sse(quick, f"{scan['sse_url']}{ALL}")) >= 2
    assert (await call(quick, "GET", "/symbols/SIM0001?lookback_bars=20"))[0] == 200


async def test_12_symbols_per_second_counts_symbols_that_ended_and_not_rows(quick: ClientSession) -> None:
    """It was the rows that came back, over the time."""
    _, body = await call(quick, "POST", "/scan/start", json={"limit": 1, "fresh": True, "async_mode": False})
    metrics = body["performance_metrics"]
    seconds = metrics["stage_timings"]["symbol_scanning"]
    assert (metrics["symbols_returned"], metrics["symbols_scanned"]) == (1, 300)
    assert metrics["symbols_per_second"] * seconds == pytest.approx(300)
    _, snapshot = await call(quick, "GET", body["progress_url"])
    assert snapshot["symbols_per_second"] * seconds == pytest.approx(300, rel=0.1)


async def test_13_a_scan_that_somebody_waits_for_does_not_block_the_event_loop(slow: ClientSession) -> None:
    waiting = asyncio.ensure_future(call(slow, "POST", "/scan/start", json={"async_mode": False}))
    active: list[Any] = await until(lambda: _active(slow))
    assert (await call(slow, "GET", "/health"))[0] == 200
    status, other = await call(slow, "GET", f"/scan?symbols={QUICK_SYMBOL}")
    assert (status, len(other["results"])) == (200, 1)
    assert not waiting.done()
    await call(slow, "POST", f"/scan/cancel/{active[0]['scan_id']}")
    status, body = await waiting
    assert (status, body["status"]) == (200, "cancelled")


async def _active(client: ClientSession) -> list[Any]:
    return list((await call(client, "GET", "/scan/active"))[1]["scans"])


class Unspeakable(Exception):
    """An error that cannot even say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "error", [Unspeakable(), ValueError("half a pair \ud800 and bytes \udcff"), KeyError(float("nan"))],
    ids=["has no text", "is no UTF-8", "not a number"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["in a unit", "in the engine", "in a handler"])
async def test_14_an_error_while_an_error_is_told_hides_nothing(
    on_pool: OnPool, monkeypatch: pytest.MonkeyPatch, error: Exception, place: str
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    if place == "in the engine":
        monkeypatch.setattr("technic.scanner.plan.ScanPlan.rated", fail)
    async with on_pool(fail if place == "in a unit" else perform) as (served, _):
        if place == "in a handler":
            monkeypatch.setattr("technic.engine.engine.Engine.health", fail)
            status, body = await call(served.client, "GET", "/health")
            assert (status, body["error_type"], body["code"]) == (500, "system_error", "internal_error")
            monkeypatch.undo()
            return
        scan = await start(served.client)
        for frames in (
            await over_websocket(served.client, scan["websocket_url"]),
            await over_sse(served.client, scan["sse_url"]),
        ):
            assert (frames[-1]["status"], frames[-1]["error"]["error_type"]) == ("failed", "system_error")
        status, body = await call(served.client, "GET", scan["results_url"])
        assert (status, body["status"]) == (200, "failed")
        assert (await call(served.client, "GET", "/scan"))[0] == 500


async def test_15_a_scan_whose_worker_is_stuck_goes_on_and_loses_no_row(tmp_path: Path) -> None:
    """Stuck at 39 % without a word."""
    with serving(
        tmp_path, sources__simulated__symbols=256, engine__unit_symbols=64, engine__unit_seconds=1
    ) as server:
        async with ClientSession(server.url) as client:
            await until(lambda: _ready(client))
            stuck = server.workers()
            for worker in stuck:
                worker.suspend()
            frames = await over_websocket(client, (await start(client))["websocket_url"])
            check_order(frames)
            assert frames[-1]["status"] == "completed"
            assert (frames[-1]["failures"], frames[-1]["matches"]) == (0, 256)
            assert not any(worker.is_running() for worker in stuck)


async def _ready(client: ClientSession) -> bool:
    """Whether the one worker and its spare are there."""
    return bool((await call(client, "GET", "/health"))[1]["workers"]["ready"] == 2)


@pytest.mark.parametrize("loss", ["every file is broken", "the folder is gone"])
async def test_15_a_data_source_that_failed_is_a_failed_scan_and_not_one_of_0_stocks(
    on_pool: OnPool, spelled: Settings, loss: str
) -> None:
    """0 stocks."""
    folder = spelled.sources.files.path
    assert folder is not None
    async with on_pool(settings=spelled) as (served, _):
        for file in folder.glob("???.csv"):
            file.write_text("<html>503</html>") if loss.startswith("every") else file.unlink()
        scan = await start(served.client)
        last = await end_of(served.client, scan)
        assert last["status"] == "failed"
        assert last["error"]["error_type"] == "data_error"
        assert last["error"]["suggestion"]
        assert (await served.json("GET", "/scan"))[0] == 502


async def test_15_a_scan_does_not_hang_on_its_last_symbol(on_pool: OnPool, spelled: Settings) -> None:
    """A finished scan hung on one symbol, which had ended in a way that nobody counted."""
    folder = spelled.sources.files.path
    assert folder is not None
    write_bars(folder, ["NEW"], count=19)
    (folder / "LAST.csv").write_bytes(b"\x00\xff not a table")
    async with on_pool(settings=spelled) as (served, _):
        scan = await start(served.client, symbols=["AAA", "NEW", "LAST", "NONE"])
        last = await end_of(served.client, scan)
        assert (last["status"], last["percentage"]) == ("completed", 100)
        assert (last["matches"], last["failures"]) == (1, 3)
        assert {stage["status"] for stage in last["stages"]} == {"completed"}
        _, body = await served.json("GET", scan["results_url"])
        assert {(one["affected_symbols"][0], one["code"]) for one in body["failures"]} == {
            ("NEW", "insufficient_history"), ("LAST", "unreadable_bars"), ("NONE", "unknown_symbol"),
        }  # fmt: skip


async def test_15_no_scan_is_running_after_a_reboot_without_an_owner_that_ends_it(tmp_path: Path) -> None:
    """Running for days after a reboot: what was cut off had no owner any more."""
    market = {"sources__simulated__symbols": 64, "sources__simulated__latency_seconds": 0.5}
    with serving(tmp_path, **market) as server:
        async with ClientSession(server.url) as client:
            scan = await start(client)
            await until(lambda: _active(client))
        server.kill()
    with serving(tmp_path, **market) as server:
        async with ClientSession(server.url) as client:
            frames = await over_websocket(client, scan["websocket_url"])
            check_order(frames)
            assert (frames[-1]["scan_id"], frames[-1]["status"]) == (scan["scan_id"], "completed")
            assert await _active(client) == []


async def test_15_no_scan_is_running_whose_actor_has_died(
    on_pool: OnPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("technic.engine.actor.ScanActor._dispatch", lambda *_: 1 / 0)
    async with on_pool() as (served, _):
        scan = await start(served.client)
        last = await end_of(served.client, scan)
        assert (last["status"], last["error"]["error_type"]) == ("failed", "system_error")
        assert await _active(served.client) == []
        assert (await served.json("GET", "/health"))[1]["scans"]["alive"] == 0


async def test_15_a_late_update_of_an_old_scan_is_not_shown_over_the_new_one(on_pool: OnPool) -> None:
    """Both wait for the same unit; the old one is cancelled, and what comes then is the new one's alone."""
    async with on_pool(held_rating) as (served, pool):
        old = await start(served.client)
        shared = await rating_of(pool)
        new = await start(served.client)
        async with served.client.ws_connect(new["websocket_url"] + ALL) as socket:
            await next_where(socket, lambda frame: frame.get("stage") == "symbol_scanning")
            ended = await cancel_and_see_it_end(served.client, old)
            assert not shared.cancelled
            shared.end(perform(shared.unit, lambda: False))
            frames = [strict(message.data) async for message in socket]
        assert {frame["scan_id"] for frame in frames} == {new["scan_id"]}
        assert (frames[-1]["status"], frames[-1]["matches"]) == ("completed", 70)
        assert (await served.json("GET", old["progress_url"]))[1] == ended
        _, body = await served.json("GET", old["results_url"])
        assert (body["status"], body["total"]) == ("cancelled", 0)
