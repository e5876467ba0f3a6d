"""Options that several commands take, said once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from api.cli.output import AWAY, USAGE, fail
from api.settings import EdgeSettings

Definitions = Annotated[
    Path | None,
    typer.Option(
        "--definitions",
        metavar="DIR",
        envvar="STANCHION_DEFINITIONS",
        help="A folder of definitions, laid over the shipped ones file by file.",
    ),
]
Standalone = Annotated[
    bool, typer.Option("--standalone", envvar="STANCHION_STANDALONE", help="Use --definitions alone.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", envvar="STANCHION_URL", help="The API. Default: what `stanchion up` wrote into ./.stanchion."
    ),
]
As = Annotated[str | None, typer.Option("--as", envvar="STANCHION_ACTOR", metavar="PERSON", help="Who you are.")]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="An Idempotency-Key: the command may be repeated, and happens once."),
]
Revision = Annotated[
    int | None, typer.Option("--if-revision", min=0, help="Refuse unless the ticket is still at this revision.")
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field", "-f", metavar="NAME=VALUE", help='A field: name=text, or name:=JSON (3, true, null, ["a"]).'
    ),
]
Actions = Annotated[
    list[str] | None,
    typer.Option("--actions", metavar="MODULE", help="A Python module with actions, beside those that are installed."),
]
Workflows = Annotated[
    list[str] | None,
    typer.Option(
        "--workflows", metavar="MODULE", help="A Python module with workflows, beside those that are installed."
    ),
]
State = Annotated[Path | None, typer.Option("--state", metavar="DIR", help="The state folder. Default: ./.stanchion")]
Host = Annotated[str | None, typer.Option("--host", help="Where the API listens. Default: 127.0.0.1")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="The API's port. Default: 8700; 0: any.")]


def name_actions(modules: list[str] | None) -> None:
    """Tells the worker of these modules, in this process or one that it starts, by the setting of the environment."""
    if modules:
        os.environ["STANCHION_ACTIONS"] = ",".join(modules)


def name_workflows(modules: list[str] | None) -> None:
    """The same for modules with workflows."""
    if modules:
        os.environ["STANCHION_WORKFLOWS"] = ",".join(modules)


def settings(**given: Any) -> EdgeSettings:
    """Settings of the environment with what the command line says over them; None says nothing."""
    try:
        own = EdgeSettings()
    except ValidationError as error:
        wrong = [f"STANCHION_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors()]
        fail(USAGE, "Settings that can't be used:\n" + "\n".join(wrong))
    told = {name: value for name, value in given.items() if value is not None and value is not False}
    return own.model_copy(update=told)


def with_running_server(settings: EdgeSettings) -> EdgeSettings:
    """The settings with the address of the Temporal server that runs in the state folder, where none is given."""
    from api.local.state_folder import running

    if settings.temporal_address:
        return settings
    address = running(settings.state_folder).get("temporal")
    if not address:
        fail(AWAY, f"Nothing runs in {settings.state_folder}. `stanchion up` starts everything.")
    return settings.model_copy(update={"temporal_address": address})
