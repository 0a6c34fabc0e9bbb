"""The page of a report: what it tells, and that nothing from outside is anything but text."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from technic.cli.reporting.figures import candles, charted, distribution, trade_plans
from technic.cli.reporting.gathering import Findings
from technic.cli.reporting.markup import Markup, data_script, element, raw_script
from technic.cli.reporting.page import page
from technic.errors import UnknownSymbol
from technic.scanner.fields import NAMES

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&\udcff"
BARS = [
    {"date": f"2026-01-{day:02}", "open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "volume": None}
    for day in range(1, 20)
]


def row(symbol, rating=12.0, **other):
    known = {
        "tech_rating": rating,
        "entry": 10.0,
        "stop": 9.0,
        "target": 12.0,
        "perf_3m": 1.0,
        "warnings": [],
    }
    return dict.fromkeys(NAMES) | {"symbol": symbol, "as_of": "2026-01-19", **known, **other}


def findings(*rows, request=None, warnings=(), failures=(), charts=(), **health):
    results = SimpleNamespace(
        rows=rows, total=len(rows), warnings=warnings, failures=failures, error=None, complete=True,
        performance_metrics={"symbols_scanned": 3, "stage_timings": {"finalization": 0.5}},
        elapsed_seconds=1.25,
    )  # fmt: skip
    snapshot = SimpleNamespace(
        scan_id="f90d09e5c05c43a1", status="completed", completed_at=None, started_at=None, matches=len(rows)
    )
    reports = {symbol: {"bars": BARS} for symbol in charts}
    return Findings(request or {}, snapshot, results, reports, health, "e1", "http://127.0.0.1:1")


class Read(HTMLParser):
    """The tags and the text of a page as a browser has them."""

    def __init__(self, content):
        super().__init__()
        self.tags, self.text, self.data, self._in = [], "", {}, ""
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in = dict(attrs).get("id", "") if tag == "script" else ""

    def handle_data(self, data):
        if self._in:
            self.data[self._in] = self.data.get(self._in, "") + data
        else:
            self.text += data


def hostile():
    request = {"preset": HOSTILE, "sectors": [HOSTILE], "filters": [{"field": HOSTILE, "op": HOSTILE}]}
    failure = UnknownSymbol(HOSTILE, affected_symbols=(HOSTILE,), suggestion=HOSTILE)
    bad = row(HOSTILE, name=HOSTILE, sector=HOSTILE, industry=HOSTILE, signal=HOSTILE, warnings=[HOSTILE])
    told = findings(
        bad, request=request, warnings=(HOSTILE,), failures=(failure,), charts=(HOSTILE,),
        source=HOSTILE, version=HOSTILE, store=HOSTILE,
    )  # fmt: skip
    return replace(told, epoch=HOSTILE, url=HOSTILE)


def test_whatever_comes_from_outside_is_text():
    read = Read(page(hostile(), 100))
    tags = [tag for tag, _ in read.tags]
    assert tags.count("script") == 3
    assert not {"img", "a", "iframe", "object", "link", "base", "form"} & set(tags)
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]
    assert read.text.count("<img src=x onerror=alert(1)>") >= 12


def test_no_text_of_a_plot_holds_a_tag():
    plots = json.loads(Read(page(hostile(), 100)).data["figures"])
    texts = re.findall(r"<[^>]*>", json.dumps(plots))
    assert set(texts) <= {"<extra>", "</extra>", "<br>"}
    assert charted("<b>&amp;") == "&lt;b&gt;&amp;amp;"


def test_the_policy_lets_the_three_scripts_run_and_nothing_be_asked_for():
    content = page(findings(row("A")), 100).decode()
    (policy,) = [
        dict(attributes)["content"]
        for tag, attributes in Read(content.encode()).tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert not re.search(r"https?:|unsafe-(inline|eval)'[^;]*;? *script|\*", policy)
    scripts = re.findall(r"<script>(.*?)</script>", content, re.DOTALL)
    hashes = {f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts}
    assert len(hashes) == 2
    assert hashes == set(re.search(r"script-src ([^;]*)", policy)[1].split())


def test_a_scan_without_rows_is_a_page_too():
    read = Read(page(findings(warnings=("No symbol passed the filters.",)), 100))
    assert "No symbol passed." in read.text
    assert "No symbol passed the filters." in read.text
    assert json.loads(read.data["figures"]) == {}


def test_only_so_many_rows_stand_in_the_table_and_it_says_so():
    content = page(findings(*(row(f"S{n}") for n in range(30))), 10).decode()
    assert content.count('scope="row"') == 10
    assert "The first 10 of 30 rows." in content


def test_every_rating_is_counted_once_also_at_the_ends():
    figure = distribution([row("A", -100.0), row("B", 100.0), row("C", -0.1), row("D", None), row("E", 0.0)])
    counts = dict(zip(figure["data"][0]["x"], figure["data"][0]["y"], strict=True))
    assert {x: n for x, n in counts.items() if n} == {-95: 1, 95: 1, -5: 1, 5: 1}


def test_a_row_without_a_plan_is_not_among_the_plans_and_draws_no_line():
    figure = trade_plans([row("A"), row("B", entry=None), row("C", stop=None)])
    assert figure["data"][0]["y"] == ["A"]
    assert [round(bar["x"][0]) for bar in figure["data"]] == [-10, 20]
    assert candles({"bars": BARS}, row("B", entry=None, stop=None, target=None))["layout"]["shapes"] == []


def test_markup_escapes_all_but_markup():
    assert element("p", "<b>", Markup("<b>"), None, title='"', class_="x", hidden=None) == (
        '<p title="&quot;" class="x">&lt;b&gt;<b></p>'
    )
    assert "<" not in data_script("d", {"a": "</script><!--"}).removeprefix("<script").removesuffix(
        "</script>"
    )


@pytest.mark.parametrize("code", ["</SCRIPT>", "<!--"])
def test_a_script_that_would_end_early_is_refused(code):
    with pytest.raises(ValueError, match="ends a script"):
        raw_script(code)
