"""The command line put together, and the one place where its errors become exit codes."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from api.cli import (
    acting,
    counterexamples,
    definitions,
    failing,
    freezing,
    migrating,
    reading,
    records,
    scenarios,
    seeding,
    servers,
    starting,
    story,
    trace,
    triggering,
    work,
)
from api.cli.output import USAGE, CommandError, err, fail, print_json

EPILOG = "Exit codes: 0 done · 1 refused, or a check failed · 2 wrong usage · 3 the server is away · 130 interrupted."

app = typer.Typer(
    name="stanchion",
    help="ITSM processes as code: written in YAML, run as durable Temporal workflows.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (
    servers,
    definitions,
    counterexamples,
    scenarios,
    starting,
    reading,
    acting,
    work,
    migrating,
    triggering,
    freezing,
    failing,
    story,
    seeding,
    trace,
    records,
):
    part.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stanchion {version('stanchion')}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """ITSM processes as code: written in YAML, run as durable Temporal workflows."""


def _print_all_characters() -> None:
    """Escapes characters that the terminal's encoding lacks: they would end the command in the middle of its output."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _require_text() -> None:
    """Raises CommandError (usage) for an argument or a setting with bytes that are no text in UTF-8."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("STANCHION_")}
    for name, text in [*((None, one) for one in sys.argv[1:]), *settings.items()]:
        if not text.isprintable() and any("\ud800" <= one <= "\udfff" for one in text):
            shown = text.encode("utf-8", "backslashreplace").decode()
            fail(USAGE, f"{name}: not text in UTF-8: {shown}" if name else f"Not text in UTF-8: {shown}")


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    _print_all_characters()
    try:
        _require_text()
        app()
    except CommandError as error:
        if error.document is not None and "--json" in sys.argv:
            print_json(error.document)
        else:
            err.print(str(error), style="red")
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(130)
