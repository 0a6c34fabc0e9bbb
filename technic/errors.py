"""What can go wrong in technic, each error one sentence, and the one value that tells of it.

    TechnicError
    ├── ConfigError            config_error    something that a person wrote cannot be used
    │   ├── SettingsError          a setting is unknown, malformed or out of range
    │   ├── InvalidRequest         a request has fields that cannot be used; `faults` names each
    │   └── Unusable               a folder or a port that was asked for cannot be had
    ├── DataError              data_error      the market's data does not allow it
    │   ├── UnknownSymbol          no source knows this symbol
    │   ├── InsufficientHistory    a symbol has too few good bars to be rated
    │   ├── UnreadableBars         a symbol's bars are there but cannot be read
    │   └── NothingToScan          the universe, or the request's part of it, is empty
    ├── ApiError               api_error       a remote source refused or failed
    ├── CacheError             cache_error     something kept on disk is damaged
    ├── TimeoutExceeded        timeout_error   a deadline or a unit's time limit has passed
    └── SystemFault            system_error    the machinery itself failed
        ├── WorkerDied             a worker process ended under its unit
        ├── QueueFull              as many scans wait as may
        ├── Stopping               the service is shutting down
        ├── UnknownScan            no scan has this id, or it was forgotten
        ├── ScanUnfinished         the scan has not ended yet
        ├── SlowConsumer           a reader fell too far behind its stream
        └── InvalidTransition      a message that the scan's state does not allow

A `Failure` is an error as a value: what stands in a scan's `error`, in `failures[]` and in a problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

ErrorType = Literal["api_error", "cache_error", "data_error", "timeout_error", "config_error", "system_error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What went wrong, as a value.

    Attributes:
        error_type: One of the six kinds that clients switch on.
        code: The exact case, snake_case, stable over releases.
        detail: One sentence for a developer, with the particulars.
        message: One sentence for the person who looks at the app.
        suggestion: What to do about it.
        recoverable: Whether the same thing may succeed when tried again.
        retry_after: Seconds to wait before that, where it is known.
        affected_symbols: The symbols that it concerns.
        metadata: Further particulars, JSON values only.
    """

    error_type: ErrorType
    code: str
    detail: str
    message: str
    suggestion: str
    recoverable: bool = False
    retry_after: float | None = None
    affected_symbols: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


class TechnicError(Exception):
    """Anything that technic itself can tell what it is and what to do about it.

    Args:
        detail: One sentence for a developer, with the particulars.
        suggestion: What to do about it; the class's own where none is given.
        retry_after: Seconds to wait before trying again.
        affected_symbols: The symbols that it concerns.
        metadata: Further particulars, JSON values only.
    """

    error_type: ClassVar[ErrorType] = "system_error"
    code: ClassVar[str] = "internal_error"
    message: ClassVar[str] = "Something went wrong inside the scanner."
    suggestion: ClassVar[str] = "Try again; if it happens again, report it with the scan's id."
    recoverable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str,
        *,
        suggestion: str | None = None,
        retry_after: float | None = None,
        affected_symbols: tuple[str, ...] = (),
        **metadata: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.advice = suggestion or type(self).suggestion
        self.retry_after = retry_after
        self.affected_symbols = affected_symbols
        self.metadata = metadata

    def failure(self) -> Failure:
        """The same thing as a value."""
        return Failure(
            error_type=self.error_type,
            code=self.code,
            detail=self.detail,
            message=self.message,
            suggestion=self.advice,
            recoverable=self.recoverable,
            retry_after=self.retry_after,
            affected_symbols=self.affected_symbols,
            metadata=self.metadata,
        )


def failure_of(error: BaseException, *, affected_symbols: tuple[str, ...] = ()) -> Failure:
    """Any exception as a value; one that is not ours becomes an internal error without its traceback."""
    if isinstance(error, TechnicError):
        return error.failure()
    detail = f"{type(error).__name__}: {told(error)}"
    return SystemFault(detail, affected_symbols=affected_symbols).failure()


def told(value: object) -> str:
    """A value's text as UTF-8 can hold it; never raises, for an error about an error would be told nobody."""
    try:
        return str(value).encode(errors="backslashreplace").decode()
    except Exception:  # noqa: BLE001 - whatever it is, it has no text
        return f"a {type(value).__name__} that cannot say what it is"


