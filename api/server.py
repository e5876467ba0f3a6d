"""Composition of the API: from settings to a running HTTP server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from activities.callbacks import Addresses
from activities.records.store import Records
from activities.settings import Settings as WorldSettings
from api.cluster import Cluster
from api.definition_store.store import DefinitionStore
from api.failures import Failures
from api.freezes import Freezes
from api.http.app import create_app
from api.http.services import Services
from api.identity import Identity, identity_of
from api.inbound.intake import Intake
from api.records import RecordsAtTheEdge, location
from api.settings import EdgeSettings
from api.tickets.acting import TicketActions
from api.tickets.after_end import AfterEnd
from api.tickets.callbacks import Callbacks
from api.tickets.migrating import TicketMigrations
from api.tickets.readiness import ReadinessCheck
from api.tickets.reading import TicketReader
from api.tickets.sending import EventSender
from api.tickets.starting import TicketStarts
from api.tickets.visibility import Visibility
from definitions.loading.folders import layers

LOG = logging.getLogger("stanchion.api")


@asynccontextmanager
async def services(settings: EdgeSettings, store: DefinitionStore, identity: Identity) -> AsyncIterator[Services]:
    """What the routes need, for as long as the application runs."""
    kept = Records(location(settings))
    records = RecordsAtTheEdge(kept)
    cluster = await Cluster.connect(settings)
    tickets = TicketReader(store, records, cluster)
    told = WorldSettings()
    addresses = Addresses(told.callback_url, told.callback_keys)
    sender = EventSender(records, cluster)
    actions = TicketActions(store, tickets, sender, AfterEnd(records, Visibility(store)))
    failures = Failures(store, cluster)
    beside = [asyncio.create_task(store.watch(settings.reload_seconds, LOG.warning))]
    beside.append(asyncio.create_task(failures.follow()))
    _reload_on_hangup(store)
    try:
        yield Services(
            starts=TicketStarts(store, records, cluster, sender, tickets),
            actions=actions,
            migrations=TicketMigrations(store, tickets, cluster, actions),
            tickets=tickets,
            definitions=store,
            identity=identity,
            inbound=Intake(store, records, cluster),
            freezes=Freezes(store, records),
            callbacks=Callbacks(addresses, cluster, sender, tickets),
            readiness=ReadinessCheck(records, cluster),
            failures=failures,
        )
    finally:
        for task in beside:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        kept.close()


def application(settings: EdgeSettings) -> FastAPI:
    """The ASGI application of these settings.

    Raises DefinitionError where the definitions have errors, SettingsError for settings that contradict each other.
    """
    store = DefinitionStore(layers(settings.definitions, standalone=settings.standalone), settings.last_good("api"))
    identity = identity_of(settings, store.actor)
    return create_app(lambda: services(settings, store, identity))


def serve(settings: EdgeSettings) -> None:
    """Serves until SIGTERM or Ctrl-C, and finishes the requests under way first. Raises what ``application`` raises."""
    config = uvicorn.Config(
        application(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # X-Forwarded-For would let a caller choose the address that identity checks
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run()


def _reload_on_hangup(store: DefinitionStore) -> None:
    """SIGHUP reads the definitions again."""
    reloading: set[asyncio.Task[bool]] = set()

    def reload() -> None:
        task = asyncio.ensure_future(store.reload())
        reloading.add(task)
        task.add_done_callback(reloading.discard)

    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # only the main thread takes signals
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
