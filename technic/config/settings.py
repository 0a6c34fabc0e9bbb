"""Every setting with its default, bounds and meaning; each wing takes its own branch.

Names follow `*_seconds` for durations and `*_bytes` for sizes. Nothing here reads a file or the
environment: `loader` does.
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from platformdirs import user_data_path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from technic.config.presets import OwnPresets
from technic.config.sources import SourceName, Table


def _parts(value: Any) -> Any:
    """A comma-separated text as the list that it stands for; a JSON list is one too."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError as error:
            raise PydanticCustomError("list_needed", "Input should be a JSON list, or a,b,c") from error
    return [part.strip() for part in value.split(",") if part.strip()]


def _from_home(path: Path) -> Path:
    """A path with `~` as the home folder that it stands for."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise PydanticCustomError(
            "no_home", "Input should be a path; this user has no home folder"
        ) from error


Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=2**53)]
"""A field with a bound of its own is an `int` with both: of two on one side pydantic may heed the wider."""
Folder = Annotated[Path, AfterValidator(_from_home)]
WebOrigin = Annotated[str, Field(pattern=r"^https?://[^/\s]+$")]
WebOrigins = Annotated[tuple[WebOrigin, ...], BeforeValidator(_parts)]

MOST_WORKERS = 256


def usable_cores() -> int:
    """The processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Section(BaseModel):
    """A branch of the settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _no_flag_for_a_number(cls, value: Any, field: ValidationInfo) -> Any:
        """Python counts true as 1; whoever writes `workers = true` does not mean one worker."""
        if isinstance(value, bool) and cls.model_fields[str(field.field_name)].annotation in {int, float}:
            raise PydanticCustomError("number_needed", "Input should be a number, not true or false")
        return value


class ServerSettings(Section):
    """Where the server listens and what it accepts."""

    host: str = Field(
        "127.0.0.1", min_length=1, description="Address to listen on; loopback unless told otherwise."
    )
    port: int = Field(8000, ge=0, le=65535, description="TCP port; 0 takes a free one.")
    backlog: int = Field(2048, ge=1, le=65_535, description="Connections that may wait to be accepted.")
    max_connections: Count = Field(
        16_384,
        description="Connections open at once, as far as the limit of open files goes; beyond, idle ones go.",
    )
    max_body_bytes: Count = Field(262_144, description="Largest request body.")
    allowed_origins: WebOrigins = Field(
        (), description="Web origins that may call besides the server's own, each exact: https://app.example"
    )
    access_log: bool = Field(True, description="Log each request.")  # noqa: FBT003 - a default, not a flag
    keepalive_seconds: Seconds = Field(75.0, description="How long an idle connection is kept.")


class EngineSettings(Section):
    """How scans are run."""

    workers: int = Field(
        default_factory=lambda: min(usable_cores(), MOST_WORKERS),
        ge=1,
        le=MOST_WORKERS,
        description="Worker processes.",
    )
    max_running_scans: Count = Field(256, description="Scans that run at once; more wait.")
    max_queued_scans: int = Field(
        1000, ge=0, le=2**53, description="Scans that may wait; more are refused (429)."
    )
    retry_attempts: int = Field(
        3, ge=1, le=100, description="Tries of a unit that fails in a recoverable way."
    )
    retry_base_seconds: Seconds = Field(0.2, description="First back-off before a retry.")
    retry_cap_seconds: Seconds = Field(10.0, description="Longest back-off before a retry.")
    failed_share: float = Field(
        0.05, ge=0, le=1, description="Share of failed symbols above which a result says that it is short."
    )
    unit_seconds: Seconds = Field(60.0, description="Longest run of one unit before its worker is replaced.")
    cancel_grace_seconds: Seconds = Field(0.5, description="How long a unit may go on after a cancel.")
    drain_grace_seconds: Seconds = Field(10.0, description="How long scans may take to end at a shutdown.")
    unit_symbols: int = Field(512, ge=64, le=4096, multiple_of=64, description="Symbols rated in one unit.")
    cache_bytes: int = Field(
        268_435_456,
        ge=0,
        le=2**53,
        description="Memory for finished rating blocks, a quarter of it for rows that scans share.",
    )
    worker_nice: int = Field(10, ge=0, le=19, description="How far workers step back behind the event loop.")
    worker_units: Count = Field(10_000, description="Units after which a worker is replaced.")
    worker_bytes: int = Field(
        2_147_483_648,
        ge=67_108_864,
        le=2**53,
        description="Memory at which a worker is replaced; one that works needs more than 64 MiB.",
    )


class StreamSettings(Section):
    """How progress is delivered over WebSocket and SSE."""

    conflate_seconds: Seconds = Field(0.1, description="Shortest time between two progress events of a scan.")
    replay_events: Count = Field(1024, description="State changes and matches kept a scan for replay.")
    reader_bytes: int = Field(
        65_536,
        ge=4_096,
        le=16_777_216,
        description="Most that may wait for one reader, in our buffer and in the kernel's each.",
    )
    send_timeout_seconds: Seconds = Field(10.0, description="How long one send may take.")
    heartbeat_seconds: Seconds = Field(20.0, description="WebSocket ping interval.")
    keepalive_seconds: Seconds = Field(15.0, description="SSE comment interval.")
    retry_seconds: Seconds = Field(2.0, description="What SSE readers are told to wait before reconnecting.")
    max_streams: Count = Field(10_000, description="Streams open at once; more are refused (429).")


class StoreSettings(Section):
    """What is remembered of scans, where, and for how long."""

    kind: Literal["sqlite", "memory"] = Field(
        "sqlite",
        description="Where scans are remembered: in a file in `data_dir`, from which they go on after"
        " a crash, or in memory.",
    )
    checkpoint_seconds: float = Field(
        0.25,
        ge=0,
        le=3_600,
        allow_inf_nan=False,
        description="How long a scan's matches may wait to be kept, and so how much work a crash may cost;"
        " 0 keeps each unit's at once.",
    )
    retention_days: float = Field(7.0, gt=0, le=36_500, description="How long ended scans are kept.")
    max_scans: Count = Field(10_000, description="Ended scans kept; the oldest go first.")
    max_bytes: Count = Field(
        536_870_912, description="Room for ended scans, on the disk or in memory; the oldest go first."
    )


class SimulatedSettings(Section):
    """The built-in market: seeded, realistic, and nobody's."""

    symbols: int = Field(500, ge=1, le=20_000, description="How many symbols there are.")
    years: int = Field(5, ge=1, le=10, description="How many years of daily bars each has at most.")
    seed: int = Field(7, ge=0, le=2**32 - 1, description="Another seed is another market.")
    end: date | None = Field(None, description="Its last day; by default the last business day before today.")
    latency_seconds: float = Field(
        0.0, ge=0, le=60, description="Seconds that a symbol takes to arrive, on average."
    )
    connections: int = Field(
        16, ge=1, le=256, description="Symbols that arrive at once, where there is latency."
    )


