"""Commands that serve: up, worker, api; and migrate-db, which deployments run before."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.output import AWAY, REFUSED, USAGE, CommandError, fail, print_problems, say

if TYPE_CHECKING:
    from api.local.installation import Installation


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(worker)
    app.command()(api)
    app.command("migrate-db")(migrate_db)


def up(
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    state: options.State = None,
    host: options.Host = None,
    port: options.Port = None,
    actions: options.Actions = None,
    workflows: options.Workflows = None,
    ui: Annotated[bool, typer.Option("--ui", help="Serve Temporal's web UI, too.")] = False,
) -> None:
    """Start everything on this machine: embedded Temporal server, worker and API. Ctrl-C stops it."""
    from api.local.embedded import ServerStartError
    from api.local.installation import Installation
    from api.local.ports import PortUnusableError
    from api.local.state_folder import FolderInUseError, FolderUnusableError, StateFolder

    began = time.monotonic()
    options.name_actions(actions)
    options.name_workflows(workflows)
    chosen = options.settings(definitions=definitions, standalone=standalone, state_folder=state, host=host, port=port)
    options.world_settings()  # the worker and the API would end because of wrong ones
    try:
        with StateFolder(chosen.state_folder) as folder:
            installation = Installation(chosen, folder, say, ui=ui)
            asyncio.run(_up(installation, began))
    except FolderUnusableError as error:
        raise CommandError(USAGE, str(error)) from error
    except (FolderInUseError, PortUnusableError) as error:
        raise CommandError(REFUSED, str(error)) from error
    except (ServerStartError, FileNotFoundError) as error:
        raise CommandError(AWAY, str(error)) from error
    except OSError as error:
        raise CommandError(AWAY, f"{chosen.state_folder} can't be used: {error}. Fix this, then start again") from error


async def _up(installation: Installation, began: float) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = installation.settings
    say(f"state      {installation.folder.path.resolve()}")
    say(f"Temporal   {settings.temporal}, embedded, {installation.server.log}")
    if installation.ui_port:
        say(f"           http://127.0.0.1:{installation.ui_port}")
    say(f"worker     {installation.worker.log}")
    say(f"API        {installation.url}, {installation.api.log}")
    try:
        installation.start()
        if await _first(installation.ready(), stop):
            return
        seconds = time.monotonic() - began
        say(f"ready in {seconds:.1f} s. The header X-Actor names the person (development). Ctrl-C stops everything.")
        await installation.run(stop)
    finally:
        say("stopping")
        await asyncio.to_thread(installation.stop)
    say("stopped")


async def _first(ready: Coroutine[Any, Any, None], stop: asyncio.Event) -> bool:
    """Waits until the servers are ready or the stop is requested; true for the stop."""
    coming, stopping = asyncio.ensure_future(ready), asyncio.ensure_future(stop.wait())
    done, waiting = await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    if coming in done:
        coming.result()
    return stop.is_set()


def worker(
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    actions: options.Actions = None,
    workflows: options.Workflows = None,
) -> None:
    """Run a worker, for deployments; STANCHION_* settings name Temporal and the records."""
    from activities.actions.registry import ActionsError
    from api.worker import work
    from workflows.registry import WorkflowsError

    _log()
    options.name_actions(actions)
    options.name_workflows(workflows)
    chosen = options.settings(definitions=definitions, standalone=standalone)
    options.world_settings()
    with _definition_errors(), _records_errors():
        try:
            asyncio.run(work(chosen))
        except ActionsError as error:
            fail(USAGE, f"actions: {error}")
        except WorkflowsError as error:
            fail(USAGE, f"workflows: {error}")


def api(
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    host: options.Host = None,
    port: options.Port = None,
) -> None:
    """Serve the API, for deployments; STANCHION_* settings name Temporal and the records."""
    from api.identity import SettingsError
    from api.local.ports import PortUnusableError, check
    from api.server import serve

    chosen = options.settings(definitions=definitions, standalone=standalone, host=host, port=port)
    try:
        check(chosen.host, chosen.port)
    except PortUnusableError as error:
        fail(REFUSED, str(error))
    _log()
    options.world_settings()
    with _definition_errors(), _records_errors():
        try:
            serve(chosen)
        except SettingsError as error:
            fail(USAGE, str(error))


def migrate_db() -> None:
    """Upgrade the records store (STANCHION_RECORDS_URL) to this version; safe to repeat."""
    from activities.records.migrate import migrate
    from api.records import location

    chosen = options.settings()
    options.world_settings()
    with _records_errors():
        migrate(location(chosen))
    say("the records store is up to date")


@contextmanager
def _definition_errors() -> Iterator[None]:
    """Ends the command with every problem of definitions that can't be used."""
    from definitions.text.counts import counted
    from definitions.text.problems import DefinitionError

    try:
        yield
    except DefinitionError as error:
        print_problems(error.problems)
        fail(REFUSED, f"{counted(len(error.problems), 'error')} in the definitions")


@contextmanager
def _records_errors() -> Iterator[None]:
    """Ends the command where the records store can't be reached, or its folder can't be made."""
    from sqlalchemy.exc import OperationalError

    try:
        yield
    except OperationalError as error:
        fail(AWAY, f"The records store can't be used: {str(error.orig).strip()}")
    except OSError as error:
        if error.filename is None:
            raise
        fail(AWAY, f"{error.filename} can't be used: {error.strerror}.")


def _log() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
