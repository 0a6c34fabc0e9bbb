"""GET /metrics, read by Prometheus' own parser, and what /health says of the process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from technic.config.settings import (
    EngineSettings,
    Settings,
    SimulatedSettings,
    SourcesSettings,
    StoreSettings,
    StreamSettings,
)
from technic.engine.engine import Engine
from technic.engine.parts import Parts
from technic.http.figures import FIGURES, families
from technic.http.keys import GUESTS
from technic.http.routes import ROUTES
from technic.scanner.work import perform
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine, make_rows
from tests.http.test_delivery import BIG, connect
from tests.support.manual_pool import ManualPool
from tests.support.waiting import until

UNITS = re.compile(
    r"_(seconds|bytes|fds|scans|symbols|units|retries|messages|slots|workers|deaths|recycled|blocks|readers"
    r"|streams|frames|tasks|threads|owner|ended|info|ready|draining|trouble)(_total)?$"
)
"""What a metric counts or measures is the last word of its name."""


@pytest.fixture
async def scanned(serve: Serve, tmp_path: Path) -> AsyncIterator[Served]:
    """The real engine on real work, served, after two equal scans and one of nothing."""
    settings = Settings(
        data_dir=tmp_path,
        engine=EngineSettings(workers=2),
        store=StoreSettings(kind="memory"),
        sources=SourcesSettings(simulated=SimulatedSettings(symbols=70, years=1)),
    )
    async with Engine(settings, Parts(pool=ManualPool(2, inline=perform))) as engine:
        served = await serve(engine)
        for body in ({}, {}, {"symbols": ["NOWHERE"]}):
            await served.json("POST", "/scan/start", json=body | {"async_mode": False})
        yield served
        await served.client.close()
        await served.runner.cleanup()


async def scrape(served: Served, accept: str = "text/plain") -> str:
    async with served.client.get("/metrics", headers={"Accept": accept}) as response:
        assert response.status == 200
        return await response.text()


async def numbers(served: Served) -> dict[tuple[str, ...], float]:
    """Every line: its name and the values of its labels, and its number."""
    text = await scrape(served)
    lines = [sample for family in text_families(text) for sample in family.samples]
    return {(line.name, *line.labels.values()): line.value for line in lines}


async def test_it_tells_what_became_of_the_scans(scanned: Served) -> None:
    told = await numbers(scanned)
    ended = {
        status: told["technic_scans_ended_total", status] for status in ("completed", "failed", "cancelled")
    }
    assert ended == {"completed": 2, "failed": 1, "cancelled": 0}
    assert told["technic_scan_symbols_total", "rated"] == 140
    assert told["technic_scan_units_total", "cached"] >= 1
    assert told["technic_scan_units_total", "computed"] >= 1
    assert told["technic_scan_run_seconds_total",] > 0
    assert (told["technic_scans", "running"], told["technic_scans", "queued"]) == (0, 0)
    assert told["technic_scans_without_owner",] == 0
    assert (told["technic_ready",], told["technic_draining",], told["technic_store_in_trouble",]) == (1, 0, 0)


async def test_it_tells_how_the_process_is(scanned: Served) -> None:
    async def late() -> bool:
        return ("technic_loop_lag_seconds", "p99") in await numbers(scanned)

    await until(late)
    told = await numbers(scanned)
    assert told["process_resident_memory_bytes",] > 1_000_000
    assert told["process_open_fds",] > 3
    assert told["technic_process_tasks",] >= 2
    assert told["technic_loop_lag_seconds", "p50"] <= told["technic_loop_lag_seconds", "max"]
    assert 0 < told["process_start_time_seconds",] < 1e11


async def test_every_metric_has_its_words_and_says_what_it_counts(scanned: Served) -> None:
    found = list(text_families(await scrape(scanned)))
    assert len(found) > 25
    assert len({family.name for family in found}) == len(found)
    for family in found:
        assert family.documentation.endswith("."), family.name
        assert UNITS.search(family.name), family.name
        assert family.type in {"gauge", "counter", "histogram"}, family.name


async def test_a_client_of_openmetrics_gets_that(scanned: Served) -> None:
    text = await scrape(scanned, "application/openmetrics-text; version=1.0.0")
    assert text.endswith("# EOF\n")
    assert {family.name for family in open_families(text)} >= {"technic_build", "technic_scans_ended"}


async def test_answers_are_timed_by_route_and_no_client_can_make_new_labels(scanned: Served) -> None:
    for number in range(20):
        await scanned.json("GET", f"/scan/progress/unknown{number}")
        await scanned.json("GET", f"/nothing/{number}")
    for method in ("PROPFIND", "MKCOL", "LOCK"):
        await scanned.json(method, "/health")
    told = await numbers(scanned)
    count = "technic_http_request_seconds_count"
    assert told[count, "GET", "/scan/progress/{scan_id}", "404"] == 20
    assert told[count, "GET", "unmatched", "404"] == 20
    assert told[count, "other", "unmatched", "405"] == 3
    assert told[count, "POST", "/scan/start", "200"] == 3
    routes = {labels[1] for name, *labels in told if name == count}
    assert routes <= {"unmatched", *(re.sub(r":[^}]*", "", route.path) for route in ROUTES)}
    assert not [name for name, *_ in told if name.endswith("_created")]


async def test_a_stream_is_not_timed(scanned: Served) -> None:
    async with scanned.client.get("/scan/sse") as stream:
        assert stream.status == 200
    assert not [key for key in await numbers(scanned) if "/scan/sse" in key]


@pytest.mark.parametrize("path", ["/scan/ws/s1", "/scan/ws"])
async def test_frames_are_counted_however_they_go_out(
    serve: Serve, engine: ScriptedEngine, path: str
) -> None:
    served, readers = await serve(engine), 3
    engine.begin()
    sockets = [await served.client.ws_connect(path) for _ in range(readers)]
    for socket in sockets:
        while "percentage" not in await socket.receive_json():
            pass
    greeting = (await numbers(served))["technic_stream_frames_total",]
    assert greeting == readers * (1 if path.endswith("s1") else 2)
    engine.match(make_rows(["ONE"]))  # not told in default frames
    for percentage in (50.0, 60.0):
        engine.advance(percentage=percentage)
        assert {(await socket.receive_json())["percentage"] for socket in sockets} == {percentage}
    assert (await numbers(served))["technic_stream_frames_total",] == greeting + 2 * readers


async def test_readers_that_are_closed_because_they_are_slow_are_counted(serve: Serve) -> None:
    engine = ScriptedEngine(replay_events=4)
    served = await serve(engine, streams=StreamSettings(send_timeout_seconds=0.1))
    engine.begin()
    async with served.client.ws_connect("/scan/ws/s1?events=all") as socket:
        await socket.receive_json()
        for _ in range(6):
            engine.match(make_rows(["ONE"]))
        while not (await socket.receive()).type.name.startswith("CLOS"):
            pass
    told = await numbers(served)
    assert [told["technic_slow_readers_total", reason] for reason in ("behind", "stalled")] == [1, 0]
    with await connect(served, "/scan/ws/s1?events=all", upgrade=True, receive_bytes=4096):
        await until(lambda: engine.bus.readers() == 1)
        for _ in range(3):
            engine.match(BIG)
        await until(lambda: len(served.app[GUESTS]) == 0)
    told = await numbers(served)
    assert [told["technic_slow_readers_total", reason] for reason in ("behind", "stalled")] == [1, 1]


async def test_what_health_and_metrics_say_of_the_process_is_the_same(scanned: Served) -> None:
    _, health = await scanned.json("GET", "/health")
    process = health["process"]
    assert set(process) == {
        "loop_lag_ms", "memory_bytes", "descriptors", "tasks", "threads", "cpu_seconds", "uptime_seconds",
    }  # fmt: skip
    assert process["loop_lag_ms"] is None or set(process["loop_lag_ms"]) == {"p50", "p99", "max"}
    assert process["uptime_seconds"] > 0
    assert health["done"]["scans"]["completed"] == 2


async def test_two_applications_in_one_process_do_not_count_together(scanned: Served, serve: Serve) -> None:
    class Silent:
        def health(self) -> dict[str, object]:
            return {"ready": True, "source": "none", "store": "none", "storage": {"trouble": "No space."}}

        async def without_owner(self) -> int:
            return 0

    other = await numbers(await serve(Silent()))
    assert ("technic_scans_ended_total", "completed") not in other
    assert not [key for key in other if key[0] == "technic_http_request_seconds_count"]
    assert other["technic_store_in_trouble",] == 1


def test_what_is_not_told_is_left_out() -> None:
    told = {"ready": False, "workers": None, "scans": {"running": 2}, "units": {"blocks": 7}}
    found = {sample.name: sample.value for family in families(told) for sample in family.samples}
    assert found == {"technic_ready": 0.0, "technic_scans": 2.0}
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)


def test_the_page_of_the_api_names_every_metric() -> None:
    page = Path(__file__).parents[2] / "docs" / "api.md"
    named = set(re.findall(r"`((?:technic|process)_\w+)`", page.read_text(encoding="utf-8")))
    assert named == {figure.name for figure in FIGURES} | {
        "technic_http_request_seconds",
        "technic_build_info",
    }
