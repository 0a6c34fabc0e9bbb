"""The folders that the settings name, before anything starts."""

import errno
from pathlib import Path

import pytest

from technic.cli.places import check_places
from technic.config.settings import FilesSettings, Settings, SourcesSettings
from technic.errors import SettingsError


def said(settings):
    """What is said of the settings' folders, and what to do."""
    with pytest.raises(SettingsError) as caught:
        check_places(settings)
    return caught.value.detail, caught.value.advice


def files_in(path, data_dir):
    return Settings(
        source="files", data_dir=data_dir, sources=SourcesSettings(files=FilesSettings(path=path))
    )


def test_a_data_folder_is_made_with_all_on_the_way_to_it(tmp_path):
    check_places(Settings(data_dir=tmp_path / "a" / "b"))
    check_places(Settings(data_dir=tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b").is_dir()


def test_a_data_folder_behind_a_file_is_none(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "a" / "b"):
        detail, advice = said(Settings(data_dir=path))
        assert detail.startswith(f"the data folder {path} cannot be written: ")
        assert detail.endswith(f"{tmp_path / 'file'} is a file, not a folder")
        assert "--data-dir" in advice


def test_a_place_that_takes_no_folder_is_named(tmp_path, monkeypatch):
    def refuse(self, *_, **__):
        raise OSError(errno.ENOENT, "No such file or directory", str(self))  # as /proc does

    monkeypatch.setattr(Path, "mkdir", refuse)
    detail, _ = said(Settings(data_dir=tmp_path / "a" / "b"))
    assert detail.endswith(f"no folder can be made in {tmp_path} (No such file or directory)")


def test_a_folder_without_the_right_to_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert said(Settings(data_dir=tmp_path))[0].endswith("cannot be written: Permission denied")
    file = tmp_path / "table.csv"
    file.write_text("")
    assert said(files_in(file, tmp_path))[0].endswith("cannot be read: Permission denied")


@pytest.mark.parametrize("path", ["no", "no/such/folder"])
def test_bars_that_are_not_there_say_where_the_way_ends(tmp_path, path):
    detail, advice = said(files_in(tmp_path / path, tmp_path))
    assert detail == f"the folder of bars {tmp_path / path} cannot be read: there is no {tmp_path / 'no'}"
    assert "--data" in advice


def test_bars_behind_a_file_are_none_and_a_file_of_bars_is_one(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("")
    check_places(files_in(file, tmp_path))
    assert said(files_in(file / "x", tmp_path))[0].endswith(f"{file} is a file, not a folder")


def test_the_folder_of_a_source_that_is_not_used_does_not_matter(tmp_path):
    nowhere = SourcesSettings(files=FilesSettings(path=tmp_path / "nowhere"))
    check_places(Settings(data_dir=tmp_path, source="simulated", sources=nowhere))
    with pytest.raises(SettingsError):
        check_places(Settings(data_dir=tmp_path, source="files", sources=nowhere))


def test_a_link_in_a_circle_is_told(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    assert "symbolic links" in said(files_in(tmp_path / "loop", tmp_path))[0]
