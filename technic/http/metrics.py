"""GET /metrics: what the service tells of itself, for Prometheus.

The engine is asked when somebody comes. Nothing is kept in the library's global registry, so two applications
in one process do not count together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry
from prometheus_client.core import InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from technic import __version__
from technic.http.figures import families
from technic.http.keys import CHANNELS, ENGINE, GUESTS
from technic.http.measuring import ANSWER_TIMES, VITALS


class _Told(Collector):
    """What the service says in one moment, as a registry asks for it."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told

    def collect(self) -> Iterator[Metric]:
        """The version, and every figure."""
        build = {"version": __version__, "source": self._told["source"], "store": self._told["store"]}
        yield InfoMetricFamily("technic_build", "What serves.", value=build)
        yield from families(self._told)


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: the text form of Prometheus, or OpenMetrics for a client that asks for it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(await told_by(request.app)))
    registry.register(request.app[ANSWER_TIMES])
    encode, content_type = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
    return web.Response(body=encode(registry), headers={hdrs.CONTENT_TYPE: content_type})


async def told_by(app: web.Application) -> dict[str, Any]:
    """The engine's health, and beside it what the application and its process have to say."""
    health, vitals, guests = app[ENGINE].health(), app[VITALS], app[GUESTS]
    return health | {
        "process": asdict(vitals.read()),
        "started_at": vitals.started_at,
        "streams": len(guests),
        "delivered": asdict(app[CHANNELS].deliveries),
        "draining": guests.closing,
        "in_trouble": bool(health["storage"]["trouble"]),
        "without_owner": await app[ENGINE].without_owner(),
    }
