"""Texts that try to become more than text, and a market that is full of them."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.support.market_folder import write_bars

IMAGE = "<img src=x onerror=hit()>"
SCRIPT = '"><script>hit()</script>'
LINK = "javascript:hit()"
TEMPLATE = "${hit()}{{hit()}}#{hit()}"
TURNED = "abc\u202edef\u2066ghi"
ENTITY = "&lt;b onmouseover=hit()&gt;&amp;"
ATTEMPTS = (IMAGE, SCRIPT, LINK, TEMPLATE, TURNED, ENTITY)

TRAP = "window.hit = () => { window.wasHit = true; };"
"""What a page runs first, so that an attempt that succeeds is seen."""
SUCCESS = """() => {
  const made = "#view img, #view script, body > script, iframe, [onerror], [onmouseover]";
  const strange = [...document.querySelectorAll("a")].filter((link) => !/^https?:$/.test(link.protocol));
  return [...(window.wasHit ? ["it ran"] : []), ...[...document.querySelectorAll(made), ...strange]
    .map((element) => element.outerHTML.slice(0, 200))];
}"""
"""What there is in a page that was made by an attempt."""


def seen(text: str) -> str:
    """An attempt as a page shows it: signs that turn the order of others are shown, not obeyed."""
    return "".join(
        "\ufffd" if sign in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" else sign
        for sign in text
    )


def write_hostile_market(folder: Path) -> Path:
    """A market whose symbols, names, sectors, industries and files are attempts; returns its folder.

    Each attempt is a symbol of the table `bars.csv`, but IMAGE, which is a file's name; one more file cannot
    be read.
    """
    write_bars(folder, ["PLAIN", IMAGE], count=260)
    (folder / f"{IMAGE} broken.csv").write_text("date,open,high,low,close,volume\n2024-01-01,x,y,z,?,!\n")
    lines = (folder / "PLAIN.csv").read_text().splitlines()
    table = [f"symbol,{lines[0]}"]
    with (folder / "constituents.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Symbol", "Name", "Sector", "Industry"])
        for number, attempt in enumerate(ATTEMPTS):
            writer.writerow([attempt, f"{attempt} Inc.", f"{attempt} sector", f"{attempt} industry"])
            if attempt != IMAGE:
                quoted = attempt.replace('"', '""')
                table += [f'"{quoted}",{line}' for line in lines[1 + number :]]
    (folder / "bars.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    return folder
