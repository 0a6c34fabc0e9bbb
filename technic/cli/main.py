"""The command line's front door: which commands there are, and how each ends."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from technic import __version__
from technic.cli import (
    cancel,
    config,
    fields,
    history,
    load,
    presets,
    report,
    results,
    scan,
    serve,
    start,
    symbol,
    watch,
)
from technic.cli.complaints import ExitCode, complain, complain_of, exit_code_of, tell
from technic.cli.interrupts import leave_at_once
from technic.cli.pages import page
from technic.cli.streams import STDOUT, refused, settle_streams, silence
from technic.errors import TechnicError, failure_of

app = typer.Typer(
    name="technic",
    help="A stock scanner: 26 technical votes a symbol, live progress, cancel when you have seen enough.",
    no_args_is_help=True,
    # Elsewhere help is plain text, without boxes.
    rich_markup_mode="rich" if sys.stdout is not None and sys.stdout.isatty() else None,
    pretty_exceptions_enable=False,  # they print local variables, and a key may be among them
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
_COMMANDS: dict[str, Callable[..., None]] = {}
for _module, _command in (
    (serve, serve.serve),
    (scan, scan.scan),
    (start, start.start),
    (watch, watch.watch),
    (results, results.results),
    (cancel, cancel.cancel),
    (history, history.history),
    (symbol, symbol.symbol),
    (report, report.report),
    (load, load.load),
    (presets, presets.presets),
    (fields, fields.fields),
    (config, config.config),
):
    _COMMANDS[_command.__name__] = app.command(help=page(_command, _module.EXAMPLES, _module.CODES))(_command)


def _version(wanted: bool) -> None:  # noqa: FBT001 - the signature of an option's callback
    if wanted:
        typer.echo(f"technic {__version__}")
        raise typer.Exit


@app.callback()
def technic(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", metavar="", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """A stock scanner: 26 technical votes a symbol, live progress, cancel when you have seen enough."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and leave the process with its exit code; the console script.

    Args:
        argv: The words after the program's name; those of this process where none are given.
    """
    leave_at_once()
    settle_streams()
    try:
        app(args=None if argv is None else list(argv), prog_name="technic")
    except TechnicError as error:
        words = sys.argv[1:] if argv is None else argv
        complain(error, next((word for word in words if word in _COMMANDS), "scan"))
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except OSError as error:
        silence(STDOUT)
        complain(refused(error))
        sys.exit(ExitCode.FAILED)
    except Exception as error:
        logging.getLogger(__name__).debug("the command failed", exc_info=error)
        complain_of(failure_of(error))
        tell("TECHNIC_LOG__LEVEL=debug shows where it happened.")
        sys.exit(ExitCode.FAILED)
