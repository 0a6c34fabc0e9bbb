"""What the service tells of itself, as metrics: one table of names, and where each number is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric.

    Attributes:
        name: As Prometheus has it; one that ends in `_total` only grows.
        words: What it is.
        place: Where it stands in what is told: names from the outermost to the innermost, with dots.
        label: By what its lines differ; "" for a metric of one line.
        values: The label of each line, and where below the place its number stands.
    """

    name: str
    words: str
    place: str
    label: str = ""
    values: Mapping[str, str] = field(default_factory=lambda: {"": ""})


def _by(label: str, *names: str, **places: str) -> dict[str, Any]:
    return {"label": label, "values": dict(zip(names, names, strict=True)) | places}


FIGURES = (
    Figure("technic_ready", "Whether a scan would be taken.", "ready"),
    Figure("technic_draining", "Whether the server was told to stop.", "draining"),
    Figure("technic_scans", "Scans that have not ended.", "scans", **_by("status", "running", "queued")),
    Figure(
        "technic_scans_without_owner",
        "Scans that have not ended though nobody sees them to their end; 0, or it is a fault.",
        "without_owner",
    ),
    Figure(
        "technic_scans_ended_total",
        "Scans that have ended.",
        "done.scans",
        **_by("status", "completed", "cancelled", "failed"),
    ),
    Figure(
        "technic_scan_symbols_total",
        "Symbols of ended scans: rated, failed, and in the rows that they returned.",
        "done.symbols",
        **_by("outcome", "rated", "failed", "returned"),
    ),
    Figure(
        "technic_scan_units_total",
        "Units of ended scans: computed for them, found in the cache, or shared with a scan that ran beside.",
        "done.units",
        **_by("origin", "computed", "cached", "shared"),
    ),
    Figure("technic_scan_retries_total", "Units of ended scans that were tried again.", "done.retries"),
    Figure("technic_scan_run_seconds_total", "How long ended scans ran, together.", "done.seconds"),
    Figure(
        "technic_scan_queue_seconds_total", "How long ended scans had waited, together.", "done.queue_seconds"
    ),
    Figure(
        "technic_late_messages_total",
        "Messages that reached a scan after its end, and changed nothing.",
        "scans.late_messages",
    ),
    Figure("technic_units", "Units under way.", "units", **_by("state", "waiting", "arriving", "running")),
    Figure("technic_worker_slots", "Units that may run at once.", "workers.slots"),
    Figure("technic_workers", "Worker processes.", "workers", **_by("state", "ready", "busy")),
    Figure("technic_worker_units_total", "Units that ended in a worker.", "workers.units"),
    Figure("technic_worker_deaths_total", "Workers that died of themselves.", "workers.restarts"),
    Figure("technic_workers_recycled_total", "Workers that were replaced on purpose.", "workers.recycled"),
    Figure("technic_worker_memory_bytes", "Memory of all workers.", "workers.bytes"),
    Figure("technic_cache_blocks", "Finished blocks that are kept.", "units.blocks.blocks"),
    Figure("technic_cache_bytes", "Memory of the finished blocks.", "units.blocks.bytes"),
    Figure("technic_cache_limit_bytes", "Most memory that they may take.", "units.blocks.limit_bytes"),
    Figure("technic_bus_readers", "Subscriptions to what scans tell.", "readers"),
    Figure("technic_streams", "Streams and waiting calls that are held open.", "streams"),
    Figure(
        "technic_stream_frames_total",
        "Frames that were handed to the readers of streams.",
        "delivered.frames",
    ),
    Figure(
        "technic_slow_readers_total",
        "Readers of streams that were closed because they fell too far behind, or did not read.",
        "delivered",
        **_by("reason", "behind", "stalled"),
    ),
    Figure("technic_store_scans", "Ended scans that are remembered.", "storage.scans"),
    Figure("technic_store_bytes", "What these take.", "storage.bytes"),
    Figure("technic_store_in_trouble", "Whether the store keeps less than it should.", "in_trouble"),
    Figure(
        "technic_loop_lag_seconds",
        "How late the event loop was over the last minute.",
        "process.loop_lag",
        **_by("statistic", "p50", "p99", max="longest"),
    ),
    Figure("technic_process_tasks", "Tasks of the event loop.", "process.tasks"),
    Figure("technic_process_threads", "Python threads.", "process.threads"),
    Figure("process_resident_memory_bytes", "Resident memory of the server.", "process.memory_bytes"),
    Figure("process_open_fds", "Open files and sockets of the server.", "process.descriptors"),
    Figure("process_cpu_seconds_total", "Processor time of the server.", "process.cpu_seconds"),
    Figure("process_start_time_seconds", "When the server began, since 1970.", "started_at"),
)


def families(told: Mapping[str, Any]) -> Iterator[Metric]:
    """Every metric of which something is told.

    Args:
        told: The engine's health, and beside it what `metrics.told_by` adds.
    """
    for figure in FIGURES:
        family = _family(figure)
        for label, below in figure.values.items():
            number = _number(told, f"{figure.place}.{below}" if below else figure.place)
            if number is not None:
                family.add_metric([label] if figure.label else [], number)
        if family.samples:
            yield family


def _family(figure: Figure) -> GaugeMetricFamily | CounterMetricFamily:
    labels = [figure.label] if figure.label else []
    if figure.name.endswith("_total"):
        return CounterMetricFamily(figure.name, figure.words, labels=labels)
    return GaugeMetricFamily(figure.name, figure.words, labels=labels)


def _number(told: Mapping[str, Any], place: str) -> float | None:
    """What stands at a place, 1 for a yes and 0 for a no; None where nothing does."""
    found: Any = told
    for name in place.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return float(found) if isinstance(found, int | float) else None
