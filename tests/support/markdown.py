"""Pages in Markdown, as tests look at them: links, headings, blocks of code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4}.*$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_BAR = re.compile(r"(?<!\\)\|")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> Page:
        return cls(path, path.read_text(encoding="utf-8"))

    def blocks(self, language: str) -> list[str]:
        """The fenced blocks of a language, in order."""
        return [code for tag, code in _FENCE.findall(self.text) if tag == language]

    @property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _INDENTED.sub("", _FENCE.sub("", self.text))

    @property
    def links(self) -> list[str]:
        """Where its links lead that leave no machine."""
        return [link for link in _LINK.findall(self.prose) if "://" not in link]

    @property
    def anchors(self) -> set[str]:
        """What a link to a heading may say after its `#`, as GitHub makes it."""
        return {_slug(title) for _, title in _HEADING.findall(self.prose)}

    def sections(self) -> dict[str, Page]:
        """The parts under each heading of the second level, up to the next one."""
        parts = re.split(r"^## (.+)\n", self.text, flags=re.MULTILINE)[1:]
        return {title: Page(self.path, text) for title, text in zip(parts[::2], parts[1::2], strict=True)}

    def rows(self) -> Iterator[list[str]]:
        """The cells of every row of every table; heads too."""
        for line in self.text.splitlines():
            cells = [cell.strip() for cell in _BAR.split(line)[1:-1]]
            if cells and not set(line) <= set("|-"):
                yield cells

    def first_cells(self) -> set[str]:
        """Every name that stands in backquotes in a row's first cell."""
        return {name for cells in self.rows() for name in re.findall(r"`([^`]+)`", cells[0])}


def _slug(title: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
