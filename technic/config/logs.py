"""Logs: one way out to stderr, for our own lines and for those of every library.

Whatever is logged, by structlog or by the standard library, passes the same steps and one handler. On
a terminal a line is made for people, else it is one JSON object with an ISO time. What the code binds
with `structlog.contextvars` (a `scan_id`) stands on every line logged within.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import Processor

from technic.config.settings import LogSettings


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what `sys.stderr` is at that moment, so that lines pass above a live progress bar."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        """The present stderr."""
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """Does nothing: it is always the present stderr."""


@dataclass(frozen=True, slots=True)
class _Door:
    """The way out as `configure_logs` made it; whoever changes it since wants every line to go his way."""

    processors: list[Processor]
    handler: _Stderr

    @property
    def unchanged(self) -> bool:
        handlers = logging.getLogger().handlers
        return handlers == [self.handler] and structlog.get_config()["processors"] == self.processors


_json_door: _Door | None = None


def frequent_line(logger: str, event: str, **fields: Any) -> None:
    """Log an info line of which there are thousands a second: the same line, for a fifth of the time.

    Where lines are JSON, the steps that every line passes are left out, because it is known what they would
    do. Nothing that is bound stands on it but what is given; the given has to be plain values.
    """
    if _json_door is None or not _json_door.unchanged:
        structlog.get_logger(logger).info(event, **fields)
    elif logging.getLogger(logger).isEnabledFor(logging.INFO):
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        line = {**fields, "event": event, "logger": logger, "level": "info", "timestamp": at}
        sys.stderr.write(_json(line) + "\n")


def configure_logs(settings: LogSettings) -> None:
    """Send every log line of this process to stderr; calling it again replaces what it did before."""
    global _json_door  # noqa: PLW0603 - logging belongs to the process
    processors = [
        structlog.stdlib.filter_by_level,
        *_steps(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,  # a test, or a second call, must be able to change it
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_steps(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    logging.captureWarnings(capture=True)
    _json_door = None if _for_people(settings) else _Door(processors.copy(), handler)


def _steps() -> list[Processor]:
    """What happens to every line, ours or a library's, before it is rendered."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _rendering(settings: LogSettings) -> list[Processor]:
    """The last steps: how a line looks."""
    if not _for_people(settings):
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    colors = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    # A plain traceback: the pretty one prints local variables, and a key may be among them.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]


def _for_people(settings: LogSettings) -> bool:
    return settings.format == "console" or (settings.format == "auto" and sys.stderr.isatty())


def _json(line: Any, **_: Any) -> str:
    """One line of JSON; NaN is null, and what JSON does not know is written as text."""
    try:
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()
    except TypeError:  # a whole number beyond 64 bits, half a surrogate: a log line must never raise
        return json.dumps(line, default=repr)
