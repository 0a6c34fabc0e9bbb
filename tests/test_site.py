"""The pages as a site: built without a warning, every link leads somewhere, nothing comes from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.support.site import ROOT, Document, documents, loaded_by_styles

DOCS = ROOT / "docs"
PAGES = [path.relative_to(DOCS).with_suffix("") for path in sorted(DOCS.rglob("*.md"))]


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Document]:
    return documents(site)


def test_every_page_is_on_the_site_and_in_its_navigation(site, pages):
    front = pages[site / "index.html"]
    for page in PAGES:
        assert site / f"{page}.html" in pages
        assert page.name == "index" or f"{page}.html" in front.links, f"{page}.md: list it in docs/index.md"


def test_every_link_within_the_site_leads_somewhere(pages):
    for path, page in pages.items():
        for link in page.links:
            if ":" not in link:
                name, _, anchor = unquote(link).partition("#")
                target = (path.parent / name).resolve() if name else path
                assert target.is_file(), f"{path.name} links to {link}, which is not there"
                known = not anchor or target not in pages or anchor in pages[target].ids
                assert known, f"{path.name} links to {link}: there is no such place"


def test_it_loads_nothing_from_elsewhere(site, pages):
    loads = {load for page in pages.values() for load in page.loads} | set(loaded_by_styles(site))
    assert len(loads) > 10
    assert [load for load in loads if re.match(r"(?!data:)[a-z]+:|//", load)] == []


def test_everything_that_it_loads_is_there(pages):
    for path, page in pages.items():
        for load in page.loads:
            assert (path.parent / load.partition("?")[0]).exists(), f"{path.name} loads {load}"


def test_diagrams_are_pictures_that_no_browser_has_to_draw(site):
    text = (site / "state-machine.html").read_text(encoding="utf-8")
    (figure,) = re.findall(r'<figure class="diagram".*?</figure>', text, re.DOTALL)
    assert "stateDiagram-v2" not in text
    assert figure.count("<svg") == 1
    for phase in ("queued", "working", "parked", "cancelled"):
        assert phase in figure
