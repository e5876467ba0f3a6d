"""``stanchion records``: compares the records with Temporal's histories, and repairs the records."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.output import AWAY, REFUSED, START_IT, CommandError, fail, print_json, print_problems, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from temporalio.client import Client

    from activities.records.outbox import ByRevision
    from api.reconciliation.divergences import Divergence
    from api.reconciliation.reconciling import Mode
    from api.settings import EdgeSettings
    from workflows.contracts import RecordBatch

Keys = Annotated[list[str] | None, typer.Argument(metavar="TICKET…", help="Only these tickets. Default: all tickets.")]
Named = Annotated[list[str], typer.Argument(metavar="TICKET…", help="The tickets to rebuild.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only print what the command would do.")]

group = typer.Typer(
    no_args_is_help=True,
    help="Compare and repair the records after a restore from a backup. Needs access to Temporal and to the records.",
)


def register(app: typer.Typer) -> None:
    group.command()(verify)
    group.command()(reconcile)
    group.command()(rebuild)
    app.add_typer(group, name="records")


def verify(tickets: Keys = None, state: options.State = None, as_json: options.AsJson = False) -> None:
    """Compare the records with the history of each ticket, and print every divergence. Changes nothing."""
    _run("verify", tickets, options.settings(state_folder=state), as_json=as_json)


def reconcile(
    tickets: Keys = None,
    dry_run: DryRun = False,
    state: options.State = None,
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    as_json: options.AsJson = False,
) -> None:
    """Write missing steps again, have tickets take back steps that they do not have, and raise counters.

    It is safe to repeat this command.
    """
    chosen = options.settings(definitions=definitions, standalone=standalone, state_folder=state)
    _run("reconcile", tickets, chosen, keep=not dry_run, as_json=as_json)


def rebuild(
    tickets: Named,
    dry_run: DryRun = False,
    state: options.State = None,
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    as_json: options.AsJson = False,
) -> None:
    """Replace the recorded steps of tickets by the steps of their histories, for damaged or altered records.

    To fill an empty store with the records of all tickets, run stanchion migrate-db, then stanchion records reconcile.
    """
    chosen = options.settings(definitions=definitions, standalone=standalone, state_folder=state)
    _run("rebuild", tickets, chosen, keep=not dry_run, as_json=as_json)


def _run(
    mode: Mode, tickets: list[str] | None, chosen: EdgeSettings, *, keep: bool = True, as_json: bool = False
) -> None:
    from sqlalchemy.exc import OperationalError

    logging.getLogger("temporalio").setLevel(logging.CRITICAL)  # what a replay finds is printed here
    settings = options.with_running_server(chosen)
    options.world_settings()
    notify = _rendering(settings) if mode != "verify" else lambda batch: {}
    try:
        found, looked_at = asyncio.run(_divergences(mode, tickets, settings, notify, keep=keep, quiet=as_json))
    except OperationalError as error:
        fail(AWAY, f"The records store can't be used: {str(error.orig).strip()}")
    standing = [one for one in found if not one.repaired]
    if as_json:
        divergences = [
            {"of": one.thing, "found": one.found, "done": one.done, "repaired": one.repaired} for one in found
        ]
        print_json({"tickets": looked_at, "divergences": divergences})
    else:
        repaired = f", {len(found) - len(standing)} repaired" if mode != "verify" and keep else ""
        say(f"tickets: {looked_at}, divergences: {len(found)}{repaired}")
    if standing:
        raise typer.Exit(REFUSED)


async def _divergences(
    mode: Mode,
    tickets: list[str] | None,
    settings: EdgeSettings,
    notify: Callable[[RecordBatch], ByRevision],
    *,
    keep: bool,
    quiet: bool,
) -> tuple[list[Divergence], int]:
    """The divergences, each printed when it is found, and the number of tickets."""
    from temporalio.service import RPCError

    from activities.records.store import Records
    from api.reconciliation.reconciling import Reconciliation
    from api.records import location

    found: list[Divergence] = []
    try:
        client = await _connected(settings)
        with closing(Records(location(settings))) as records:
            reconciliation = Reconciliation(
                client, records, settings.task_queue, notify, seconds=settings.request_seconds, mode=mode, keep=keep
            )
            async for one in reconciliation.of(tickets) if tickets else reconciliation.all():
                found.append(one)
                if not quiet:
                    say(str(one))
            return found, reconciliation.looked_at
    except RPCError as error:
        raise _away(settings, error) from error


async def _connected(settings: EdgeSettings) -> Client:
    from temporalio.client import Client

    from workflows.ticket.converter import data_converter

    try:
        return await Client.connect(
            settings.temporal, namespace=settings.temporal_namespace, data_converter=data_converter()
        )
    except RuntimeError as error:
        raise _away(settings, error) from error


def _away(settings: EdgeSettings, error: Exception) -> CommandError:
    from api.tickets.histories import why_away

    reason = why_away(error)
    return CommandError(AWAY, f"Temporal does not answer at {settings.temporal}: {reason}\nIs it running? {START_IT}")


def _rendering(settings: EdgeSettings) -> Callable[[RecordBatch], ByRevision]:
    """Renders the notifications of a batch as a worker does, with the definitions of today."""
    from activities.notifications.routes import Routes
    from activities.notifications.writing import notifications_of
    from activities.world import World
    from definitions.loading.folders import layers
    from definitions.loading.loader import load

    loaded = load(layers(settings.definitions, standalone=settings.standalone))
    if loaded.errors:
        print_problems(loaded.errors)
        fail(REFUSED, "The definitions have errors, so notifications can't be written. Correct the definitions first.")
    world = World(loaded.organization, loaded.templates, loaded.processes)
    routes = Routes(options.world_settings())
    return lambda batch: notifications_of(world, routes, batch, batch.snapshot.at)
