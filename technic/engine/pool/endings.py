"""How a unit can end without a result: one failure for each way."""

from __future__ import annotations

from dataclasses import replace

from technic.errors import Failure, SystemFault, TechnicError, TimeoutExceeded, WorkerDied, failure_of, told

UNIT_CANCELLED = "unit_cancelled"
UNIT_OVERRAN = "unit_overran"
WORKERS_UNAVAILABLE = "workers_unavailable"

_DETAIL_CHARACTERS = 2000


def cancelled() -> Failure:
    """It was asked to stop, and did or was stopped."""
    fault = SystemFault("the unit was cancelled", suggestion="Start the scan again to have it all.")
    return replace(fault.failure(), code=UNIT_CANCELLED, message="This part of the scan was cancelled.")


def overran(limit_seconds: float) -> Failure:
    """It ran longer than a unit may, and its worker was killed."""
    fault = TimeoutExceeded(
        f"the unit ran longer than {limit_seconds:g} seconds; its worker was ended",
        suggestion="Allow more with engine.unit_seconds, or make units smaller with engine.unit_symbols.",
    )
    message = "A part of the scan took too long."
    return replace(fault.failure(), code=UNIT_OVERRAN, message=message, recoverable=True)


def raised(error: BaseException) -> Failure:
    """The function raised: an error of ours travels as it is, any other without its traceback."""
    if isinstance(error, TechnicError):
        return error.failure()
    if isinstance(error, MemoryError):
        return _memory_short(error)
    failure = failure_of(error)
    return replace(failure, detail=failure.detail[:_DETAIL_CHARACTERS])


def _memory_short(error: MemoryError) -> Failure:
    """It asked for more than a worker may have; the error itself seldom says so."""
    text = f"the unit asked for more memory than a worker may have; {type(error).__name__}: {told(error)}"
    fault = SystemFault(
        text[:_DETAIL_CHARACTERS].rstrip(": "),
        suggestion="Allow more with engine.worker_bytes, or make units smaller with engine.unit_symbols.",
    )
    return fault.failure()


def died(pid: int, how: str) -> Failure:
    """Its worker ended under it."""
    return WorkerDied(f"worker {pid} ended under its unit: {how}").failure()


def unsent(why: str) -> Failure:
    """The unit could not be handed to a worker at all."""
    return SystemFault(f"the unit could not be sent to a worker: {why}"[:_DETAIL_CHARACTERS]).failure()


def unreturned(why: str) -> Failure:
    """The unit ended, but what it returned could not be handed back."""
    text = f"the unit's result could not be sent back: {why}"
    return SystemFault(
        text[:_DETAIL_CHARACTERS], suggestion="Make units smaller with engine.unit_symbols."
    ).failure()


def unavailable(last_words: str) -> Failure:
    """Worker processes end before they are ready, again and again."""
    return replace(
        no_worker(last_words).failure(),
        code=WORKERS_UNAVAILABLE,
        message="The scanner cannot start its worker processes.",
        recoverable=True,
    )


def no_worker(last_words: str) -> SystemFault:
    """The same as an error, for whoever opens the pool."""
    return SystemFault(
        f"worker processes end before they are ready: {last_words}",
        suggestion="Put right what the detail names; a missing module calls for a new installation.",
    )
