"""What people send that cannot be used: each a clear problem that says what to do, and nothing is started."""

import pytest

from tests.support.server import run_technic
from tests.support.watching import call, over_websocket, start, strict

pytestmark = pytest.mark.timeout(60)

JSON = {"Content-Type": "application/json"}
START = ("POST", "/scan/start")


def body(text, **headers):
    return {"data": text, "headers": JSON | headers}


REFUSALS = [
    (*START, {"json": {"max_symbol": 3}}, 422, "/max_symbol"),
    (*START, {"json": {"max_symbols": "many"}}, 422, "/max_symbols"),
    (*START, {"json": {"max_symbols": True}}, 422, "/max_symbols"),
    (*START, {"json": {"max_symbols": 0}}, 422, "/max_symbols"),
    (*START, {"json": {"max_symbols": 10**30}}, 422, "/max_symbols"),
    (*START, {"json": {"min_tech_rating": 101}}, 422, "/min_tech_rating"),
    (*START, {"json": {"lookback_bars": -1}}, 422, "/lookback_bars"),
    (*START, {"json": {"priority": 10}}, 422, "/priority"),
    (*START, {"json": {"symbols": "AAPL"}}, 422, "/symbols"),
    (*START, {"json": {"symbols": [["AAPL"]]}}, 422, "/symbols/0"),
    (*START, {"json": {"sort_by": "tech_ratin"}}, 422, "/sort_by"),
    (*START, {"json": {"preset": "breakout"}}, 422, "/preset"),
    (*START, {"json": {"as_of": "2999-01-01"}}, 422, "/as_of"),
    (*START, {"json": {"as_of": "yesterday"}}, 422, "/as_of"),
    (*START, {"json": {"filters": [{"field": "rsi", "op": "~", "value": 1}]}}, 422, "/filters/0/op"),
    (*START, {"json": {"deadline_seconds": 0}}, 422, "/deadline_seconds"),
    (*START, {"json": [1]}, 422, ""),
    (*START, body(b"{"), 400, None),
    (*START, body(b'{"min_tech_rating": NaN}'), 400, None),
    (*START, body(b'{"min_tech_rating": 1e999}'), 400, None),
    (*START, body(b'{"tags": ["\\ud800"]}'), 400, None),
    (*START, body(b"\xff\xfe"), 400, None),
    (*START, body(b"[" * 100_000), 400, None),
    (*START, body(b"{" + b" " * 300_000 + b"}"), 413, None),
    (*START, {"data": b"<scan/>", "headers": {"Content-Type": "text/xml"}}, 415, None),
    (*START, {"data": {"max_symbols": "3"}}, 400, None),
    ("GET", "/scan/start", {}, 405, None),
    ("POST", "/scan/active", {}, 405, None),
    ("GET", "/scan/progress/nobody", {}, 404, None),
    ("GET", "/scan/progress/%00%ff%ed%a0%80", {}, 404, None),
    ("GET", f"/scan/results/{'x' * 4000}", {}, 404, None),
    ("GET", "/scan/sse/nobody", {}, 404, None),
    ("GET", "/symbols/NOBODY", {}, 404, None),
    ("GET", "/symbols/..%2F..%2Fetc%2Fpasswd", {}, 404, None),
    ("GET", "/no/such/path", {}, 404, None),
    ("GET", "/scan?max_symbols=many", {}, 422, "/max_symbols"),
    ("GET", "/scan?min_tech_rating=nan", {}, 422, "/min_tech_rating"),
    ("GET", "/universe?limit=-1", {}, 422, "/limit"),
]


@pytest.mark.parametrize(
    "refusal",
    REFUSALS,
    ids=[f"{method} {path[:30]} {str(options)[:60]}" for method, path, options, *_ in REFUSALS],
)
async def test_it_is_a_problem_that_says_what_to_do(quick, refusal):
    method, path, options, status, pointer = refusal
    async with quick.request(method, path, **options) as response:
        text = await response.read()
    assert (response.status, response.content_type) == (status, "application/problem+json"), text[:300]
    problem = strict(text)
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["message"]
    assert problem["suggestion"]
    assert b"Traceback" not in text
    if pointer is not None:
        assert problem["errors"][0]["pointer"] == pointer
        assert problem["errors"][0]["detail"]
    assert (await call(quick, "GET", "/scan/active"))[1]["count"] == 0


async def test_every_fault_of_a_request_is_named_with_what_was_most_likely_meant(quick):
    fields = {"min_tech_ratin": 1, "max_symbols": "x", "sectors": ["Energi"], "limit": -1}
    status, problem = await call(quick, *START, json=fields)
    assert status == 422
    nearest = {fault["pointer"]: fault["nearest"] for fault in problem["errors"]}
    assert nearest.keys() >= {"/min_tech_ratin", "/max_symbols", "/limit"}
    assert nearest["/min_tech_ratin"] == "min_tech_rating"


async def test_an_unknown_sector_is_told_with_the_nearest_one(quick):
    status, problem = await call(quick, *START, json={"sectors": ["Energi"]})
    assert status == 422
    assert [(fault["pointer"], fault["nearest"]) for fault in problem["errors"]] == [("/sectors/0", "Energy")]


async def test_results_of_an_unknown_form_or_page_are_refused(quick):
    scan = await start(quick, max_symbols=3)
    await over_websocket(quick, scan["websocket_url"])
    for query, status in (
        ("format=xlsx", 406), ("offset=-1", 422), ("limit=x", 422), ("sort_by=colour", 422),
    ):  # fmt: skip
        assert (await call(quick, "GET", f"{scan['results_url']}?{query}"))[0] == status, query
    for query, rows in (("offset=2", 1), ("offset=99", 0), ("limit=0", 0), ("limit=2", 2)):
        answer = (await call(quick, "GET", f"{scan['results_url']}?{query}"))[1]
        assert (len(answer["results"]), answer["total"]) == (rows, 3), query


async def test_a_websocket_of_an_unknown_scan_gets_an_error_and_4404(quick):
    async with quick.ws_connect("/scan/ws/nobody") as socket:
        frames = [strict(message.data) async for message in socket]
    assert [frame["type"] for frame in frames] == ["error"]
    assert frames[0]["error"]["code"] == "unknown_scan"
    assert socket.close_code == 4404


async def test_what_a_websocket_does_not_understand_is_answered_and_it_stays_open(slow):
    scan = await start(slow)
    async with slow.ws_connect(scan["websocket_url"]) as socket:
        await socket.receive_json()
        for nonsense in ("{", "[]", '"cancel"', '{"action": "explode"}', '{"action": NaN}', "\x00"):
            await socket.send_str(nonsense)
        await socket.send_bytes(b"\xff\x00")
        await socket.send_json({"action": "ping"})
        await socket.send_json({"action": "cancel"})
        frames = [strict(message.data) async for message in socket]
    answers = [frame["type"] for frame in frames if "type" in frame]
    assert answers == ["error"] * 7 + ["pong", "cancel"]
    assert frames[-1]["status"] == "cancelled"


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "said"),
    [
        (("serve", "--port", "99999"), {}, 2, "server.port"),
        (("serve",), {"engine__wokers": "2"}, 2, "TECHNIC_ENGINE__WORKERS"),
        (("serve", "--source", "files"), {}, 2, "--data"),
        (("serve", "--source", "files", "--data", "nowhere"), {}, 2, "nowhere"),
        (("scan", "--min-tech-rating", "300"), {}, 2, "--min-tech-rating"),
    ],
)
def test_a_command_that_cannot_be_run_says_what_to_do(tmp_path, arguments, settings, code, said):
    done = run_technic(tmp_path, *arguments, **settings)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
