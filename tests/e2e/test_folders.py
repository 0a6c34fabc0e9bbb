"""Folders of bars as people have them: a bad file among many costs one symbol, an empty folder says so."""

import os

import pytest
from aiohttp import ClientSession

from tests.support.market_folder import HEADER, write_bars
from tests.support.server import run_technic, serving
from tests.support.waiting import until
from tests.support.watching import call, end_of, over_sse, over_websocket, start, strict

pytestmark = pytest.mark.timeout(60)

GOOD = [f"GOOD{n:02}" for n in range(1, 20)]
BROKEN = {
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00",
    "nothing": b"",
    "a page of html": b"<html><body>429 Too Many Requests</body></html>",
    "a header alone": HEADER.encode() + b"\n",
    "other columns": b"day,price\n2024-01-01,3\n",
    "words for numbers": f"{HEADER}\n2024-01-01,a,b,c,d,e\n".encode(),
    "days that are none": f"{HEADER}\n2024-13-41,1,2,1,2,100\n".encode(),
}


@pytest.fixture
def folder(tmp_path):
    """Nineteen good files."""
    return write_bars(tmp_path / "bars", GOOD)


@pytest.fixture
async def client(tmp_path, folder, request):
    """A client of a server of that folder; the parameter is what the twentieth file holds."""
    (folder / "BROKEN.csv").write_bytes(getattr(request, "param", BROKEN["a picture"]))
    with serving(tmp_path, source="files", sources__files__path=folder) as server:
        async with ClientSession(server.url) as client:
            yield client


async def test_one_broken_file_among_twenty_is_one_failure_and_the_others_are_rated(client):
    scan = await start(client)
    typed = await over_websocket(client, f"{scan['websocket_url']}?events=all&since=-1")
    last = typed[-1]
    assert (last["status"], last["percentage"], last["error"]) == ("completed", 100, None)
    assert (last["matches"], last["failures"]) == (19, 1)
    found = [row["symbol"] for frame in typed if frame["type"] == "match" for row in frame["rows"]]
    assert sorted(found) == GOOD
    _, body = await call(client, "GET", scan["results_url"])
    assert sorted(row["symbol"] for row in body["results"]) == GOOD
    assert all(row["tech_rating"] is not None for row in body["results"])
    assert body["complete"] is False
    (failure,) = body["failures"]
    assert (failure["code"], failure["affected_symbols"]) == ("unreadable_bars", ["BROKEN"])
    assert "BROKEN.csv" in failure["detail"]
    assert failure["suggestion"]
    assert any("1 of 20" in warning for warning in body["warnings"])
    assert (await call(client, "GET", "/symbols/BROKEN"))[0] == 502
    assert (await call(client, "GET", "/symbols/GOOD01"))[0] == 200


def test_whatever_is_wrong_with_a_file_it_is_one_failure(tmp_path, folder):
    for number, content in enumerate(BROKEN.values()):
        (folder / f"BROKEN{number}.csv").write_bytes(content)
    done = run_technic(tmp_path, "scan", "--source", "files", "--data", str(folder), "--format", "json")
    assert done.returncode == 0, done.stderr
    body = strict(done.stdout)
    assert (body["status"], body["total"]) == ("completed", 19)
    broken = [symbol for failure in body["failures"] for symbol in failure["affected_symbols"]]
    assert sorted(broken) == [f"BROKEN{number}" for number in range(len(BROKEN))]
    assert f"{len(BROKEN)} failed" in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_file_that_is_repaired_is_rated_by_the_next_scan(client, folder):
    assert (await end_of(client, await start(client)))["matches"] == 19
    write_bars(folder, ["BROKEN"])
    await until(lambda: _answers(client, "/symbols/BROKEN", 200))
    last = await end_of(client, await start(client))
    assert (last["matches"], last["failures"]) == (20, 0)


async def _answers(client, path, status):
    """Whether it answers so by now; a server looks at its folder again after two seconds."""
    return (await call(client, "GET", path))[0] == status


def test_a_file_whose_name_is_no_utf_8_fails_alone(tmp_path, folder):
    """Its name went through JSON, msgpack and the terminal, and took its whole group down with it."""
    odd = os.fsencode(folder) + b"/ODD\xff.csv"
    os.rename(folder / "GOOD19.csv", odd)  # noqa: PTH104 - pathlib has no bytes
    done = run_technic(tmp_path, "scan", "--source", "files", "--data", str(folder), "--format", "json")
    assert done.returncode == 0, done.stderr
    body = strict(done.stdout)
    assert len(body["results"]) == 18 + (not body["failures"])
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "scan"])
def test_an_empty_folder_is_told_with_what_to_do(tmp_path, command):
    (tmp_path / "empty").mkdir()
    done = run_technic(tmp_path, command, "--source", "files", "--data", "empty", server__port=0)
    assert done.returncode == 1
    assert "no CSV or Parquet file" in done.stderr
    assert "sources.files.path" in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_folder_that_is_emptied_under_the_server_fails_the_next_scan_and_not_the_server(
    client, folder
):
    for file in folder.iterdir():
        file.unlink()
    frames = await over_sse(client, (await start(client))["sse_url"])
    assert frames[-1]["status"] == "failed"
    assert frames[-1]["error"]["error_type"] == "data_error"
    await until(lambda: _answers(client, "/universe", 502))
    write_bars(folder, ["BACK"])
    await until(lambda: _answers(client, "/universe", 200))
    assert (await end_of(client, await start(client)))["matches"] == 1
