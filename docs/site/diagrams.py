"""Draws the Mermaid diagrams of pages while the site is built, so that no browser has to fetch Mermaid.

GitHub draws the same blocks by itself. They become pictures (SVG) inside the page, on a light ground in both
themes.
"""

from __future__ import annotations

from html import escape
from typing import Any
from zlib import crc32

import mermaidx
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

_SAME_ID = "my-svg"
"""What Mermaid calls each picture, and builds the ids within it of."""
_NAMES = {"stateDiagram-v2": "A diagram of states", "flowchart": "A flow chart"}


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_transform(_Diagrams)
    return {"parallel_read_safe": True}


class _Diagrams(SphinxTransform):
    """Puts a picture in the place of each block of Mermaid."""

    default_priority = 200  # after the page has been read, before blocks of code are coloured

    def apply(self, **_: Any) -> None:
        """Called by Sphinx for each page."""
        for block in list(self.document.findall(nodes.literal_block)):
            if block.get("language") == "mermaid":
                block.replace_self(nodes.raw("", _figure(block.astext()), format="html"))


def _figure(source: str) -> str:
    kind = next((name for start, name in _NAMES.items() if source.startswith(start)), "A diagram")
    return f'<figure class="diagram" role="img" aria-label="{escape(kind)}">{_svg(source)}</figure>'


def _svg(source: str) -> str:
    """The picture, with an id of its own. Raises what is wrong with a diagram, which ends the build."""
    name = f"diagram-{crc32(source.encode()):08x}"
    return str(mermaidx.render(source).svg()).replace(_SAME_ID, name)
