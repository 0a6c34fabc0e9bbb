"""schemathesis attacks a running server by its own document: whatever it sends is answered as documented.

All of its checks are on: no status, type, header or schema that is not documented, no server error, nothing
valid refused and nothing invalid accepted, no method that there is not, nothing found after it was deleted.
What is allowed besides stands with its reason in `schemathesis.toml`. Two checks have nothing to do: there is
no sign-in (`ignored_auth`), and nobody owns a scan (`object_level_authorization`).

A longer run, by hand, against a server of one's own:

    st --config-file tests/e2e/schemathesis.toml run $URL/openapi.json --url $URL --checks all -n 100
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import ServerProcess, serving

ATTACKER = Path(sys.executable).parent / "st"
RULES = Path(__file__).parent / "schemathesis.toml"
EXAMPLES = 6
"""Of each operation and phase; with the boundaries of every parameter a thousand requests and more."""


@pytest.fixture
def small_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server with little room: so 429 is among its answers."""
    with serving(
        tmp_path,
        sources__simulated__symbols=40,
        sources__simulated__years=1,
        engine__max_running_scans=2,
        engine__max_queued_scans=20,
        streams__max_streams=20,
    ) as server:
        yield server


def test_no_answer_is_other_than_documented(small_server: ServerProcess, tmp_path: Path) -> None:
    url = small_server.url
    done = subprocess.run(
        [
            *(str(ATTACKER), "--config-file", str(RULES), "run", f"{url}/openapi.json", "--url", url),
            *("--no-color", "--checks", "all", "--max-examples", str(EXAMPLES), "--seed", "1"),
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr
    selected, tested = re.search(r"Selected: (\d+)/\d+\s+Tested: (\d+)", done.stdout).groups()
    assert selected == tested
