"""Large bodies are read beside the event loop, and are answered shortly whatever is wrong with them."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from technic.http import starting
from technic.http.legacy import read_parameters
from technic.scanner.request import parse_request
from tests.http.conftest import Served

SYMBOLS = [f"SIM{k:05}" for k in range(20_000)]


@pytest.mark.parametrize(("symbols", "beside"), [(SYMBOLS[:100], False), (SYMBOLS, True)])
async def test_a_large_body_is_read_beside_the_event_loop(
    served: Served, monkeypatch: pytest.MonkeyPatch, symbols: list[str], *, beside: bool
) -> None:
    threads = []

    def parse(body: dict[str, Any], **options: Any) -> Any:
        threads.append(threading.current_thread() is not threading.main_thread())
        return parse_request(body, **options)

    monkeypatch.setattr(starting, "parse_request", parse)
    status, _ = await served.json("POST", "/scan/start", json={"symbols": symbols})
    assert (status, threads) == (202, [beside])


@pytest.mark.parametrize(
    "body",
    [{f"f{k}": 0 for k in range(20_000)}, {"symbols": [1] * 80_000}, {"max_symbol": 1, "x" * 200_000: 1}],
)
async def test_a_large_body_of_faults_has_a_short_answer(served: Served, body: dict[str, Any]) -> None:
    async with served.client.post("/scan/start", json=body) as response:
        assert response.status == 422
        assert len(await response.read()) < 20_000


def test_the_legacy_call_warns_of_the_first_of_many_parameters_that_it_does_not_know() -> None:
    _, warnings = read_parameters({f"max_symbo{k}": "1" for k in range(600)})
    assert len(warnings) == 21
    assert warnings[20] == "580 more parameters are not known and were ignored."
