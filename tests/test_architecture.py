"""The house rules that a machine can hold: imports, sizes, empty `__init__`s, what a worker loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "technic").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LAZY_ROOT = ROOT / "technic" / "__init__.py"


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a module with the lines of its body, docstring and signature not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            yield f"{relative(path)}:{node.lineno} {node.name}", lines


def test_imports_run_one_way():
    lint = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(lint, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_does_see_a_forbidden_import(tmp_path):
    """A contract over a package that nobody reads is kept by anybody: see it break once."""
    package = tmp_path / "technic"
    (package / "scanner").mkdir(parents=True)
    for name in ("__init__", "scanner/__init__", "cli", "http", "engine", "config", "errors", "clock"):
        (package / f"{name}.py").write_text('"""Nothing."""\n')
    (package / "scanner" / "work.py").write_text('"""Too much."""\nimport pandas\n')
    contract = "[importlinter]\nroot_package = technic\ninclude_external_packages = True\n"
    contract += "[importlinter:contract:one]\nname = lean\ntype = forbidden\n"
    contract += "source_modules = technic.scanner.work\nforbidden_modules = pandas\n"
    (tmp_path / ".importlinter").write_text(contract)
    lint = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(lint, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.name == "__init__.py" and p != LAZY_ROOT], ids=relative
)
def test_an_init_holds_a_docstring_only(path):
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


def test_no_module_is_longer_than_300_lines_and_no_test_longer_than_500():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES + TESTS}
    too_long = {
        relative(path): lines
        for path, lines in lengths.items()
        if lines > (300 if path.is_relative_to(ROOT / "technic") else 500)
    }
    assert too_long == {}


def test_no_function_is_longer_than_40_lines():
    long = {name: lines for path in MODULES for name, lines in functions(path) if lines > 40}
    assert long == {}


def test_every_module_says_what_it_is():
    mute = [relative(p) for p in MODULES if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert mute == []


def test_a_worker_loads_neither_the_web_nor_pandas():
    """import-linter sees no import that is made at run time; a fresh interpreter does."""
    program = "import sys, technic.scanner.work; print(*sorted({n.partition('.')[0] for n in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert loaded & {"aiohttp", "pandas", "pyarrow", "pydantic", "typer", "rich", "structlog"} == set()
