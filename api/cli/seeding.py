"""``stanchion seed``: fills a server with sample tickets."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.output import AWAY, REFUSED, START_IT, USAGE, fail, print_json, print_problems, say
from definitions.times import to_text

if TYPE_CHECKING:
    from api.seeding import SeedReport
    from api.settings import EdgeSettings
    from definitions.loading.loader import Loaded


def register(app: typer.Typer) -> None:
    app.command()(seed)


def seed(
    month: Annotated[bool, typer.Option("--month", help="A month of the sample organization, up to now.")] = False,
    state: options.State = None,
    definitions: options.Definitions = None,
    standalone: options.Standalone = False,
    as_json: options.AsJson = False,
) -> None:
    """Fill a running server with a plausible month of ended and open tickets."""
    from api.definition_store.proved import load_proved
    from definitions.loading.folders import layers

    if not month:
        fail(USAGE, "Nothing to seed: give --month")
    chosen = options.with_running_server(
        options.settings(definitions=definitions, standalone=standalone, state_folder=state)
    )
    options.world_settings()
    loaded = load_proved(layers(chosen.definitions, standalone=chosen.standalone))
    if loaded.errors and not as_json:
        print_problems(loaded.errors)
    if not loaded.processes:
        fail(REFUSED, "No process could be loaded.")
    report = asyncio.run(_seed(chosen, loaded, quiet=as_json))
    print_report(report, as_json=as_json)


async def _seed(settings: EdgeSettings, loaded: Loaded, *, quiet: bool) -> SeedReport:
    from sqlalchemy.exc import SQLAlchemyError

    from activities.records.store import Records
    from api.clock import now
    from api.cluster import Cluster
    from api.problems import Away
    from api.records import location
    from api.seeding import seed as fill

    logging.getLogger("stanchion.api").addHandler(logging.NullHandler())  # what Temporal's library says is no answer
    cluster = await Cluster.connect(settings)
    with closing(Records(location(settings))) as records:
        try:
            await cluster.has_worker()  # raises Away: a server that has stopped is not a server that was seeded
            return await fill(loaded, records, cluster, now(), (lambda _: None) if quiet else say)
        except Away as away:
            fail(AWAY, f"{away}. The same command continues where it stopped.\nIs it running? {START_IT}")
        except SQLAlchemyError as error:
            fail(AWAY, f"The records can't be written: {error.__class__.__name__}. The same command starts again.")


def print_report(report: SeedReport, *, as_json: bool) -> None:
    """Prints what was seeded, or what was seeded before."""
    until = to_text(report.until)
    if as_json:
        print_json(asdict(report) | {"until": until})
        return
    what = ", ".join(f"{count} {process}" for process, count in report.tickets.items())
    begun = "This server was seeded before" if report.already else "Seeded"
    say(f"{begun}, with the month until {until}: {what or 'nothing'}")
    say(f"{report.ended} ended, {report.open} {'were' if report.already else 'are'} open")
