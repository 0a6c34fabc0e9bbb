"""Servers that a module shares: one quick market, and one whose bars take their time; the pages as a site."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.support.own_source import install_example
from tests.support.server import ServerProcess, serving
from tests.support.site import build_site

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a script: children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

SLOW_SYMBOLS = 65
"""A group of 64 that takes half a minute to arrive, and SIM0065, which is there at once."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--pictures`: the pictures that tests take of the dashboard go into docs/img (`make pictures`)."""
    parser.addoption("--pictures", action="store_true", help="keep the dashboard's pictures in docs/img")


@pytest.fixture(scope="module")
def quick_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A whole server with a market of 300 symbols and real workers."""
    folder = tmp_path_factory.mktemp("quick")
    with serving(
        folder, sources__simulated__symbols=300, sources__simulated__years=2, engine__unit_symbols=64
    ) as server:
        yield server


@pytest.fixture(scope="module")
def slow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A whole server where a scan of everything goes on until the test ends it; SIM0065 alone is quick."""
    folder = tmp_path_factory.mktemp("slow")
    with serving(
        folder,
        sources__simulated__symbols=SLOW_SYMBOLS,
        sources__simulated__years=1,
        sources__simulated__latency_seconds=0.5,
        engine__unit_symbols=64,
        engine__drain_grace_seconds=1,
    ) as server:
        yield server


@pytest.fixture
async def quick(quick_server: ServerProcess) -> AsyncIterator[ClientSession]:
    """A client of the quick server."""
    async with ClientSession(quick_server.url) as client:
        yield client


@pytest.fixture
async def slow(slow_server: ServerProcess) -> AsyncIterator[ClientSession]:
    """A client of the slow server."""
    async with ClientSession(slow_server.url) as client:
        yield client


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of docs/, built as a site; once for all."""
    return build_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def own_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package of examples/own_source is installed; on nobody's path but who puts it there."""
    return install_example(tmp_path_factory.mktemp("own_source"))
