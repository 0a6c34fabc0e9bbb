"""`technic load`: drive a running server, and see whether it loses anything."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from technic.cli.options import ServerUrl, server_url

_MOST_SCANS, _MOST_WATCHERS, _MOST_SYMBOLS = 10_000, 10_000, 1_000_000
_DAY_SECONDS = 86_400.0
_LOAD, _READERS, _BOUNDS = "What is asked of the server", "Who watches", "What may be (else exit code 1)"

EXAMPLES = """
technic load --scans 20 --watchers 5 --seconds 10
technic load --scans 100 --watchers 10 --ramp 5 --seconds 60 --max-p99-ms 5
"""
CODES = """
0    nothing was lost, and no bound passed
1    a frame was lost, doubled or out of order, or a bound passed
2    usage
130  ended with Ctrl-C, with the report so far
"""


def load(
    *,
    url: ServerUrl = None,
    scans: Annotated[
        int,
        typer.Option(min=1, max=_MOST_SCANS, metavar="N", help="Scans at a time.", rich_help_panel=_LOAD),
    ] = 10,
    seconds: Annotated[
        float,
        typer.Option(
            min=0.1, max=_DAY_SECONDS, metavar="T", help="Start scans for so long.", rich_help_panel=_LOAD
        ),
    ] = 30.0,
    ramp: Annotated[
        float,
        typer.Option(
            min=0,
            max=_DAY_SECONDS,
            metavar="S",
            help="Spread the first ones over this.",
            rich_help_panel=_LOAD,
        ),
    ] = 1.0,
    symbols: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=_MOST_SYMBOLS,
            metavar="N",
            help="Symbols a scan; all by default.",
            rich_help_panel=_LOAD,
        ),
    ] = None,
    min_tech_rating: Annotated[
        float | None,
        typer.Option(
            min=-100,
            max=100,
            metavar="R",
            help="Only rows from this rating on; they are most of what is sent.",
            rich_help_panel=_LOAD,
        ),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", metavar="", help="Have each scan compute anew.", rich_help_panel=_LOAD),
    ] = False,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", metavar="", help="Leave the scans in the server's history.", rich_help_panel=_LOAD
        ),
    ] = False,
    watchers: Annotated[
        int,
        typer.Option(
            min=0,
            max=_MOST_WATCHERS,
            metavar="M",
            help="Watchers of each scan: WebSocket, Server-Sent Events and polling in turn.",
            rich_help_panel=_READERS,
        ),
    ] = 3,
    stalled_share: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            metavar="F",
            help="Of the streams, those that read nothing.",
            rich_help_panel=_READERS,
        ),
    ] = 0.1,
    slow_share: Annotated[
        float, typer.Option(min=0, max=1, metavar="F", help="Those that are slow.", rich_help_panel=_READERS)
    ] = 0.1,
    reconnecting_share: Annotated[
        float,
        typer.Option(
            min=0, max=1, metavar="F", help="Those that leave and come back.", rich_help_panel=_READERS
        ),
    ] = 0.1,
    max_p99_ms: Annotated[
        float | None,
        typer.Option(min=0, metavar="MS", help="Delivery of a frame.", rich_help_panel=_BOUNDS),
    ] = None,
    max_start_p99_ms: Annotated[
        float | None, typer.Option(min=0, metavar="MS", help="POST /scan/start.", rich_help_panel=_BOUNDS)
    ] = None,
    max_poll_p99_ms: Annotated[
        float | None, typer.Option(min=0, metavar="MS", help="GET /scan/progress.", rich_help_panel=_BOUNDS)
    ] = None,
    max_lag_ms: Annotated[
        float | None,
        typer.Option(min=0, metavar="MS", help="The server's event loop.", rich_help_panel=_BOUNDS),
    ] = None,
    max_lost: Annotated[
        int, typer.Option(min=0, metavar="N", help="Frames that were lost.", rich_help_panel=_BOUNDS)
    ] = 0,
    max_errors: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Errors of any kind.", rich_help_panel=_BOUNDS)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Report as one JSON object.")] = False,
) -> None:
    """Drive a running server, and report what it did.

    So many scans run at a time; one that ends is followed by the next, and deleted. What the watchers of a
    scan are told is held against one another.
    """
    if stalled_share + slow_share + reconnecting_share > 1:
        shares = f"stalled {stalled_share:g}, slow {slow_share:g} and reconnecting {reconnecting_share:g}"
        raise typer.BadParameter(f"{shares} are more than all readers", param_hint="--stalled-share")
    target = server_url(url)
    if stalled_share and target.startswith("https:"):
        raise typer.BadParameter("stalls over http only; add --stalled-share 0", param_hint="--stalled-share")
    from technic.cli.loading import command  # noqa: PLC0415 - keeps `technic --help` quick
    from technic.cli.loading.bounds import Bounds  # noqa: PLC0415
    from technic.cli.loading.plan import LoadPlan  # noqa: PLC0415

    plan = LoadPlan(
        url=target,
        scans=scans,
        watchers=watchers,
        stalled_share=stalled_share,
        slow_share=slow_share,
        reconnecting_share=reconnecting_share,
        seconds=seconds,
        ramp_seconds=min(ramp, seconds),
        request=request_of(symbols, min_tech_rating, fresh=fresh),
        keep=keep,
    )
    bounds = Bounds(
        p99_ms=max_p99_ms,
        start_p99_ms=max_start_p99_ms,
        poll_p99_ms=max_poll_p99_ms,
        lag_ms=max_lag_ms,
        errors=max_errors,
        lost=max_lost,
    )
    raise typer.Exit(command.load(plan, bounds, as_json=as_json))


def request_of(symbols: int | None, min_tech_rating: float | None, *, fresh: bool) -> dict[str, Any]:
    """What each scan asks for, as a ScanRequest in JSON; what was not said is left to the server."""
    said = {"max_symbols": symbols, "min_tech_rating": min_tech_rating}
    named = {name: value for name, value in said.items() if value is not None}
    return {**named, "fresh": fresh, "tags": ["load"]}
