"""What a page of somebody else's can make a browser send: nothing of it may start or stop anything."""

from __future__ import annotations

import asyncio

import pytest

from technic.config.settings import ServerSettings
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine

APP = "https://app.example"
CALLS = [("GET", "/scan?max_symbols=1"), ("POST", "/scan/start"), ("POST", "/scan/cancel/s1")]


@pytest.fixture
async def open_to_app(serve: Serve, engine: ScriptedEngine) -> Served:
    """A server that one foreign origin may use, with one scan."""
    engine.begin()
    return await serve(engine, ServerSettings(allowed_origins=(APP,)))


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "nonsense"},
    ],
)
async def test_neither_a_script_nor_an_image_of_a_foreign_page_changes_anything(
    open_to_app: Served, engine: ScriptedEngine, method: str, path: str, headers: dict[str, str]
) -> None:
    async with asyncio.timeout(10):
        status, body = await open_to_app.json(method, path, headers=headers)
    assert (status, body["code"]) == (403, "forbidden")
    assert (engine.requests, engine.cancelled) == ([], [])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": APP, "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_people_scripts_and_allowed_pages_can_make_the_legacy_call(
    open_to_app: Served, engine: ScriptedEngine, headers: dict[str, str]
) -> None:
    call = asyncio.ensure_future(open_to_app.json("GET", "/scan?max_symbols=1", headers=headers))
    async with asyncio.timeout(10):
        await engine.submitted.wait()
        engine.end()
        assert (await call)[0] == 200


async def test_a_foreign_page_may_still_ask_what_changes_nothing(open_to_app: Served) -> None:
    status, _ = await open_to_app.json("GET", "/health", headers={"Sec-Fetch-Site": "cross-site"})
    assert status == 200
