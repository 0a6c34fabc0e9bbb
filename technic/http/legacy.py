"""`GET /scan`: the call that today's oldest clients make. It waits, and takes its request from the query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web

from technic.engine.outcome import ScanOutcome
from technic.errors import Failure, InvalidRequest
from technic.http.answers import large_json_response
from technic.http.bodies.problem import FailureBody
from technic.http.inputs import flag, given_twice
from technic.http.keys import ENGINE
from technic.http.payloads import legacy_body
from technic.http.problems import problem_body, problem_response
from technic.http.waiting import run_to_end
from technic.scanner.faults import ALIKE_MOST
from technic.scanner.fields import nearest
from technic.scanner.request import parse_request

Reader = Callable[[str], Any]


def _whole(text: str) -> Any:
    return int(text)


def _names(text: str) -> Any:
    return [name for name in text.split(",") if name.strip()]


READERS: Mapping[str, Reader] = {
    **dict.fromkeys(("max_symbols", "limit", "lookback_bars", "priority"), _whole),
    **dict.fromkeys(("min_tech_rating", "account_size", "risk_pct", "target_rr", "deadline_seconds"), float),
    **dict.fromkeys(("descending", "allow_shorts", "fresh"), flag),
    **dict.fromkeys(("symbols", "sectors", "industries", "tags"), _names),
    **dict.fromkeys(("preset", "sort_by", "as_of"), str),
    "filters": orjson.loads,
}
"""How each parameter's text becomes the JSON value that a ScanRequest takes."""


async def scan(request: web.Request) -> web.Response:
    """GET /scan: 200 with the rows; a failed scan is a problem (data 502, time 504, else 500)."""
    if faults := given_twice(request, READERS):
        raise InvalidRequest(faults)
    fields, warnings = read_parameters(request.query)
    engine = request.app[ENGINE]
    asked = parse_request(fields, today=engine.clock.now().date(), presets=engine.presets)
    outcome = await run_to_end(request, asked)
    if outcome.snapshot.error is not None:
        return problem_response(request, _failed(outcome, outcome.snapshot.error))
    return await large_json_response(lambda: legacy_body(outcome.snapshot, outcome.result, warnings))


def _failed(outcome: ScanOutcome, error: Failure) -> FailureBody:
    status = {"data_error": 502, "timeout_error": 504}.get(error.error_type, 500)
    body = problem_body(error, status=status)
    body["metadata"]["scan_id"] = outcome.snapshot.scan_id
    return body


def read_parameters(query: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The fields that a query names, and a warning for each parameter that is not known.

    A text that cannot be read is handed on as it is: the request's own checks name the fault.
    """
    fields: dict[str, Any] = {}
    ignored: list[str] = []
    for name, text in query.items():
        if name not in READERS:
            ignored.append(name)
        elif text not in {"", "null"}:
            fields[name] = _value(READERS[name], text)
    return fields, list(_warnings(ignored))


def _value(reader: Reader, text: str) -> Any:
    try:
        return reader(text)
    except (ValueError, KeyError):
        return text


def _warnings(ignored: Sequence[str]) -> Iterator[str]:
    """A warning for each parameter that is not taken; of very many for the first."""
    yield from map(_warning, ignored[:ALIKE_MOST])
    if len(ignored) > ALIKE_MOST:
        yield f"{len(ignored) - ALIKE_MOST} more parameters are not known and were ignored."


def _warning(name: str) -> str:
    if name == "async_mode":
        return "The parameter 'async_mode' is ignored: this call always waits."
    near = nearest(name, READERS)
    hint = f" Did you mean {near!r}?" if near else ""
    return f"The parameter {name[:60]!r} is not known and was ignored.{hint}"
