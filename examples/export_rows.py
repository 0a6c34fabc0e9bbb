"""Write the rows of a scan into a file, as they come.

Start a server with `make serve`, then: `.venv/bin/python examples/export_rows.py rows.parquet`. The form is
that of the name: .parquet, .csv or .json. Without `--scan` a scan of everything is run first. Memory does not
grow with the rows.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from technic.client import TechnicClient
from technic.errors import TechnicError


async def main(server: str, scan_id: str | None, path: Path) -> None:
    """The rows of one scan, in a file that is whole or not there."""
    partial = path.with_name(path.name + ".part")
    async with TechnicClient(server) as client:
        scan_id = scan_id or await scanned(client)
        try:
            with partial.open("wb") as file:
                await client.export(scan_id, file, form=path.suffix.removeprefix("."))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    print(path)


async def scanned(client: TechnicClient) -> str:
    """Run a scan of everything; its id."""
    scan_id = (await client.start()).scan_id
    async for _ in client.watch(scan_id):
        pass
    return scan_id


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--server", default="http://127.0.0.1:8000")
    parser.add_argument("--scan", help="the id of a scan that has ended")
    options = parser.parse_args()
    if options.path.suffix not in {".parquet", ".csv", ".json"}:
        parser.error("the file's name has to end in .parquet, .csv or .json")
    try:
        asyncio.run(main(options.server, options.scan, options.path))
    except TechnicError as error:
        sys.exit(f"{error.detail}\n{error.advice}")
