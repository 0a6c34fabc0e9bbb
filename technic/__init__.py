"""technic: a stock scanner that people run as a service.

An actor-based async job engine whose jobs are stock scans. The library's names are loaded when they
are first asked for, so that a worker process that imports `technic.scanner.work` pays for nothing else.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["ScanRequest", "__version__", "run_scan"]


def __getattr__(name: str) -> Any:
    if name == "ScanRequest":
        from technic.scanner.request import ScanRequest  # noqa: PLC0415 - lazy on purpose, see above

        return ScanRequest
    if name == "run_scan":
        from technic.scanner.run import run_scan  # noqa: PLC0415 - lazy on purpose, see above

        return run_scan
    raise AttributeError(f"module 'technic' has no attribute {name!r}")
