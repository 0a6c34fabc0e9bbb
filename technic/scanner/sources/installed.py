"""Sources that an installed package brings along, under the same port as our own.

An entry point of the group `technic.sources` names a class. It is called with the table `[sources.own]` of
the settings, and is a `BarSource`. Its spec is all that a worker, or a scan that goes on after a restart,
knows of it: called with `spec.options` the class has to give the same source again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from technic.config.installed import GROUP, installed_sources
from technic.errors import ConfigError, Failure, TechnicError, told
from technic.scanner.sources.base import BarSource, SymbolBars
from technic.scanner.units import SourceSpec
from technic.scanner.universe import Universe

_VERSION = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def open_installed(name: str, options: Mapping[str, Any]) -> BarSource:
    """The source of this name, told these options.

    Raises:
        ConfigError: No package has it, it cannot be loaded, or it does not take these options.
    """
    point = installed_sources().get(name)
    if point is None:
        raise ConfigError(
            f"there is no source {name!r}",
            suggestion=f"Choose simulated or files, or install a package with an entry point of {GROUP}.",
        )
    try:
        source = cast(BarSource, point.load()(options))
        spec = source.spec
    except TechnicError:
        raise
    except Exception as error:
        raise ConfigError(
            f"the source {name!r} ({point.value}) cannot be opened: {type(error).__name__}: {told(error)}",
            suggestion="Correct [sources.own], or the package that brings the source.",
        ) from error
    if spec.name != name or not _VERSION.fullmatch(spec.version):  # together they name a folder
        raise ConfigError(
            f"the source {name!r} ({point.value}) calls itself {spec.name!r}, version {spec.version!r}",
            suggestion="Its spec needs its own name, and a version of letters, digits, '.', '_' and '-'.",
        )
    return source


def installed_universe(spec: SourceSpec) -> Universe | None:
    """Every symbol of exactly this version; None where its bars have changed. Raises as `open_installed`."""
    source = open_installed(spec.name, spec.options)
    return source.universe() if source.spec.version == spec.version else None


def read_installed(
    spec: SourceSpec, symbols: Sequence[str], cancelled: Callable[[], bool]
) -> list[SymbolBars | Failure]:
    """In a worker: see `BarSource.read`. Raises as `open_installed`."""
    return open_installed(spec.name, spec.options).read(symbols, cancelled)
