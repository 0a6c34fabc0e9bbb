"""Records the examples of the OpenAPI document: what a real server answers to the requests below.

    .venv/bin/python docs/record_examples.py

It writes `technic/http/openapi/examples.json`. The market is the built-in one up to a fixed day, so that all
but ids, times and speeds is the same on every run; the tests run it again and compare.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "technic" / "http" / "openapi" / "examples.json"
sys.path.insert(0, str(ROOT))

from tests.support.server import serving  # noqa: E402 - the tests' own server

SCAN = {
    "preset": "breakout_20d",
    "sectors": ["Energy"],
    "filters": [{"field": "rsi", "op": "<", "value": 70}],
    "limit": 1,
}
ID = "f90d09e5c05c43a1952bc98b63044d88"
"""The id of the scan in all examples."""
JSON = {"Content-Type": "application/json"}
_AT_ONCE = {"Prefer": "wait=30"}

EXCHANGES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("startScan", "POST", "/scan/start", {"json": SCAN}),
    ("startScan", "POST", "/scan/start", {"json": SCAN | {"async_mode": False}}),
    ("startScan", "POST", "/scan/start", {"data": b'{"limit": ', "headers": JSON}),
    ("startScan", "POST", "/scan/start", {"headers": {"Origin": "http://elsewhere.example"}}),
    ("startScan", "POST", "/scan/start", {"data": b" " * 300_000, "headers": JSON}),
    ("startScan", "POST", "/scan/start", {"data": b"<scan/>", "headers": {"Content-Type": "text/xml"}}),
    ("startScan", "POST", "/scan/start", {"json": {"max_symbol": 1}}),
    ("scanProgress", "GET", "/scan/progress/{scan_id}", {}),
    ("scanProgress", "GET", "/scan/progress/nobody", {}),
    ("scanResults", "GET", "/scan/results/{scan_id}", {}),
    ("scanResults", "GET", "/scan/results/{scan_id}?format=csv", {}),
    ("scanResults", "GET", "/scan/results/{scan_id}?format=jsonl", {}),
    ("scanResults", "GET", "/scan/results/{scan_id}?format=xml", {}),
    ("scanResults", "GET", "/scan/results/{scan_id}?sort_by=clos", {}),
    ("scanResults", "GET", "/scan/results/nobody", {}),
    ("scanRequest", "GET", "/scan/request/{scan_id}", {}),
    ("scanRequest", "GET", "/scan/request/nobody", {}),
    ("cancelScan", "POST", "/scan/cancel/{scan_id}", {}),
    ("cancelScan", "POST", "/scan/cancel/nobody", {}),
    ("activeScans", "GET", "/scan/active", {}),
    ("scanHistory", "GET", "/scan/history?limit=1&scan_id={scan_id}", {}),
    ("scanHistory", "GET", "/scan/history?status=running", {}),
    ("scanStatistics", "GET", "/scan/stats", {}),
    ("scanStatistics", "GET", "/scan/stats?since=2026-11-02&until=2026-11-01", {}),
    ("legacyScan", "GET", "/scan?symbols=SIM0001&colour=red", {}),
    ("legacyScan", "GET", "/scan?symbols=NOPE", {}),
    ("legacyScan", "GET", "/scan?limit=x", {}),
    ("universe", "GET", "/universe?sector=Energy&limit=1", {}),
    ("universe", "GET", "/universe?sector=Enrgy", {}),
    ("symbol", "GET", "/symbols/SIM0001?bars=2", {}),
    ("symbol", "GET", "/symbols/SIM00001", {}),
    ("symbol", "GET", "/symbols/SIM0001?as_of=1999-01-01", {}),
    ("presets", "GET", "/presets", {}),
    ("fields", "GET", "/fields", {}),
    ("health", "GET", "/health", {}),
    ("live", "GET", "/health/live", {}),
    ("ready", "GET", "/health/ready", {}),
    ("metrics", "GET", "/metrics", {}),
    ("metrics", "GET", "/metrics", {"headers": {"Accept": "application/openmetrics-text"}}),
    ("scanSocket", "GET", "/scan/ws/{scan_id}", {}),
    ("allSocket", "GET", "/scan/ws", {}),
    ("allSocket", "GET", "/scan/ws?events=some", {}),
    ("scanEvents", "GET", "/scan/sse/{scan_id}?events=all", {}),
    ("scanEvents", "GET", "/scan/sse/nobody", {}),
    ("scanEvents", "GET", "/scan/sse/{scan_id}?events=some", {}),
    ("allEvents", "GET", "/scan/sse?events=all", {}),
    ("allEvents", "GET", "/scan/sse?events=some", {}),
    ("dashboardFile", "GET", "/static/nothing.js", {}),
    ("forgetScan", "DELETE", "/scan/nobody", {}),
)  # fmt: skip
"""What is asked, in this order: the operation, the method, the path, and all else."""

Recorded = dict[str, dict[str, dict[str, Any]]]


async def recorded(url: str) -> Recorded:
    """The answers of a server: by operation, status and media type."""
    found: Recorded = {"startScan": {"request": {"application/json": SCAN}}}
    async with ClientSession(url) as client:
        async with client.post("/scan/start", json=SCAN, headers=_AT_ONCE) as response:
            scan_id = (await response.json())["scan_id"]
        for name, method, path, options in EXCHANGES:
            async with client.request(method, path.format(scan_id=scan_id), **options) as response:
                status, text = str(response.status), await _text(name, response)
            own = json.loads(text)["scan_id"] if name == "startScan" and status in {"200", "202"} else scan_id
            text = text.replace(own, ID).replace(scan_id, ID)
            value = json.loads(text) if response.content_type.endswith(("/json", "+json")) else text
            found.setdefault(name, {}).setdefault(status, {})[response.content_type] = value
    return found


async def _text(name: str, response: ClientResponse) -> str:
    """What was answered; of the stream that does not end by itself its greeting, of figures no route's."""
    if name == "allEvents" and response.ok:
        return b"".join([await response.content.readuntil(b"\n\n") for _ in ("retry", "hello")]).decode()
    text = await response.text()
    if name == "metrics":
        text = re.sub(r"^technic_http_request_seconds.+\n", "", text, flags=re.MULTILINE)
    return text


def record(folder: Path) -> Recorded:
    """The answers of a server of one's own."""
    with serving(folder, sources__simulated__symbols=100, sources__simulated__end="2026-11-20") as server:
        return asyncio.run(recorded(server.url))


def main() -> None:
    """Write them down."""
    with tempfile.TemporaryDirectory() as folder:
        told = record(Path(folder))
    EXAMPLES.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
