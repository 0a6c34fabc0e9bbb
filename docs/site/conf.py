"""The pages of docs/ as a site: `make docs` builds it into build/docs.

The pages stay plain Markdown that reads well on GitHub too: whatever the site needs beside it is made of it
by `navigation` and `diagrams`, which stand beside this file. Nothing in the site asks another machine for
anything.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))

project = "technic"
language = "en"
extensions = ["myst_parser", "navigation", "diagrams"]
source_suffix = {".md": "markdown"}
nitpicky = True

myst_heading_anchors = 3
"""Headings down to this level can be linked to, by the names that GitHub gives them."""
myst_ref_domains: list[str] = []
"""What is in backquotes and brackets is no link to Python's documentation."""

html_theme = "furo"
html_title = "technic"
html_static_path = ["static"]
html_css_files = ["technic.css"]
html_copy_source = False
html_show_search_summary = False
"""Summaries are fetched by scripts, which browsers refuse to pages that lie on the disk."""
html_show_copyright = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_lexer("csv", TextLexer)  # a name that GitHub knows and Pygments does not
