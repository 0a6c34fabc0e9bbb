"""A data folder has one server, whatever becomes of the files in it."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from pathlib import Path

import pytest

from technic.app import owned
from technic.errors import Unusable


def refused(folder: Path) -> str:
    with pytest.raises(Unusable) as caught, owned(folder):
        pass
    assert caught.value.advice
    return caught.value.detail


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_folder_is_owned_by_one_server_at_a_time(tmp_path: Path) -> None:
    before = descriptors()
    with owned(tmp_path / "new" / "folder"):
        assert "another technic server" in refused(tmp_path / "new" / "folder")
    with owned(tmp_path / "new" / "folder"):
        pass
    assert descriptors() == before


def test_a_folder_stays_owned_when_its_lock_file_is_deleted(tmp_path: Path) -> None:
    with owned(tmp_path):
        for file in tmp_path.iterdir():
            file.unlink()
        assert "another technic server" in refused(tmp_path)


def test_a_folder_stays_owned_when_it_is_moved(tmp_path: Path) -> None:
    with owned(tmp_path / "old"):
        (tmp_path / "old").rename(tmp_path / "new")
        assert "another technic server" in refused(tmp_path / "new")
        with owned(tmp_path / "old"):
            pass
        shutil.rmtree(tmp_path / "old")


def test_where_no_folder_can_be_locked_its_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flock = fcntl.flock

    def files_alone(descriptor: int, how: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", files_alone)
    with owned(tmp_path):
        assert "another technic server" in refused(tmp_path)


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("I am no folder")
    assert "cannot be written" in refused(tmp_path / "file")
