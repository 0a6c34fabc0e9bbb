"""`GET /scan/history` and `GET /scan/stats`: scans that have ended, and figures over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from aiohttp import hdrs, web
from pydantic import BeforeValidator, Field, WithJsonSchema

from technic.engine.scan.events import Status
from technic.engine.stores.history import HistoryQuery, StatisticsQuery
from technic.errors import Fault
from technic.http.answers import large_json_response
from technic.http.inputs import Query
from technic.http.keys import ENGINE
from technic.http.past import history_body, statistics_body
from technic.http.refusals import InvalidQuery
from technic.http.times import Moment
from technic.scanner.request_faults import Refused

PAGE_MOST = 500
_YEAR_SECONDS = 31_536_000
_ENDED = {status.value: status for status in Status if status.ended}


def _statuses(text: Any) -> tuple[Status, ...]:
    """`completed,failed` as the statuses that it names."""
    named = [name.strip().casefold() for name in str(text).split(",") if name.strip()]
    unknown = next((name for name in named if name not in _ENDED), None)
    if unknown is not None:
        raise Refused(
            f"{unknown[:40]!r} is no way to end; a list of completed, failed and cancelled is meant. "
            "GET /scan/active has the scans that go on."
        )
    return tuple(_ENDED[name] for name in dict.fromkeys(named))


_STATUSES = {"type": "array", "items": {"type": "string", "enum": list(_ENDED)}}


class Period(Query):
    """A stretch of time in which scans ended.

    Attributes:
        since: They ended at this moment or later; a day is its beginning, in UTC.
        until: They ended before this moment.
    """

    since: Moment | None = Field(None, examples=["2026-11-02T21:00:00Z"])
    until: Moment | None = Field(None, examples=["2026-11-20"])

    @classmethod
    def read(cls, request: web.Request) -> Self:
        """As every query; one that ends before it begins is refused."""
        period = super().read(request)
        if period.since is not None and period.until is not None and period.until <= period.since:
            raise InvalidQuery((Fault("/until", "must be later than since."),))
        return period


class HistoryParameters(Period):
    """Which ended scans, and which page of them.

    Attributes:
        status: How they ended, one or several; all where none is named.
        tag: One of their tags.
        scan_id: How their ids begin.
        preset: What they were asked for by.
        text: What stands somewhere in what they were asked for.
        offset: How many of the newest to pass over.
        limit: How many at most.
    """

    LISTS: ClassVar[frozenset[str]] = frozenset({"status"})

    status: Annotated[tuple[Status, ...], BeforeValidator(_statuses), WithJsonSchema(_STATUSES)] = Field(
        (), examples=[["completed", "cancelled"]]
    )
    tag: str | None = Field(None, examples=["desk"])
    scan_id: str | None = Field(None, max_length=64, examples=["f90d"])
    preset: str | None = Field(None, max_length=64, examples=["oversold"])
    text: str | None = Field(None, max_length=200, examples=["Energy"])
    offset: int = Field(0, ge=0, le=2**31, examples=[50])
    limit: int = Field(50, ge=1, le=PAGE_MOST, examples=[100])


class StatisticsParameters(Period):
    """Over which ended scans, and how fine.

    Attributes:
        bucket_seconds: How long one step of the throughput is.
    """

    bucket_seconds: int = Field(3600, ge=1, le=_YEAR_SECONDS, examples=[86_400])


async def history(request: web.Request) -> web.Response:
    """GET /scan/history: ended scans, newest end first, a page of them; `next` leads to the following one."""
    asked = HistoryParameters.read(request)
    page = await request.app[ENGINE].history(
        HistoryQuery(
            statuses=asked.status,
            tag=asked.tag,
            scan_id=asked.scan_id,
            preset=asked.preset,
            text=asked.text,
            since=asked.since,
            until=asked.until,
            offset=asked.offset,
            limit=asked.limit,
        )
    )
    following = asked.offset + len(page.entries)
    more = len(page.entries) > 0 and following < page.total
    next_url = str(request.rel_url.update_query(offset=following)) if more else None
    place = {"total": page.total, "offset": asked.offset, "limit": asked.limit, "next": next_url}
    headers = {} if next_url is None else {str(hdrs.LINK): f'<{next_url}>; rel="next"'}
    return await large_json_response(lambda: place | history_body(page), headers=headers)


async def statistics(request: web.Request) -> web.Response:
    """GET /scan/stats: figures over ended scans."""
    asked = StatisticsParameters.read(request)
    figures = await request.app[ENGINE].statistics(
        StatisticsQuery(since=asked.since, until=asked.until, bucket_seconds=asked.bucket_seconds)
    )
    over: Mapping[str, Any] = asked.model_dump()
    return await large_json_response(lambda: statistics_body(figures, over))
