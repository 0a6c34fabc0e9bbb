"""What is measured of an application while it serves: how long its answers take, and how its process is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from time import perf_counter
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from prometheus_client import Histogram
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from technic.vitals import Vitals

_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
_UNMATCHED, _OTHER = "unmatched", "other"


class AnswerTimes(Collector):
    """How long answers took, by method, route and status; on the event loop only.

    Whatever clients send, there are no more labels than routes, methods and statuses of ours.
    """

    def __init__(self) -> None:
        self._histogram = Histogram(
            "technic_http_request_seconds",
            "From the first look at a request to its answer, before it is sent; streams are not among them.",
            ("method", "route", "status"),
            registry=None,
            buckets=_BUCKETS_SECONDS,
        )
        self._lines: dict[tuple[str, web.AbstractResource | None, int], Histogram] = {}

    def add(self, request: web.Request, status: int, seconds: float) -> None:
        """An answer; takes a microsecond."""
        resource = request.match_info.route.resource
        key = (request.method if request.method in hdrs.METH_ALL else _OTHER, resource, status)
        line = self._lines.get(key)
        if line is None:
            route = _UNMATCHED if resource is None else resource.canonical
            line = self._lines[key] = self._histogram.labels(key[0], route, str(status))
        line.observe(seconds)

    def collect(self) -> Iterator[Metric]:
        """For a registry; when each line came to be is left out."""
        for metric in self._histogram.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric


VITALS: Final = web.AppKey("vitals", Vitals)
ANSWER_TIMES: Final = web.AppKey("answer_times", AnswerTimes)


def measure(app: web.Application) -> None:
    """Measure an application for as long as it lives; `timed` has to be its first middleware."""
    app[VITALS] = Vitals()
    app[ANSWER_TIMES] = AnswerTimes()
    app.cleanup_ctx.append(_watch_the_loop)


async def _watch_the_loop(app: web.Application) -> AsyncIterator[None]:
    watching = asyncio.create_task(app[VITALS].watch())
    yield
    watching.cancel()
    await asyncio.wait([watching])


@web.middleware
async def timed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Time what is answered in one piece: a stream takes as long as its reader likes."""
    began = perf_counter()
    response = await handler(request)
    if isinstance(response, web.Response):
        request.app[ANSWER_TIMES].add(request, response.status, perf_counter() - began)
    return response
