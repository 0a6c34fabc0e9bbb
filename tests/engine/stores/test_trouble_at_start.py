"""What a file that cannot be used says at the start; whatever is in it is left as it was."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from technic.engine.stores import database, schema
from technic.engine.stores.database import FILE, connect, prepare
from technic.errors import Unusable
from tests.support.scans import START, scanned


def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)


async def refused(opened) -> Unusable:
    with pytest.raises(Unusable) as caught:
        await opened()
    assert FILE in caught.value.detail
    assert caught.value.advice
    return caught.value


async def test_a_folder_that_is_a_file(tmp_path, opened):
    (tmp_path / "home").write_text("I am no folder")
    assert "cannot be used" in (await refused(opened)).detail


async def test_a_place_where_nothing_can_be_written(tmp_path, opened):
    (home(tmp_path) / FILE).mkdir()
    assert "cannot be opened" in (await refused(opened)).detail


async def test_a_file_that_is_no_database(tmp_path, opened):
    file = home(tmp_path) / FILE
    file.write_bytes(b"Dear diary, " * 1000)
    assert "is no database" in (await refused(opened)).detail
    assert file.read_bytes() == b"Dear diary, " * 1000


async def test_a_database_of_another_program(tmp_path, opened):
    file = home(tmp_path) / FILE
    with connect(file) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    other.close()
    before = file.read_bytes()
    assert "another program" in (await refused(opened)).detail
    assert file.read_bytes() == before


async def test_a_database_of_a_newer_technic(tmp_path, opened):
    file = home(tmp_path) / FILE
    prepare(file).close()
    with connect(file) as newer:
        newer.execute("PRAGMA user_version = 999")
    newer.close()
    error = await refused(opened)
    assert "newer technic (version 999" in error.detail
    assert "newer technic" in error.advice


async def test_a_file_that_another_program_has_locked(tmp_path, opened):
    file = home(tmp_path) / FILE
    prepare(file).close()
    other = connect(file)
    other.execute("BEGIN EXCLUSIVE")
    assert "another program has locked it" in (await refused(opened)).detail
    other.close()
    assert (await opened()).health().trouble is None


async def test_a_file_that_is_damaged(tmp_path, opened):
    store = await opened()
    for n in range(50):
        await scanned(store, f"s{n}")
    await store.close()
    file = tmp_path / "home" / FILE
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    error = await refused(opened)
    assert "damaged" in error.detail
    assert ".recover" in error.advice
    assert file.read_bytes()[4096:] == content[4096:]


async def test_a_disk_that_is_full(tmp_path, opened, monkeypatch):
    real = database.version_of

    def small(connection):
        connection.execute("PRAGMA max_page_count = 2")
        return real(connection)

    monkeypatch.setattr(database, "version_of", small)
    assert "the disk is full" in (await refused(opened)).detail
    monkeypatch.undo()
    assert (await opened()).health().trouble is None


STEPS = (
    ("CREATE TABLE songs (title TEXT)", "INSERT INTO songs VALUES ('one')"),
    ("ALTER TABLE songs ADD COLUMN plays INTEGER NOT NULL DEFAULT 0",),
)


def older(tmp_path) -> sqlite3.Connection:
    connection = connect(tmp_path / "older.db")
    schema.migrate(connection, STEPS[:1])
    return connection


def test_an_older_file_becomes_a_newer_one(tmp_path):
    connection = older(tmp_path)
    schema.migrate(connection, STEPS)
    assert connection.execute("SELECT * FROM songs").fetchall() == [("one", 0)]
    assert schema.version_of(connection) == 2
    schema.migrate(connection, STEPS)
    connection.close()


def test_a_migration_that_fails_leaves_the_older_file_as_it_was(tmp_path):
    connection = older(tmp_path)
    broken = (*STEPS, ("CREATE TABLE more (x)", "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(sqlite3.OperationalError):
        schema.migrate(connection, broken)
    assert connection.execute("SELECT * FROM songs").fetchall() == [("one",)]
    assert schema.version_of(connection) == 1
    connection.close()


async def test_scans_of_a_first_version_are_forgotten_in_the_order_in_which_they_ended(tmp_path, opened):
    store = await opened()
    for minute, name in enumerate("bac"):
        await scanned(store, name, completed_at=START + timedelta(minutes=minute))
    await store.close()
    first = connect(home(tmp_path) / FILE)
    first.execute("ALTER TABLE results DROP COLUMN digest")
    first.execute("DROP TABLE shares")  # with its index and its trigger
    first.execute("DROP TABLE pieces")
    first.execute("DROP INDEX scans_by_end_number")
    first.execute("ALTER TABLE scans DROP COLUMN end_number")
    first.execute("PRAGMA user_version = 1")
    first.close()
    store = await opened(max_scans=2)
    assert await store.sweep(START) == ["b"]
    await scanned(store, "d", completed_at=START - timedelta(hours=1))
    assert await store.sweep(START) == ["a"]
    assert await store.get("d") is not None


def test_the_released_tables_are_never_changed(tmp_path):
    """Who needs other tables adds a step: users have files of every version that was released."""
    connection = prepare(tmp_path / FILE)
    assert schema.version_of(connection) == len(schema.STEPS) == 3
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (1,)
    connection.close()
