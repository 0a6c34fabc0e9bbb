import os

import pytest


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """A working folder without technic.toml and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.upper().startswith("TECHNIC_"):
            monkeypatch.delenv(name)
