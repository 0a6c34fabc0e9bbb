"""An engine whose course is one sequence of loop turns: what runs in threads elsewhere runs in turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from technic.engine.mailbox import Mailbox
from technic.engine.scan.machine import ScanMachine
from technic.engine.scan.messages import Message, ResultAbsorbed

MOST_TURNS = 8


async def turns(count: int) -> None:
    """Let so many turns of the loop pass."""
    for _ in range(count):
        await asyncio.sleep(0)


def turning_offload(chance: Random) -> Callable[[str], Any]:
    """A class like `Offload`, without a thread: a call takes some turns of the loop, drawn by chance."""

    class TurningOffload:
        def __init__(self, _name: str) -> None:
            pass

        async def __call__(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            await turns(chance.randrange(MOST_TURNS))
            return function(*args, **kwargs)

        def close(self) -> None:
            pass

    return TurningOffload


class PostRoom:
    """Sees what is posted to the mailboxes and what the machines take in.

    Attributes:
        posted: Every message, in the order of its posting.
        heeded: How many of them a machine took in that was not at its end.
    """

    def __init__(self, monkeypatch) -> None:
        self.posted: list[Message] = []
        self.heeded = 0
        post, handle = Mailbox.post, ScanMachine.handle

        def seen_post(mailbox: Mailbox, message: Message) -> None:
            self.posted.append(message)
            post(mailbox, message)

        def seen_handle(machine: ScanMachine, message: Message, now: Any) -> Any:
            self.heeded += not (
                machine.phase.over or isinstance(message, ResultAbsorbed)
            )  # that one is not posted
            return handle(machine, message, now)

        monkeypatch.setattr(Mailbox, "post", seen_post)
        monkeypatch.setattr(ScanMachine, "handle", seen_handle)
