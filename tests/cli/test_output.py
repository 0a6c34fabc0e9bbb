"""Rows go where they were sent: whole, or not at all."""

import os
from pathlib import Path

import pytest
import typer

from technic.cli.files import check_file, whole_file
from technic.cli.forms import Form
from technic.cli.output import destination, put
from technic.errors import Unusable
from technic.remote import whole


@pytest.mark.parametrize(
    ("name", "asked", "form"),
    [
        ("rows.json", None, Form.JSON),
        ("rows.CSV", None, Form.CSV),
        ("rows.parquet", None, Form.PARQUET),
        ("rows.txt", None, Form.TABLE),
        ("rows", None, Form.TABLE),
        ("rows.xlsx", Form.CSV, Form.CSV),
        ("rows.jsonl", None, Form.JSONL),
        ("rows.msgpack", None, Form.MSGPACK),
        ("rows.json", Form.CSV, Form.CSV),
    ],
)
def test_the_form_is_the_one_asked_for_else_that_of_the_files_name(tmp_path, name, asked, form):
    assert destination(asked, tmp_path / name).form is form


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.csv.gz", "rows.jsn"])
def test_a_name_that_ends_in_no_form_is_refused_and_nothing_is_written(tmp_path, name):
    with pytest.raises(typer.BadParameter, match=r"ends in no form that there is \(\.json, .*--format"):
        destination(None, tmp_path / name)
    assert not any(tmp_path.iterdir())


def test_without_a_file_the_form_is_a_table():
    assert destination(None, None).form is Form.TABLE


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("old and longer")
    put(b"new", path)
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("rows.csv", b"new")]


def test_a_file_that_cannot_be_written_keeps_what_it_had(tmp_path, monkeypatch):
    path = tmp_path / "rows.csv"
    path.write_text("old")
    monkeypatch.setattr(whole, "token_hex", lambda _: "taken")
    (tmp_path / ".rows.csv.taken.part").mkdir()
    with pytest.raises(Unusable, match="cannot be written"):
        put(b"new", path)
    assert path.read_text() == "old"


def test_who_asks_for_a_file_that_another_one_is_writing_takes_nothing_from_it(tmp_path):
    path = tmp_path / "rows.csv"
    with whole_file(path) as slow:
        slow.write(b"of the slow ")
        check_file(path)
        put(b"of the quick one", path)
        slow.write(b"one")
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [
        ("rows.csv", b"of the slow one")
    ]


def test_no_link_that_lies_in_the_folder_leads_the_rows_elsewhere(tmp_path):
    precious, shared = tmp_path / "precious", tmp_path / "shared"
    precious.write_text("mine")
    shared.mkdir()
    (shared / ".rows.csv.unfinished").symlink_to(precious)
    check_file(shared / "rows.csv")
    put(b"new", shared / "rows.csv")
    assert precious.read_text() == "mine"
    assert (shared / ".rows.csv.unfinished").is_symlink()


def test_a_link_that_leads_in_a_circle_is_no_file(tmp_path):
    link, back = tmp_path / "link", tmp_path / "back"
    link.symlink_to(back)
    back.symlink_to(link)
    with pytest.raises(typer.BadParameter, match="symbolic links"):
        check_file(link)
    with pytest.raises(Unusable, match="symbolic links"):
        put(b"new", link)


def test_a_pipe_that_stands_for_stdout_can_be_written_to(tmp_path):
    reads, writes = os.pipe()
    check_file(Path(f"/dev/fd/{writes}"))
    put(b"rows", Path(f"/dev/fd/{writes}"))
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        assert pipe.read() == b"rows"


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    link = tmp_path / "sink"
    link.symlink_to("/dev/null")
    put(b"gone", link)
    assert link.is_symlink()
