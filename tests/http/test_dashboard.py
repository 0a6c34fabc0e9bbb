"""How the dashboard's files are served: whole, compressed, asked for again, and nothing beside them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from yarl import URL

from technic.http.dashboard import STATIC
from tests.http.conftest import Served

FILES = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file())
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PLOTLY = "vendor/plotly.min.js"


async def test_the_page_is_at_the_root_with_a_policy_that_lets_nothing_inline_in(served: Served) -> None:
    async with served.client.get("/") as response:
        text = await response.text()
    assert text == (STATIC / "index.html").read_text(encoding="utf-8")
    headers = response.headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert (headers["Cache-Control"], headers["Vary"]) == ("no-cache", "Accept-Encoding")


@pytest.mark.parametrize("name", FILES)
async def test_every_file_goes_out_as_it_is_under_its_type(served: Served, name: str) -> None:
    async with served.client.get(f"/static/{name}") as response:
        assert response.status == 200
        assert response.content_type == TYPES[Path(name).suffix]
        assert await response.read() == (STATIC / name).read_bytes()


async def test_plotly_is_that_of_its_package(served: Served) -> None:
    package = importlib.util.find_spec("plotly").submodule_search_locations[0]
    async with served.client.get(f"/static/{PLOTLY}") as response:
        assert response.content_type == "text/javascript"
        assert await response.read() == (Path(package) / "package_data" / "plotly.min.js").read_bytes()


async def test_a_file_is_compressed_for_who_takes_it_and_has_another_tag_then(served: Served) -> None:
    path, tags = f"/static/{PLOTLY}", []
    for accepted in ("gzip, br", "br;q=1, gzip;q=0.8", "identity", "gzip;q=0", "br, gzip; q=0.0", ""):
        async with served.client.get(path, headers={"Accept-Encoding": accepted}) as response:
            assert ("Content-Encoding" in response.headers) is (len(tags) < 2)
            tags.append(response.headers["ETag"])
    assert len(set(tags)) == 2
    async with served.client.request("HEAD", path, headers={"Accept-Encoding": "gzip"}) as response:
        assert int(response.headers["Content-Length"]) < 2_000_000


@pytest.mark.parametrize("path", ["/", "/static/js/main.js"])
async def test_who_has_it_already_is_told_so(served: Served, path: str) -> None:
    async with served.client.get(path) as response:
        tag = response.headers["ETag"]
    for held, status in (
        (tag, 304),
        (f'"old", W/{tag}', 304),
        ("*", 304),
        ('"old"', 200),
        (tag[:-2] + '"', 200),
    ):
        async with served.client.get(path, headers={"If-None-Match": held}) as response:
            assert (response.status, response.headers["ETag"]) == (status, tag)
            assert "Content-Security-Policy" in response.headers
            assert bool(await response.read()) is (status == 200)


async def test_head_tells_the_length_and_sends_nothing(served: Served) -> None:
    for path in ("/", "/static/js/main.js"):
        async with served.client.get(path, headers={"Accept-Encoding": "identity"}) as response:
            length = len(await response.read())
        async with served.client.head(path, headers={"Accept-Encoding": "identity"}) as response:
            assert (response.status, int(response.headers["Content-Length"])) == (200, length)
            assert await response.read() == b""


@pytest.mark.parametrize(
    "path",
    [
        "/static/", "/static/js", "/static/js/", "/static/nothing.js", "/static//js/main.js", "/index.html",
        "/static/../dashboard.py", "/static/%2e%2e/dashboard.py", "/static/..%2fdashboard.py",
        "/static/js/%2e%2e/%2e%2e/dashboard.py", "/static/..%5cdashboard.py", "/static//etc/passwd",
        "/static/%2fetc%2fpasswd", "/static/js/main.js%00", "/static/JS/main.js",
    ],
)  # fmt: skip
async def test_no_path_leads_to_anything_else(served: Served, path: str) -> None:
    url = URL(f"http://{served.host}:{served.port}{path}", encoded=True)
    async with served.client.get(url) as response:
        assert (response.status, response.content_type) == (404, "application/problem+json")


async def test_nothing_but_reading_is_allowed(served: Served) -> None:
    for path in ("/", "/static/js/main.js"):
        async with served.client.post(path) as response:
            assert response.status == 405
        async with served.client.options(path) as response:
            assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


async def test_a_name_of_somebody_elses_gets_no_page(served: Served) -> None:
    status, body = await served.json("GET", "/", headers={"Host": "rebound.example"})
    assert (status, body["code"]) == (403, "forbidden")


def test_no_file_holds_script_or_style_in_its_html_or_names_another_host() -> None:
    for name in FILES:
        text = (STATIC / name).read_text(encoding="utf-8")
        assert not re.findall(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)[a-z0-9-]+\.[a-z]{2,}", text), name
        if name.endswith(".html"):
            assert not re.findall(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", text)
        else:
            assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text), (
                name
            )


def test_every_module_that_is_imported_is_there() -> None:
    for name in FILES:
        text = (STATIC / name).read_text(encoding="utf-8")
        for imported in re.findall(r'(?:from |import\()"(\.[^"]+)"', text):
            target = (STATIC / name).parent / imported
            found = target.resolve().relative_to(STATIC.resolve()).as_posix()
            assert found in {*FILES, PLOTLY}, f"{name} imports {imported}"
