"""`technic serve`: the server, until it is told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from technic.cli.options import BarsFolder, ConfigFile, DataDir, Source, Workers, settings_from

EXAMPLES = """
technic serve
technic serve --port 9000 --workers 4
technic serve --data ~/bars --data-dir /srv/technic
"""
CODES = """
0    it was told to stop, and has
1    it cannot serve; stderr says why
2    usage: an option or a setting cannot be used
"""


def serve(
    *,
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Listen here; 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(metavar="N", help="TCP port; 8000. 0 takes a free one.")] = None,
    source: Source = None,
    bars: BarsFolder = None,
    config_file: ConfigFile = None,
    data_dir: DataDir = None,
    workers: Workers = None,
) -> None:
    """Serve the API until Ctrl-C.

    With no option at all it serves the built-in market on http://127.0.0.1:8000.
    """
    loaded = settings_from(
        config_file,
        source=source,
        bars=bars,
        data_dir=data_dir,
        workers=workers,
        server__host=host,
        server__port=port,
    )
    from technic import app  # noqa: PLC0415 - keeps `technic --help` quick
    from technic.cli.places import check_places  # noqa: PLC0415
    from technic.config.logs import configure_logs  # noqa: PLC0415

    configure_logs(loaded.settings.log)
    check_places(loaded.settings)
    app.serve(loaded.settings)
