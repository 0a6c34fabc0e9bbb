"""Query parameters that cannot be used: each read says so in words of its own."""

from __future__ import annotations

from typing import Any

import pytest

from technic.errors import InvalidRequest
from technic.http.refusals import InvalidQuery
from technic.scanner.universe import Listing, Universe
from tests.http.conftest import Served
from tests.http.scripted_engine import ScriptedEngine

UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
PLACE = "must be the last seq or the last event id that was received."
CLOSE = "'clos' is not a field; GET /fields lists them. Did you mean 'close'?"
WHOLE = "must be a whole number."
SECTORS = ("Energy", "Financials", "Information Technology")


class View:
    """A market of three symbols."""

    universe = Universe(Listing(f"SIM{n}", sector=sector) for n, sector in enumerate(SECTORS))


@pytest.fixture(autouse=True)
def market(engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine has a market, and a scan that runs."""

    async def view() -> Any:
        return View()

    monkeypatch.setattr(engine, "view", view, raising=False)
    engine.begin()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/scan/results/s1?offset=-1", "must be at least 0."),
        ("/scan/results/s1?limit=x", WHOLE),
        ("/scan/results/s1?limit=1.5", WHOLE),
        (f"/scan/results/s1?limit={'9' * 30}", "must be at most 2147483648."),
        (f"/scan/results/s1?limit={'9' * 5000}", "has too many digits."),
        ("/scan/results/s1?partial=maybe", "must be true or false."),
        ("/scan/results/s1?sort_by=clos", CLOSE),
        ("/scan/results/s1?sort_by=foo", "'foo' is not a field; GET /fields lists them."),
        ("/scan/sse/s1?events=foo", "must be 'all', 'states' or 'progress'."),
        ("/scan/sse/s1?since=yesterday", PLACE),
        ("/scan/sse/s1?last_event_id=x-y", PLACE),
        ("/scan/ws/s1?events=foo", "must be 'all', 'states' or 'progress'."),
        ("/scan/ws/s1?since=-2", PLACE),
        ("/universe?limit=0", "must be at least 1."),
        ("/universe?sector=Enrgy", "'Enrgy' is not known; did you mean 'Energy'?"),
        ("/symbols/SIM0001?as_of=2999-01-01", "is in the future: the newest day that can be looked at is "),
        ("/symbols/SIM0001?lookback_bars=7", "must be 0 (all bars), or at least 20."),
    ],
)  # fmt: skip
async def test_a_query_that_makes_no_sense_is_422_in_its_own_words(
    served: Served, path: str, said: str
) -> None:
    headers = UPGRADE if "/ws/" in path else {}
    status, body = await served.json("GET", path, headers=headers)
    assert (status, body["code"], body["error_type"]) == (422, "invalid_query", "config_error")
    assert body["message"] == InvalidQuery.message
    assert body["suggestion"] == InvalidQuery.suggestion
    (fault,) = body["errors"]
    assert fault["pointer"] == "/" + path.partition("?")[2].partition("=")[0]
    assert fault["detail"].startswith(said)


async def test_a_sector_that_is_near_none_is_told_which_there_are(served: Served) -> None:
    status, body = await served.json("GET", f"/universe?sector=zzz{'z' * 500}")
    (fault,) = body["errors"]
    assert (status, fault["pointer"]) == (422, "/sector")
    assert all(sector in fault["detail"] for sector in SECTORS)
    assert fault["detail"].count("z") == 60


async def test_the_legacy_call_starts_a_scan_and_says_so(served: Served) -> None:
    status, body = await served.json("GET", "/scan?limit=x")
    assert (status, body["code"], body["message"]) == (422, "invalid_request", InvalidRequest.message)


@pytest.mark.parametrize(
    "path",
    ["/universe?limit=1&limit=2", "/symbols/SIM0001?as_of=2020-01-01&as_of=null", "/scan?limit=1&limit=1"],
)
async def test_a_parameter_that_is_given_twice_is_refused(served: Served, path: str) -> None:
    status, body = await served.json("GET", path)
    (fault,) = body["errors"]
    name = path.partition("?")[2].partition("=")[0]
    assert (status, fault["pointer"], fault["detail"]) == (422, f"/{name}", "is given more than once.")


@pytest.mark.parametrize(("text", "status"), [("YES", 200), ("0", 200), ("on", 422), ("t", 422)])
async def test_a_yes_or_no_is_one_of_six_words(
    served: Served, engine: ScriptedEngine, text: str, status: int
) -> None:
    engine.end()
    assert (await served.json("GET", f"/scan/results/s1?descending={text}"))[0] == status


async def test_a_moment_of_long_ago_is_told_with_four_digits_of_its_year(served: Served) -> None:
    _, body = await served.json("GET", "/scan/stats?since=0423-09-06")
    assert body["since"] == "0423-09-06T00:00:00.000Z"
