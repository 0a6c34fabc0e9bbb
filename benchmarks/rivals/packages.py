"""arq in a folder of its own, `.make/rivals/arq-<version>`: made once, by pip, when it is first needed.

arq 0.28, its newest, asks for redis-py below 6 and technic for 6 and above: pip cannot have both in one
environment, and arq against a client that it was not written for would be no fair rival. In a folder that
only its own processes have in their path it runs with the client that it asks for.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.rivals.processes import ROOT

ARQ = ("arq==0.28.0", "redis[hiredis]==5.3.1")
HOME = ROOT / ".make" / "rivals"


def arq_folder() -> Path:
    """Where arq lies; installs it first where it does not."""
    folder = HOME / ARQ[0].replace("==", "-")
    if not folder.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=HOME) as making:
            made = Path(making) / "packages"
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            # pip compares the folder's redis-py with technic's demand, though they never meet: no warnings
            done = subprocess.run(
                [*pip, "--target", str(made), *ARQ], stderr=subprocess.PIPE, text=True, check=False
            )
            if done.returncode:
                raise SystemExit(f"{done.stderr}\narq cannot be installed; it is needed as a rival.")
            made.rename(folder)
    return folder


def path_with_arq() -> dict[str, str]:
    """The environment of a process that finds arq, and the redis-py that it asks for, before all else."""
    present = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(arq_folder()), *([present] if present else [])])}