class ConfigError(TechnicError):
    """Something that a person wrote cannot be used."""

    error_type = "config_error"
    code = "invalid_configuration"
    message = "A setting cannot be used."
    suggestion = "Correct the value that the detail names."


class SettingsError(ConfigError):
    """A setting is unknown, malformed or out of range."""

    code = "invalid_settings"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a request: where (an RFC 6901 JSON pointer), what, and what would do."""

    pointer: str
    detail: str
    nearest: str | None = None


class InvalidRequest(ConfigError):
    """A request has fields that cannot be used; `faults` points to each of them."""

    code = "invalid_request"
    message = "The scan cannot be started as it was asked for."
    suggestion = "Correct the fields that `errors` points to; GET /fields and /presets list what there is."

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{f.pointer or '/'}: {f.detail}" for f in faults))


class Unusable(ConfigError):
    """A folder or a port that was asked for cannot be had."""

    code = "unusable"
    message = "A folder, a file or a port that was asked for cannot be had."


class DataError(TechnicError):
    """The market's data does not allow it."""

    error_type = "data_error"
    code = "bad_data"
    message = "The market data does not allow this."
    suggestion = "Check the data source."


class UnknownSymbol(DataError):
    """No source knows this symbol."""

    code = "unknown_symbol"
    message = "This symbol is not known."
    suggestion = "Check the spelling; GET /universe lists the symbols."


class InsufficientHistory(DataError):
    """A symbol has too few good bars to be rated."""

    code = "insufficient_history"
    message = "This symbol has too little price history to be rated."
    suggestion = "Wait until it has at least 20 daily bars, or leave it out."


class UnreadableBars(DataError):
    """A symbol's bars are there but cannot be read."""

    code = "unreadable_bars"
    message = "This symbol's price history cannot be read."
    suggestion = "Repair or remove the file that the detail names."


class NothingToScan(DataError):
    """The universe, or the request's part of it, is empty."""

    code = "nothing_to_scan"
    message = "There is nothing to scan."
    suggestion = "Widen the selection, or check the data source."


class ApiError(TechnicError):
    """A remote source refused or failed."""

    error_type = "api_error"
    code = "source_unavailable"
    message = "The data source does not answer."
    suggestion = "Try again in a minute."
    recoverable = True


class CacheError(TechnicError):
    """Something kept on disk is damaged."""

    error_type = "cache_error"
    code = "panel_damaged"
    message = "Stored price data is damaged and will be fetched again."
    suggestion = "Try again; the damaged file has been set aside."
    recoverable = True


class TimeoutExceeded(TechnicError):
    """A deadline or a unit's time limit has passed."""

    error_type = "timeout_error"
    code = "deadline_passed"
    message = "The scan took longer than it was allowed to."
    suggestion = "Allow more time with deadline_seconds, or scan fewer symbols."


class SystemFault(TechnicError):
    """The machinery itself failed."""


class WorkerDied(SystemFault):
    """A worker process ended under its unit."""

    code = "worker_died"
    message = "A worker process ended unexpectedly."
    recoverable = True


class QueueFull(SystemFault):
    """As many scans wait as may."""

    code = "queue_full"
    message = "The scanner is busy; too many scans are waiting."
    suggestion = "Try again in a few seconds, or cancel a scan that is not needed."
    recoverable = True


class Stopping(SystemFault):
    """The service is shutting down."""

    code = "stopping"
    message = "The scanner is restarting."
    suggestion = "Try again in a few seconds."
    recoverable = True


class UnknownScan(SystemFault):
    """No scan has this id, or it was forgotten."""

    code = "unknown_scan"
    message = "This scan is not known, or has been forgotten."
    suggestion = "Check the id; ended scans are kept for a limited time."


class ScanUnfinished(SystemFault):
    """The scan has not ended yet."""

    code = "scan_unfinished"
    message = "The scan has not finished yet."
    suggestion = "Watch its progress, or ask with ?partial=true for what was found so far."
    recoverable = True


class SlowConsumer(SystemFault):
    """A reader fell too far behind its stream."""

    code = "slow_consumer"
    message = "The connection is too slow for this stream."
    suggestion = "Reconnect with the last id that was received; nothing is lost."
    recoverable = True


class InvalidTransition(SystemFault):
    """A message that the scan's state does not allow."""

    code = "invalid_transition"