class FilesSettings(Section):
    """Bars from a folder of CSV or Parquet files."""

    path: Folder | None = Field(None, description="The folder, or one long table.")


class SourcesSettings(Section):
    """Each source's own settings."""

    simulated: SimulatedSettings = SimulatedSettings()
    files: FilesSettings = FilesSettings()
    own: Table = Field({}, description="What a source of an installed package is told: its own keys.")


class ClientSettings(Section):
    """Which server the commands talk to."""

    url: str | None = Field(
        None,
        min_length=1,
        description="The server that commands ask: https://scans.example/technic; by default the one that"
        " `server.host` and `server.port` name.",
    )


class LogSettings(Section):
    """What is logged and how it looks."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least important line shown."
    )
    format: Literal["auto", "console", "json"] = Field(
        "auto", description="Lines for people, JSON, or by whether stderr is a terminal."
    )


class Settings(Section):
    """All settings of a technic process."""

    data_dir: Folder = Field(
        default_factory=lambda: user_data_path("technic", appauthor=False),
        description="Where bars and history are kept; one server a folder.",
    )
    source: SourceName = Field(
        "simulated", description="Where bars come from: `simulated`, `files`, or a source that is installed."
    )
    presets: OwnPresets = Field(
        {}, description="Named filters of your own, each a table `[presets.NAME]` as below."
    )
    server: ServerSettings = ServerSettings()
    engine: EngineSettings = EngineSettings()
    streams: StreamSettings = StreamSettings()
    store: StoreSettings = StoreSettings()
    sources: SourcesSettings = SourcesSettings()
    client: ClientSettings = ClientSettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _files_have_a_place(self) -> Self:
        """The one setting that another one makes necessary."""
        if self.source == "files" and self.sources.files.path is None:
            raise PydanticCustomError(
                "path_needed", "source = files needs sources.files.path (or --data DIR)"
            )
        return self
