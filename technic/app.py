"""The composition root: settings -> engine -> web app. The one place that knows every wing."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import structlog
from aiohttp import web

from technic import __version__
from technic.allocator import hold_little, trim
from technic.config.settings import ServerSettings, Settings
from technic.engine.engine import Engine
from technic.engine.parts import Parts
from technic.errors import Unusable
from technic.http.app import create_app, send_streams_away
from technic.http.descriptors import room_for
from technic.http.keys import GUESTS
from technic.http.runner import Runner

_log = structlog.get_logger(__name__)
_HARD_STOP = 1
_LAST_SECONDS = 2.0
"""How much longer than its scans' grace a server may take to end."""
_ANSWER_SECONDS = 0.25  # what is still being answered or read may take so long twice
_THREAD_SECONDS = 1.0
_ANSWER_THREADS = 4  # large answers are rendered in these
_SWITCH_SECONDS = 0.0005
_GARBAGE_THRESHOLDS = (20_000, 5, 5)


def open_engine(settings: Settings, parts: Parts | None = None) -> Engine:
    """An engine of these settings, to be entered with `async with`."""
    return Engine(settings, parts)


def serve(settings: Settings, parts: Parts | None = None) -> None:
    """Serve until SIGINT or SIGTERM; a second signal stops at once.

    Args:
        settings: All of them.
        parts: Other parts of the engine than the settings' own.

    Raises:
        Unusable: The data folder or the port cannot be had.
        TechnicError: The source or the workers cannot be started.
    """
    with (
        owned(settings.data_dir),
        _last_resort(settings.engine.drain_grace_seconds + _LAST_SECONDS) as last_resort,
        asyncio.Runner(loop_factory=_loop_factory()) as runner,
    ):
        runner.run(_serve(settings, parts, last_resort))
        _leave_stuck_threads()


@contextmanager
def owned(data_dir: Path) -> Iterator[None]:
    """Own a data folder as its one server, for the length of the block.

    Raises:
        Unusable: It cannot be written, or another server owns it.
    """
    with ExitStack() as locks:
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            lock = os.open(data_dir / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            locks.callback(os.close, lock)
            folder = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            locks.callback(os.close, folder)
            _lock(lock, data_dir)
        except OSError as error:
            raise Unusable(
                f"the data folder {data_dir} cannot be written: {error.strerror}",
                suggestion="Name another one with --data-dir or TECHNIC_DATA_DIR, or change its permissions.",
            ) from error
        with suppress(OSError):  # not every disk can lock a folder
            _lock(folder, data_dir)  # which outlives the deletion of a file in it
        yield


def _lock(descriptor: int, data_dir: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Unusable(
            f"another technic server uses the data folder {data_dir}",
            suggestion="Stop that one, or give this one a folder of its own with --data-dir.",
        ) from error


def favour_the_loop() -> None:
    """Tune this process for its event loop: its threads give way soon, and garbage is looked for seldom.

    With Python's own 5 ms a thread that filters rows would hold the loop for as long each time. What was
    imported lives for ever, so the collector need not look at it again and again. But each WebSocket that
    has ended refers to itself (aiohttp keeps the exception that ended it): all is looked through once in
    half a million objects, or such garbage comes to gigabytes in an hour of load.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


@contextmanager
def _last_resort(seconds: float) -> Iterator[threading.Timer]:
    """Ends this process so long after it is started, if it is still within the block.

    Whatever hangs then: a disk, a thread, an event loop that does not turn. What was kept is kept.
    """

    def end() -> None:
        _log.error("the server did not end in time and is cut off", seconds=seconds)
        os._exit(_HARD_STOP)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    try:
        yield timer
    finally:
        timer.cancel()


def _leave_stuck_threads() -> None:
    """End this process where a thread hangs on a disk that does not answer; Python would wait for ever."""
    mine = threading.current_thread()
    threads = [thread for thread in threading.enumerate() if thread is not mine and not thread.daemon]
    for thread in threads:
        thread.join(_THREAD_SECONDS)
    stuck = [thread.name for thread in threads if thread.is_alive()]
    if stuck:
        _log.warning("threads did not end and are left", threads=stuck)
        os._exit(0)


async def _serve(settings: Settings, parts: Parts | None, last_resort: threading.Timer) -> None:
    stop = _stop_signal()
    answers = ThreadPoolExecutor(_ANSWER_THREADS, thread_name_prefix="technic-answers")
    asyncio.get_running_loop().set_default_executor(answers)
    favour_the_loop()
    hold_little()
    trimming = asyncio.create_task(trim())
    async with open_engine(settings, parts) as engine:
        await engine.view()  # a source that cannot be used is told now, not at the first scan
        app = create_app(engine, settings.server, settings.streams)
        runner = Runner(
            app,
            max_connections=_room(settings),
            access_log=None,  # the app writes its own, structured
            keepalive_timeout=settings.server.keepalive_seconds,
            shutdown_timeout=_ANSWER_SECONDS,
        )
        await runner.setup()
        try:
            port = await _listen(runner, settings.server)
            print(_greeting(settings, port), file=sys.stderr, flush=True)  # noqa: T201 - the one line for people
            await stop.wait()
            last_resort.start()
            await _drain(engine, app)
        finally:
            trimming.cancel()
            await runner.cleanup()
            answers.shutdown(wait=False, cancel_futures=True)


def _room(settings: Settings) -> int:
    """How many connections have room; tells where that is less than there may be streams."""
    room = room_for(settings.server.max_connections)
    if room <= settings.streams.max_streams:
        _log.warning(
            "there is room for fewer connections than streams.max_streams allows",
            connections=room,
            max_streams=settings.streams.max_streams,
            suggestion="Raise LimitNOFILE (ulimit -n) and server.max_connections, or lower max_streams.",
        )
    return room


async def _drain(engine: Engine, app: web.Application) -> None:
    """Send streams away and let scans end, as far as their grace goes; all else is served meanwhile."""
    _log.info("stopping", guests=len(app[GUESTS]))
    drained, _ = await asyncio.gather(engine.drain(), send_streams_away(app))
    left = await engine.active()
    _log.info("drained", ended=drained.ended, left_for_the_next_start=len(left))


async def _listen(runner: web.AppRunner, server: ServerSettings) -> int:
    """Listen; the port, which matters where 0 was asked for."""
    site = web.TCPSite(runner, server.host, server.port, backlog=server.backlog, reuse_address=True)
    try:
        await site.start()
    except OSError as error:
        where = f"{server.host}:{server.port}"
        if error.errno == errno.EADDRINUSE:
            raise Unusable(
                f"{where} is in use by another program",
                suggestion="Stop that program, or choose another port with --port (0 takes a free one).",
            ) from error
        raise Unusable(
            f"cannot listen on {where}: {error.strerror}",
            suggestion="Choose an address of this machine with --host and a port above 1023 with --port.",
        ) from error
    port: int = runner.addresses[0][1]
    return port


def _greeting(settings: Settings, port: int) -> str:
    host = f"[{settings.server.host}]" if ":" in settings.server.host else settings.server.host
    return (
        f"technic {__version__} listens on http://{host}:{port} "
        f"(source {settings.source}, store {settings.store.kind}, {settings.engine.workers} workers, "
        f"data in {settings.data_dir})"
    )


def _stop_signal() -> asyncio.Event:
    """Set by the first SIGINT or SIGTERM; the second ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def received() -> None:
        if stop.is_set():
            os._exit(_HARD_STOP)
        stop.set()

    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, received)
    return stop


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """Uvloop's loop where there is one."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - not on Windows

    loop: type[asyncio.AbstractEventLoop] = uvloop.Loop
    return loop
