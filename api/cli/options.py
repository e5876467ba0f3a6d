"""Options that several commands share."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from api.cli.output import AWAY, START_IT, USAGE, fail
from api.settings import EdgeSettings
from definitions.text.invalid_values import reason

if TYPE_CHECKING:
    from activities.settings import Settings as WorldSettings

Definitions = Annotated[
    Path | None,
    typer.Option(
        "--definitions",
        metavar="DIR",
        envvar="STANCHION_DEFINITIONS",
        help="A definitions folder; its files replace shipped files of the same name.",
    ),
]
Standalone = Annotated[
    bool,
    typer.Option(
        "--standalone", envvar="STANCHION_STANDALONE", help="Use --definitions without the shipped definitions."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", envvar="STANCHION_URL", help="The API's address. Default: the running `stanchion up` of ./.stanchion."
    ),
]
As = Annotated[str | None, typer.Option("--as", envvar="STANCHION_ACTOR", metavar="PERSON", help="Who you are.")]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="An Idempotency-Key: a repeated command takes effect once."),
]
Revision = Annotated[
    int | None, typer.Option("--if-revision", min=0, help="Refuse unless the ticket is at this revision.")
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field", "-f", metavar="NAME=VALUE", help='A field: name=value, or name:=JSON (3, true, null, ["a"]).'
    ),
]
Actions = Annotated[
    list[str] | None,
    typer.Option("--actions", metavar="MODULE", help="A Python module with actions, besides the installed ones."),
]
Workflows = Annotated[
    list[str] | None,
    typer.Option("--workflows", metavar="MODULE", help="A Python module with workflows, besides the installed ones."),
]
State = Annotated[Path | None, typer.Option("--state", metavar="DIR", help="The state folder. Default: ./.stanchion")]
Host = Annotated[str | None, typer.Option("--host", help="The address to listen on. Default: 127.0.0.1")]
Port = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="The API's port. Default: 8700; 0 takes a free port.")
]


def name_actions(modules: list[str] | None) -> None:
    """Names modules with actions to the worker, in this process or a child process, by its environment."""
    if modules:
        os.environ["STANCHION_ACTIONS"] = ",".join(modules)


def name_workflows(modules: list[str] | None) -> None:
    """Names modules with workflows to the worker in the same way."""
    if modules:
        os.environ["STANCHION_WORKFLOWS"] = ",".join(modules)


def settings(**given: Any) -> EdgeSettings:
    """The settings of the environment; options of the command line replace them, None replaces nothing."""
    with _named_settings():
        own = EdgeSettings()
    replaced = {name: value for name, value in given.items() if value is not None and value is not False}
    return own.model_copy(update=replaced)


def world_settings() -> WorldSettings:
    """The settings of records, notifications and automation, for commands that use them in this process or a child."""
    from activities.secrets import SecretMissingError
    from activities.settings import Settings as WorldSettings

    with _named_settings():
        found = WorldSettings()
    try:
        found.records_location()
    except SecretMissingError as error:
        fail(USAGE, f"Invalid settings:\nSTANCHION_RECORDS_PASSWORD: {error}")
    return found


@contextmanager
def _named_settings() -> Iterator[None]:
    """Names each environment variable with a wrong value. Raises CommandError (usage)."""
    from pydantic_settings import SettingsError

    try:
        yield
    except ValidationError as error:
        wrong = [f"STANCHION_{str(one['loc'][0]).upper()}: {reason(one)}" for one in error.errors()]
        fail(USAGE, "Invalid settings:\n" + "\n".join(wrong))
    except SettingsError as error:
        field = re.search(r'field "(\w+)"', str(error))
        name = f"STANCHION_{field[1].upper()}" if field else str(error)
        fail(USAGE, f"Invalid settings:\n{name}: not JSON: {error.__cause__}")


def with_running_server(settings: EdgeSettings) -> EdgeSettings:
    """The settings with the address of the Temporal server that runs in the state folder, where none is given."""
    from api.local.state_folder import running

    if settings.temporal_address:
        return settings
    address = running(settings.state_folder).get("temporal")
    if not address:
        fail(AWAY, f"Nothing runs in {settings.state_folder}. {START_IT}")
    return settings.model_copy(update={"temporal_address": address})
