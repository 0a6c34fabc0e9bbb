"""Cutting a connection whose reader does not read, with a last word for one that reads again in time."""

from __future__ import annotations

import asyncio

PARTING_SECONDS = 0.5
"""How long the last words, and what waits before them, may take to get through."""


def part(transport: asyncio.Transport | None, last_words: bytes) -> None:
    """Close a connection behind these bytes, and cut it where they do not get through.

    To be called when a send was given up: aiohttp can send nothing more on the connection then, but what it
    has handed to the transport is whole, and something can be put behind it. Nobody waits for it here.
    """
    if transport is None or transport.is_closing():
        return
    transport.write(last_words)
    transport.close()
    asyncio.get_running_loop().call_later(PARTING_SECONDS, transport.abort)
