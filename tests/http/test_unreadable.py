"""What aiohttp refuses before any route, and clients that leave: told like everything else, and quietly."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

import pytest
from structlog.testing import capture_logs

from technic.http.runner import LINE_BYTES
from tests.http.conftest import Served
from tests.http.scripted_engine import ScriptedEngine
from tests.support.waiting import until


async def raw(served: Served, sent: bytes) -> tuple[int, dict[str, str], dict]:
    """Status, headers and problem of the answer to bytes as they are; the server closes."""
    reader, writer = await asyncio.open_connection(served.host, served.port)
    writer.write(sent.replace(b"HOST", b"Host: localhost"))
    async with asyncio.timeout(10):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(first.split()[1]), headers, json.loads(body)


UNREADABLE = {
    "bytes": b"\0\1\2garbage\r\n\r\n",
    "version": b"GET / HTTP/9.9\r\nHOST\r\n\r\n",
    "long path": b"GET /" + b"a" * (LINE_BYTES + 1) + b" HTTP/1.1\r\nHOST\r\n\r\n",
    "long header": b"GET / HTTP/1.1\r\nHOST\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHOST\r\n" + b"".join(b"X%d: 1\r\n" % k for k in range(500)) + b"\r\n",
    "length": b"POST /scan/start HTTP/1.1\r\nHOST\r\nContent-Length: -1\r\n\r\n{}",
    "two lengths": b"POST /scan/start HTTP/1.1\r\nHOST\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "chunk": b"POST /scan/start HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "encoding": b"POST /scan/start HTTP/1.1\r\nHOST\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
    "tls": bytes.fromhex("16030100c8010000c40303") + bytes(190),
}


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_is_no_http_is_answered_with_a_problem_and_one_plain_line_in_the_log(
    served: Served, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines:
        status, headers, body = await raw(served, sent)
    assert (status, body["status"], body["code"]) == (400, 400, "unreadable_request")
    assert headers["content-type"] == "application/problem+json"
    assert headers["server"] == "technic"
    assert headers["x-request-id"] == lines[0]["request_id"]
    assert "\n" not in body["detail"]
    assert len(json.dumps(body)) < 1000
    assert [(line["event"], line["log_level"]) for line in lines] == [("unreadable request", "info")]
    assert "exc_info" not in lines[0]
    assert not caplog.records


BROKEN = {
    "gzip": b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
    "deflate": b"Content-Encoding: deflate\r\nContent-Length: 5\r\n\r\n\xff\xff\xff\xff\xff",
    "late chunk": b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nZZ\r\n\r\n",
}


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN)
async def test_a_body_that_breaks_is_a_problem_and_no_error_in_the_log(
    served: Served, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines:
        status, headers, body = await raw(served, b"POST /scan/start HTTP/1.1\r\nHOST\r\n" + sent)
    assert (status, body["status"]) == (400, 400)
    assert (headers["content-type"], headers["server"]) == ("application/problem+json", "technic")
    assert {line["log_level"] for line in lines} == {"info"}
    assert not caplog.records


async def test_an_expectation_that_nobody_here_knows_is_a_problem(served: Served) -> None:
    sent = b"POST /scan/start HTTP/1.1\r\nHOST\r\nExpect: foo\r\nConnection: close\r\n\r\n"
    status, headers, body = await raw(served, sent)
    assert (status, body["status"], body["code"]) == (417, 417, "bad_request")
    assert (headers["content-type"], headers["server"]) == ("application/problem+json", "technic")


async def test_an_error_of_a_connection_that_is_not_the_clients_is_told_to_the_client(
    served: Served, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def active() -> None:
        raise ConnectionRefusedError("the store is away")

    monkeypatch.setattr(engine, "active", active)
    with capture_logs() as lines:
        status, body = await served.json("GET", "/scan/active")
    assert (status, body["code"], "the store" in json.dumps(body)) == (500, "internal_error", False)
    assert "error" in {line["log_level"] for line in lines}


async def test_a_client_that_leaves_a_call_that_waits_leaves_no_error_in_the_log(
    served: Served, engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    body = b'{"async_mode":false}'
    with capture_logs() as lines:
        connection = socket.create_connection((served.host, served.port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(
            b"POST /scan/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )
        async with asyncio.timeout(10):
            await engine.submitted.wait()
            connection.close()
            await until(lambda: any(line["event"] == "a client left before its answer" for line in lines))
    assert {line["log_level"] for line in lines} <= {"info", "debug"}
    assert not caplog.records
