"""RESULTS.md out of results.json: the same figures give the same page, to the last letter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.support.plan import PLAN, Benchmark, Goal

WIDE = 7
"""A table with more columns than this is told on its side where that makes it narrower."""
FLAT = 2
"""Groups that hold groups of groups get tables of their own."""

HEAD = """\
# Results

Written by `make bench` from `results.json` beside it; never by hand. `make bench ARGS="--only rating,growth"`
measures some anew and keeps the rest. A ratio compares what took turns in one run, so it holds on another
machine, too; a time does not. `load` is what else the machine had to do when a benchmark began.
"""

ROUGH = "**A short pass: small sizes and one run, to look whether all works. Its figures prove nothing.**\n"


def page(results: Mapping[str, Any], plan: Sequence[Benchmark] = PLAN) -> str:
    """The whole page; what the plan no longer knows is left out."""
    sections = results.get("sections", {})
    parts = [
        HEAD,
        *([ROUGH] if results.get("quick") else []),
        *_at_a_glance(plan, sections),
        *_two_columns("machine", results.get("machine", {})),
    ]
    parts += _two_columns("version", results.get("versions", {}))
    for benchmark in plan:
        if benchmark.module in sections:
            parts += _section(benchmark, sections[benchmark.module])
    return "\n".join(parts).rstrip() + "\n"


def _at_a_glance(plan: Sequence[Benchmark], sections: Mapping[str, Any]) -> Iterator[str]:
    """What is promised, and whether it is kept; of what was not measured, nothing."""
    rows = []
    for benchmark in plan:
        figures = sections.get(benchmark.module, {}).get("figures") or {}
        for goal in benchmark.goals:
            value = _at(figures, goal.path)
            if value is not None:
                rows.append([goal.says, value, _bound(goal), "yes" if goal.met(value) else "**no**"])
    if rows:
        yield from _table(["figure", "is", "promised", "kept"], rows)


def _at(figures: Any, path: Sequence[str]) -> float | None:
    """The figure at a path; None where there is none."""
    for name in path:
        figures = figures.get(name) if isinstance(figures, Mapping) else None
    return figures if isinstance(figures, int | float) else None


def _bound(goal: Goal) -> str:
    return f"at least {goal.least:g}" if goal.least is not None else f"at most {goal.most:g}"


def _section(benchmark: Benchmark, found: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {benchmark.title}\n"
    yield f"{benchmark.compared}\n"
    yield f"{_origin(benchmark, found)}\n"
    if found.get("failure"):
        yield f"**Failed**: `{found['failure'].replace('`', chr(39))}`\n"
    figures = found.get("figures") or {}
    yield from _tables({name: figures[name] for name in figures if name not in benchmark.untold}, "")


def _origin(benchmark: Benchmark, found: Mapping[str, Any]) -> str:
    runs = found["runs"]
    how = "one run, which takes its medians itself" if runs <= 1 else f"medians of {runs} runs"
    return (
        f"`python -m benchmarks.{' '.join([benchmark.module, *found['arguments']])}` · {how} ·"
        f" {found['seconds']:.0f} s · {found['at']} · commit {found['commit']} · load {found['load_before']}"
    )


def _tables(figures: Mapping[str, Any], path: str) -> Iterator[str]:
    """What is said of all first, then one table for groups that are alike, or one for each."""
    groups = {name: value for name, value in figures.items() if isinstance(value, Mapping)}
    plain = {name: value for name, value in figures.items() if name not in groups}
    if plain:
        yield from _two_columns(path or "figure", plain)
    flat = {name: dict(_flat(group)) for name, group in groups.items()}
    if len(flat) > 1 and max(map(_depth, groups.values())) <= FLAT and _alike(list(flat.values())):
        yield from _matrix(path, flat)
        return
    for name, group in groups.items():
        yield from _tables(group, f"{path} {name}".strip())


def _alike(groups: Sequence[Mapping[str, Any]]) -> bool:
    """Whether most of what any of them tells, all of them do."""
    told = set().union(*groups)
    shared = told.intersection(*groups)
    return 2 * len(shared) > len(told)


def _depth(figures: Mapping[str, Any]) -> int:
    return 1 + max((_depth(group) for group in figures.values() if isinstance(group, Mapping)), default=0)


def _flat(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", value


def _matrix(path: str, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    columns = list({name: None for row in rows.values() for name in row})
    if len(columns) > WIDE and len(rows) < len(columns):
        turned = {column: {name: row.get(column, "") for name, row in rows.items()} for column in columns}
        rows, columns = turned, list(rows)
    lines = [[name, *(row.get(column, "") for column in columns)] for name, row in rows.items()]
    yield from _table([path, *columns], lines)


def _two_columns(name: str, figures: Mapping[str, Any]) -> Iterator[str]:
    if figures:
        yield from _table([name, ""], [[key, value] for key, value in figures.items()])


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    yield "| " + " | ".join(map(_words, head)) + " |"
    yield "|:--" + "|--:" * (len(head) - 1) + "|"
    for name, *values in rows:
        yield "| " + " | ".join([_words(name), *map(_cell, values)]) + " |"
    yield ""


def _words(name: str) -> str:
    return name.replace("_", " ").replace("|", "/")


def _cell(value: Any) -> str:
    """A figure as people read it: thousands apart, no more digits than mean something."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value)) or "none"
    return str(value).replace("|", "/").replace("\n", " ")
