"""``stanchion start``."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli import options
from api.cli.client import Api
from api.cli.field_values import fields_of_process
from api.cli.output import print_json, say


def register(app: typer.Typer) -> None:
    app.command()(start)


def start(
    process: Annotated[str, typer.Argument(help="The id of a process: change, incident …")],
    field: options.Fields = None,
    send: Annotated[
        str | None, typer.Option("--send", metavar="EVENT", help="Send this event in the same call.")
    ] = None,
    person: options.As = None,
    key: options.Key = None,
    url: options.Url = None,
    as_json: options.AsJson = False,
) -> None:
    """Open a ticket: stanchion start incident -f summary="Mail is down" --as alice"""
    api = Api(url, person)
    body = {"process": process, "fields": fields_of_process(api, process, field)}
    if send:
        body["event"] = {"name": send}
    acted = api.send("POST", ("tickets",), body, key=key)
    if as_json:
        print_json(acted)
    else:
        say(f"{acted['key']} opened: {' › '.join(acted['states'])}")
