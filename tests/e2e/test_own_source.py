"""A source of another package on a whole server: its workers read it, each in a process of its own."""

from __future__ import annotations

import json

from aiohttp import ClientSession

from tests.support.own_source import write_database
from tests.support.server import run_technic, serving
from tests.support.watching import call, end_of, start


async def test_a_server_scans_it_and_reads_it_again_when_it_changes(own_source, tmp_path):
    path = write_database(tmp_path / "bars.db", dict.fromkeys(("AAA", "BBB"), 60))
    told = {"source": "sqlite", "sources__own": json.dumps({"path": str(path)})}
    around = {"PYTHONPATH": str(own_source)}
    with serving(tmp_path / "server", variables=around, **told) as server:
        async with ClientSession(server.url) as client:
            scan = await start(client)
            assert (await end_of(client, scan))["message"] == "Completed: 2 matches"
            assert (await call(client, "GET", "/health"))[1]["source"] == "sqlite"
    path.unlink()
    write_database(path, dict.fromkeys(("AAA", "BBB", "CCC"), 60))
    with serving(tmp_path / "server", variables=around, **told) as server:
        async with ClientSession(server.url) as client:
            assert (await end_of(client, await start(client)))["message"] == "Completed: 3 matches"


def test_what_is_not_there_is_told_before_it_serves(tmp_path):
    done = run_technic(tmp_path, "serve", "--port", "0", source="sqlite")
    assert (done.returncode, "'simulated' or 'files'" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr
