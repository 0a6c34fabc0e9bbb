"""Who may call: origins, hosts and CORS."""

from __future__ import annotations

import pytest
from aiohttp import WSServerHandshakeError

from technic.config.settings import ServerSettings
from technic.http.security import is_loopback
from tests.http.conftest import Serve, Served
from tests.http.scripted_engine import ScriptedEngine

APP = "https://app.example"


@pytest.fixture
async def open_to_app(serve: Serve, engine: ScriptedEngine) -> Served:
    """A server that one foreign origin may use, with one scan."""
    engine.begin()
    return await serve(engine, ServerSettings(allowed_origins=(APP,)))


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://app.example.evil", "garbage"])
async def test_a_websocket_from_another_origin_is_refused_before_it_opens(
    open_to_app: Served, engine: ScriptedEngine, origin: str
) -> None:
    with pytest.raises(WSServerHandshakeError, match="403"):
        await open_to_app.client.ws_connect("/scan/ws/s1", origin=origin)
    assert engine.bus.readers() == 0


async def test_a_websocket_from_an_allowed_its_own_or_no_origin_opens(open_to_app: Served) -> None:
    for origin in (APP, f"http://{open_to_app.host}:{open_to_app.port}", None):
        async with open_to_app.client.ws_connect("/scan/ws/s1", origin=origin) as socket:
            assert (await socket.receive_json())["scan_id"] == "s1"


async def test_a_foreign_page_can_neither_start_nor_cancel(
    open_to_app: Served, engine: ScriptedEngine
) -> None:
    for path in ("/scan/start", "/scan/cancel/s1"):
        status, body = await open_to_app.json("POST", path, headers={"Origin": "https://evil.example"})
        assert (status, body["code"]) == (403, "forbidden")
    assert (engine.requests, engine.cancelled) == ([], [])


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_a_foreign_page_cannot_start_a_scan_by_what_browsers_send_without_asking(
    open_to_app: Served, engine: ScriptedEngine, kind: str, origin: str
) -> None:
    headers = {"Origin": origin, "Content-Type": kind}
    status, body = await open_to_app.json("POST", "/scan/start", data=b'{"limit": 3}', headers=headers)
    assert (status, body["code"]) == (403, "forbidden")
    assert engine.requests == []
    status, _ = await open_to_app.json(
        "POST", "/scan/start", data=b'{"limit": 3}', headers=headers | {"Origin": APP}
    )
    assert status == 202


async def test_an_allowed_page_can_read_answers_problems_and_streams(
    open_to_app: Served, engine: ScriptedEngine
) -> None:
    for path in ("/scan/progress/s1", "/scan/progress/nobody", "/scan/sse/s1"):
        async with open_to_app.client.get(path, headers={"Origin": APP}) as response:
            assert response.headers["Access-Control-Allow-Origin"] == APP
            assert "Origin" in response.headers["Vary"]
            if "sse" in path:
                engine.end()
                await response.read()


async def test_other_pages_get_no_leave_to_read(open_to_app: Served) -> None:
    async with open_to_app.client.get("/scan/active", headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 200
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_preflight_is_answered_for_allowed_origins_alone(open_to_app: Served) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    async with open_to_app.client.options("/scan/start", headers=asked | {"Origin": APP}) as response:
        assert response.status == 200
        assert response.headers["Access-Control-Allow-Methods"] == "POST"
    status, body = await open_to_app.json(
        "OPTIONS", "/scan/start", headers=asked | {"Origin": "https://evil.example"}
    )
    assert (status, body["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("evil.example", 403),
        ("evil.example:8000", 403),
        ("127.0.0.1.evil.example", 403),
        ("[", 403),
        ("localhost:1", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("127.0.0.2", 200),
        ("app.example", 200),
    ],
)
async def test_a_server_on_loopback_answers_to_loopback_names_alone(
    open_to_app: Served, name: str, status: int
) -> None:
    async with open_to_app.client.get("/health", headers={"Host": name}) as response:
        assert response.status == status


async def test_a_server_on_a_public_address_answers_to_any_name(serve: Serve, engine: ScriptedEngine) -> None:
    served = await serve(engine, ServerSettings(host="0.0.0.0"))  # noqa: S104 - the setting alone; it listens on loopback
    async with served.client.get("/health", headers={"Host": "technic.example"}) as response:
        assert response.status == 200


def test_what_counts_as_loopback() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "example.org", "", "10.0.0.1")))  # noqa: S104 - a text


async def test_a_page_that_is_allowed_may_send_and_read_what_repeated_and_patient_calls_need(
    open_to_app: Served,
) -> None:
    asked = {
        "Origin": APP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,idempotency-key,prefer",
    }
    async with open_to_app.client.options("/scan/start", headers=asked) as response:
        assert response.status == 200
    asked["Access-Control-Request-Method"] = "DELETE"
    async with open_to_app.client.options("/scan/s1", headers=asked) as response:
        assert response.headers["Access-Control-Allow-Methods"] == "DELETE"
    async with open_to_app.client.get("/scan/history", headers={"Origin": APP}) as response:
        shown = response.headers["Access-Control-Expose-Headers"]
    assert {"Link", "Preference-Applied"} <= set(shown.split(","))
