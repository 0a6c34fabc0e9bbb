"""Start a scan on a server, watch it live over a WebSocket, print its rows. Ctrl-C cancels the scan.

Start a server with `make serve`, then: `.venv/bin/python examples/watch_a_scan.py --preset breakout_20d`
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

ENDED = {"completed", "failed", "cancelled"}
UNKNOWN_SCAN = 4404


async def main(server: str, request: dict[str, Any]) -> None:
    """One scan from its start to its rows."""
    async with aiohttp.ClientSession(server, raise_for_status=tell_refusal) as session:
        async with session.post("/scan/start", json=request) as response:
            scan = await response.json()
        try:
            async for snapshot in snapshots(session, scan["websocket_url"]):
                draw(snapshot)
        except asyncio.CancelledError:
            await session.post(scan["cancel_url"])
            raise
        async with session.get(scan["results_url"]) as response:
            print_rows(await response.json())


async def tell_refusal(response: aiohttp.ClientResponse) -> None:
    """Every error of the API is a problem that says what is wrong and what to do."""
    if response.status >= 400:
        problem = await response.json(content_type=None)
        sys.exit(f"{problem['detail']}\n{problem['suggestion']}")


async def snapshots(session: aiohttp.ClientSession, url: str) -> AsyncIterator[dict[str, Any]]:
    """Every snapshot that comes, up to the last one; connects again when the connection is lost."""
    while True:
        try:
            async with session.ws_connect(url) as socket:
                async for message in socket:
                    snapshot = message.json()
                    if "percentage" in snapshot:
                        yield snapshot
                    if snapshot.get("status") in ENDED:
                        return
        except aiohttp.ClientError as error:
            print(f"\n{error}; trying again", file=sys.stderr)
        else:
            if socket.close_code == UNKNOWN_SCAN:
                sys.exit("The server does not know this scan any more; it was restarted.")
        await asyncio.sleep(1)


def draw(snapshot: dict[str, Any]) -> None:
    """One line that is drawn over and over."""
    done = round(snapshot["percentage"] / 4)
    left = "" if snapshot["eta_seconds"] is None else f"  {snapshot['eta_seconds']:.0f} s left"
    bar = "█" * done + "░" * (25 - done)
    print(f"\r{bar} {snapshot['percentage']:6.2f} %  {snapshot['message']}{left}\033[K", end="", flush=True)


def print_rows(result: dict[str, Any]) -> None:
    """The rows, and whatever there is to know about them."""
    print()
    for row in result["results"]:
        print(f"{row['symbol']:<10} {row['signal']:<12} {row['tech_rating']:6.1f} {row['close']:10.2f}")
    for warning in result["warnings"]:
        print(warning)
    if result["error"]:
        sys.exit(f"{result['error']['message']} {result['error']['suggestion']}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default="http://127.0.0.1:8000")
    parser.add_argument("--preset", help="a named filter, such as breakout_20d")
    parser.add_argument("--limit", type=int, default=10)
    options = parser.parse_args()
    asked = {"limit": options.limit} | ({"preset": options.preset} if options.preset else {})
    try:
        asyncio.run(main(options.server, asked))
    except aiohttp.ClientConnectionError:
        sys.exit(f"Nobody answers at {options.server}. Start a server first: make serve")
    except KeyboardInterrupt:
        sys.exit("\nCancelled.")
