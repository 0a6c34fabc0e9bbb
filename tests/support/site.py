"""The pages of docs/ as the site that `make docs` builds, and what its HTML asks of a browser."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "link": "href"}
"""What a browser fetches without being asked, and by which attribute."""


def build_site(folder: Path) -> Path:
    """Build the site into a folder. Raises AssertionError with every warning."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "build", "--fresh-env", "--quiet", "--nitpicky"),
            *("--conf-dir", "docs/site", "--doctree-dir", str(folder / "doctrees")),
            *("docs", str(folder / "site")),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "site"


@dataclass
class Document(HTMLParser):
    """One page of the site: what can be linked to in it, where it links to, what it loads."""

    path: Path
    ids: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    loads: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value for name, value in attrs if value}
        if "id" in said:
            self.ids.add(said["id"])
        if tag == "a" and "href" in said:
            self.links.add(said["href"])
        if tag in _LOADS and said.get(_LOADS[tag], "#") != "#":
            self.loads.add(said[_LOADS[tag]])


def documents(site: Path) -> dict[Path, Document]:
    """Every page by its path."""
    return {path: Document(path) for path in sorted(site.rglob("*.html")) if "_downloads" not in path.parts}


def loaded_by_styles(site: Path) -> Iterator[str]:
    """What its style sheets and the styles within its pages load."""
    for path in [*site.rglob("*.css"), *site.rglob("*.html")]:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        yield from re.findall(r"""url\(\s*["']?([^"')]+)""", text)
        yield from re.findall(r"""@import\s+["']([^"']+)""", text)
