"""Draws docs/state-machine.md from the table in technic/engine/scan/lifecycle.py.

Run it after the table has changed: `.venv/bin/python docs/draw_state_machine.py`.
"""

from __future__ import annotations

import inspect
from pathlib import Path

from technic.engine.scan import lifecycle
from technic.engine.scan.lifecycle import LIFECYCLE, Phase

PAGE = Path(__file__).with_name("state-machine.md")


def page() -> str:
    """The whole page."""
    rules = inspect.getdoc(lifecycle) or ""
    rules = rules[rules.index("1. ") : rules.index("docs/state-machine.md")].strip()
    return "\n".join([
        "# The life of a scan",
        "",
        "Drawn by `docs/draw_state_machine.py` from the table in `technic/engine/scan/lifecycle.py`;",
        "a test holds the two together. Users see five statuses; the engine knows nine phases.",
        "",
        *_diagram(),
        "",
        "## Rules",
        "",
        rules,
        "",
        "## Phases and statuses",
        "",
        "| phase | status that users see |",
        "|---|---|",
        *(f"| {phase} | {phase.status} |" for phase in Phase),
        "",
        "## Every message",
        "",
        "| phase | message | leads to |",
        "|---|---|---|",
        *_rows(),
        "",
        "A message that is not in the table raises `InvalidTransition`;",
        "one that reaches an ended scan is counted and dropped.",
        "",
    ])  # fmt: skip


def _diagram() -> list[str]:
    """The changes of phase as a Mermaid state diagram."""
    arrows: dict[tuple[Phase, Phase], list[str]] = {}
    for phase, row in LIFECYCLE.items():
        for message, leads_to in row.items():
            for target in leads_to:
                if target is not phase:
                    arrows.setdefault((phase, target), []).append(message.__name__)
    lines = [f"    {a} --> {b}: {', '.join(names)}" for (a, b), names in arrows.items()]
    ends = [f"    {phase} --> [*]" for phase in Phase if phase.ended]
    return ["```mermaid", "stateDiagram-v2", "    [*] --> queued: submit", *lines, *ends, "```"]


def _rows() -> list[str]:
    return [
        f"| {phase} | {message.__name__} | {', '.join(leads_to)} |"
        for phase, row in LIFECYCLE.items()
        for message, leads_to in row.items()
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
