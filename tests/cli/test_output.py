"""Rows go where they were sent: whole, or not at all."""

import pytest

from technic.cli.forms import Form
from technic.cli.output import destination, put
from technic.errors import Unusable


@pytest.mark.parametrize(
    ("name", "asked", "form"),
    [
        ("rows.json", None, Form.JSON),
        ("rows.CSV", None, Form.CSV),
        ("rows.parquet", None, Form.PARQUET),
        ("rows.txt", None, Form.TABLE),
        ("rows.jsonl", None, Form.JSONL),
        ("rows.msgpack", None, Form.MSGPACK),
        ("rows.json", Form.CSV, Form.CSV),
    ],
)
def test_the_form_is_the_one_asked_for_else_that_of_the_files_name(tmp_path, name, asked, form):
    assert destination(asked, tmp_path / name).form is form


def test_without_a_file_the_form_is_a_table():
    assert destination(None, None).form is Form.TABLE


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("old and longer")
    put(b"new", path)
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("rows.csv", b"new")]


def test_a_file_that_cannot_be_written_keeps_what_it_had(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("old")
    (tmp_path / ".rows.csv.unfinished").mkdir()
    with pytest.raises(Unusable, match="cannot be written"):
        put(b"new", path)
    assert path.read_text() == "old"


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    link = tmp_path / "sink"
    link.symlink_to("/dev/null")
    put(b"gone", link)
    assert link.is_symlink()
