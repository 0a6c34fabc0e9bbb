"""A preset of one's own on a whole server: told, asked for, remembered, and kept over a restart."""

from __future__ import annotations

import json

from aiohttp import ClientSession

from technic.client import TechnicClient
from tests.support.server import run_technic, serving
from tests.support.watching import call, end_of, start

SMALL = {"sources__simulated__symbols": 64, "sources__simulated__years": 2}
DIP = {"dip": {"filters": ["rsi < 45"], "sort_by": "rsi", "limit": 3}}


async def test_a_server_lists_it_and_scans_by_it(tmp_path):
    with serving(tmp_path, presets=json.dumps(DIP), **SMALL) as server:
        async with ClientSession(server.url) as client:
            told = (await call(client, "GET", "/presets"))[1]["presets"]
            assert told[-1]["name"] == "dip"
            scan = await start(client, preset="dip")
            await end_of(client, scan)
            rows = (await call(client, "GET", scan["results_url"]))[1]["results"]
            assert [row["rsi"] for row in rows] == sorted((row["rsi"] for row in rows), reverse=True)
            assert 0 < len(rows) <= 3
            assert all(row["rsi"] < 45 for row in rows)
            (past,) = (await call(client, "GET", "/scan/history?preset=dip"))[1]["scans"]
            assert past["scan_id"] == scan["scan_id"]
            legacy = await call(client, "GET", "/scan?preset=dip")
            assert len(legacy[1]["results"]) == len(rows)
            status, problem = await call(client, "POST", "/scan/start", json={"preset": "dop"})
            assert (status, problem["errors"][0]["nearest"]) == (422, "dip")
        async with TechnicClient(server.url) as client:
            assert len((await client.run(preset="dip")).rows) == len(rows)
        begun = run_technic(tmp_path, "start", "--preset", "dip", "--watch", "--url", server.url)
        assert begun.returncode == 0, begun.stderr
    with serving(tmp_path, **SMALL) as server:  # without it in the settings
        async with ClientSession(server.url) as client:
            _, kept = await call(client, "GET", f"/scan/request/{scan['scan_id']}")
            assert kept["request"] == {"preset": "dip"}


def test_a_server_with_a_preset_that_cannot_be_used_does_not_start(tmp_path):
    done = run_technic(tmp_path, "serve", "--port", "0", presets='{"dip": {"filters": ["rsii < 45"]}}')
    assert done.returncode != 0
    assert "presets.dip.filters.0" in done.stderr
    assert "Did you mean 'rsi'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_line_scans_by_it_and_says_what_is_none(tmp_path):
    done = run_technic(
        tmp_path, "scan", "--preset", "dip", "--format", "csv", presets=json.dumps(DIP), **SMALL
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4
    refused = run_technic(tmp_path, "scan", "--preset", "dop", presets=json.dumps(DIP), **SMALL)
    assert (refused.returncode, "Did you mean 'dip'?" in refused.stderr) == (2, True)
