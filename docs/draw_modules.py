"""Draws docs/modules.md from the docstrings of the modules, a line each.

Run it after a module has come, gone or changed its first line: `.venv/bin/python docs/draw_modules.py`.
"""

from __future__ import annotations

import ast
from pathlib import Path

PAGE = Path(__file__).with_name("modules.md")
ROOT = Path(__file__).parents[1]

INTRODUCTION = """\
# The modules

Drawn by `docs/draw_modules.py` from the docstrings; a test holds the two together. How they belong together
stands in [architecture.md](architecture.md).
"""


def page() -> str:
    """The whole page: a table for each folder, the outermost first."""
    folders = sorted({path.parent for path in (ROOT / "technic").rglob("*.py")})
    return INTRODUCTION + "".join(_table(folder) for folder in folders)


def _table(folder: Path) -> str:
    """What a folder says of itself, and its modules."""
    words = "Bound together here." if folder == ROOT / "technic" else _first_line(folder / "__init__.py")
    modules = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    rows = "\n".join(f"| `{path.name}` | {_first_line(path)} |" for path in modules)
    name = folder.relative_to(ROOT).as_posix()
    return f"\n## {name}\n\n{words}\n\n| module | what it is |\n|---|---|\n{rows}\n"


def _first_line(path: Path) -> str:
    """The first paragraph of a module's docstring, on one line."""
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(words.partition("\n\n")[0].split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
