"""Start a scan with `technic.client`, print each match as it is found, then the best rows. Ctrl-C cancels it.

Start a server with `make serve`, then: `.venv/bin/python examples/watch.py --preset breakout_20d`. Stop the
server meanwhile and start it again: the watch goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import aclosing

from technic.client import Hello, Match, Snapshot, State, TechnicClient
from technic.errors import TechnicError


async def main(server: str, preset: str | None, limit: int) -> None:
    """One scan from its start to its rows."""
    asked = {"limit": limit} | ({"preset": preset} if preset else {})
    async with TechnicClient(server) as client:
        scan_id = (await client.start(**asked)).scan_id
        try:
            await watch(client, scan_id)
        except asyncio.CancelledError:
            await client.cancel(scan_id)
            raise
        results = await client.results(scan_id)
        if results.error is not None:
            raise results.error
        print(results.frame[["symbol", "signal", "tech_rating", "close"]].to_string(index=False))
        print(*results.warnings, sep="\n")


async def watch(client: TechnicClient, scan_id: str) -> None:
    """Everything that happens, a line each; matches once, whatever happens to the server."""
    seen = False
    async with aclosing(client.watch(scan_id)) as frames:
        async for frame in frames:
            if isinstance(frame, Hello):
                tell("connected again" if seen else f"watching {scan_id}")
                seen = True
            elif isinstance(frame, Match):
                tell(f"found {len(frame.rows)}: " + ", ".join(row["symbol"] for row in frame.rows[:8]))
            elif isinstance(frame, State):
                tell(frame.snapshot.message)
            else:
                tell(bar(frame.snapshot))


def bar(snapshot: Snapshot) -> str:
    """How far it is."""
    done = round(snapshot.percentage / 4)
    left = "" if snapshot.eta_seconds is None else f"  {snapshot.eta_seconds:.0f} s left"
    return f"{'█' * done}{'░' * (25 - done)} {snapshot.percentage:6.2f} %  {snapshot.message}{left}"


def tell(line: str) -> None:
    """Progress goes to stderr, so that the rows can be piped on."""
    print(line, file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default="http://127.0.0.1:8000")
    parser.add_argument("--preset", help="a named filter, such as breakout_20d")
    parser.add_argument("--limit", type=int, default=10)
    options = parser.parse_args()
    try:
        asyncio.run(main(options.server, options.preset, options.limit))
    except TechnicError as error:
        sys.exit(f"{error.detail}\n{error.advice}")
    except KeyboardInterrupt:
        sys.exit("Cancelled.")
