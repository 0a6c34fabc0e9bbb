"""Nothing that a server says is obeyed by a terminal."""

import io
import re
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from technic.cli.forms import Form
from technic.cli.harmless import Harmless
from technic.cli.output import Destination, print_to
from technic.cli.past_tables import statistics_tables
from technic.cli.plain import plain
from technic.cli.table import rows_table
from technic.scanner.fields import NAMES

CLIPBOARD, WIPE, C1 = "\x1b]52;c;ZXZpbA==\x07", "\x1b[2J", "\x9b31m"
HOSTILE = f"a{CLIPBOARD}{WIPE}{C1}b"


def printed(*parts):
    """What a terminal would get."""
    paper = io.StringIO()
    console = Console(file=paper, force_terminal=True, color_system="standard", width=120)
    for part in parts:
        console.print(Harmless(part), highlight=False)
    return paper.getvalue()


def obeyed(text):
    """Signs that a terminal would obey, but for colours."""
    return [sign for sign in re.sub(r"\x1b\[[0-9;]*m", "", text) if not (sign.isprintable() or sign == "\n")]


def test_a_plain_text_keeps_its_letters_and_loses_its_orders():
    assert plain("Société 株 " + HOSTILE) == "Société 株 a ]52;c;ZXZpbA==  [2J 31mb"


def test_a_text_with_orders_is_harmless_in_a_line_and_in_a_cell():
    table = Table("Name")
    table.add_row(Text(HOSTILE))
    out = printed(Text(HOSTILE), table, HOSTILE)
    assert out.count("52;c;ZXZpbA==") == 3
    assert obeyed(out) == []


def test_colours_and_lines_stay():
    out = printed(Text("up", style="green"), Text("down\nthere"))
    assert out == "\x1b[32mup\x1b[0m\ndown\nthere\n"


def test_no_field_of_a_row_reaches_the_terminal_as_an_order(capsysbinary):
    row = dict.fromkeys(NAMES) | {
        "symbol": HOSTILE, "name": HOSTILE, "sector": HOSTILE, "signal": HOSTILE, "tech_rating": 1.0,
    }  # fmt: skip
    print_to(Destination(Form.TABLE, None), lambda width: [rows_table([row], width), Text(HOSTILE)])
    out = capsysbinary.readouterr().out.decode(sys.stdout.encoding)
    assert "52;C;" in out.upper()
    assert obeyed(out) == []


def test_a_status_that_is_none_of_ours_is_a_text_too(tmp_path):
    body = {
        "scans": 1, "by_status": {HOSTILE: 1}, "seconds": {}, "stage_seconds": {}, "throughput": [],
        "failures": [], "symbols": [],
    }  # fmt: skip
    path = tmp_path / "figures.txt"
    print_to(Destination(Form.TABLE, path), lambda _: statistics_tables(body))
    assert obeyed(path.read_text("utf-8")) == []
