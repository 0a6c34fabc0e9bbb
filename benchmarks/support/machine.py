"""What figures were measured on and with: said beside them, since they mean little without."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from technic.config.settings import usable_cores

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "aiohttp", "uvloop", "numpy", "pandas", "orjson", "msgpack", "TA-Lib", "pandas-ta-classic", "redis",
    "dask", "distributed",
)  # fmt: skip


def machine() -> dict[str, str]:
    """Processor, cores, memory and kernel."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "processor": _processor(),
        "cores": str(usable_cores()),
        "memory": f"{memory:.1f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
    }


def versions() -> dict[str, str]:
    """Of Python, the packages that matter here, and the servers; what is missing is left out."""
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    for folder in sorted((ROOT / ".make" / "rivals").glob("arq-*")):  # not installed beside technic
        found["arq"] = folder.name.removeprefix("arq-")
    server = _printed("redis-server", "--version")
    if "v=" in server:
        found["redis-server"] = server.partition("v=")[2].split()[0]
    return found | {"technic": version("technic")}


def moment() -> dict[str, Any]:
    """When a benchmark began, of which commit, and how busy the machine was with other things."""
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "load_before": round(os.getloadavg()[0], 1),
    }


def commit() -> str:
    """The commit of the tree, with a + where files differ from it."""
    name = _printed("git", "rev-parse", "--short", "HEAD")
    measured = ("technic", "benchmarks/*.py")
    changed = name and _printed("git", "status", "--porcelain", "--untracked-files=no", "--", *measured)
    return (name or "unknown") + ("+" if changed else "")


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _printed(*command: str) -> str:
    """What a command prints; nothing where it is missing or fails."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
