"""Makes the site's navigation of the links that pages hold anyway.

Each list under a heading of index.md becomes a part of the side bar, named by its heading; the links of the
table of decisions become the pages below it. So there is one table of contents, and it is plain Markdown.
Markdown outside docs/ (the benchmarks' results) is no page of the site: links to it become downloads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from sphinx.application import Sphinx

_FRONT, _DECISIONS = "index", "adr/README"
_SECTION = re.compile(r"^## (.+)\n((?:(?!## ).*\n?)*)", re.MULTILINE)
_ENTRY = re.compile(r"^(?:- |\| )\[[^\]]+\]\(([^)#:]+)\.md\)", re.MULTILINE)
_UPWARD = re.compile(r"\[([^\]]*)\]\(((?:\.\./)+[^)#:]+\.md)\)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", _add_navigation)
    return {"parallel_read_safe": True}


def _add_navigation(app: Sphinx, page: str, source: list[str]) -> None:
    folder = Path(app.srcdir, page).parent
    source[0] = _UPWARD.sub(lambda link: _download(link, folder, Path(app.srcdir)), source[0])
    if page == _FRONT:
        source[0] += "".join(_parts(source[0]))
    elif page == _DECISIONS:
        source[0] += _tree(_ENTRY.findall(source[0]))


def _download(link: re.Match[str], folder: Path, docs: Path) -> str:
    """A link as it is, or where it leaves the pages of the site as one to a file."""
    inside = (folder / link[2]).resolve().is_relative_to(docs.resolve())
    return link[0] if inside else f"{{download}}`{link[1]} <{link[2]}>`"


def _parts(text: str) -> Iterator[str]:
    """A tree for each section that lists pages."""
    for title, body in _SECTION.findall(text):
        if pages := _ENTRY.findall(body):
            yield _tree(pages, f":caption: {title}\n")


def _tree(pages: Iterable[str], options: str = "") -> str:
    names = "\n".join(str(PurePosixPath(page)) for page in pages)
    return f"\n```{{toctree}}\n:hidden:\n{options}\n{names}\n```\n"
