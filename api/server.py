"""The API put together: from settings to a running HTTP server."""

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
from api.definition_store.store import Catalogue
from api.freezes import Freezes
from api.http.app import create_app
from api.http.services import Services
from api.identity import Identity, identity_of
from api.inbound.intake import Inbound
from api.records import RecordsAtTheEdge, location
from api.settings import Settings
from api.tickets.acting import Acting
from api.tickets.after_end import AfterEnd
from api.tickets.callbacks import Callbacks
from api.tickets.migrating import Migrating
from api.tickets.reading import Reading
from api.tickets.starting import Starting
from api.tickets.visibility import Visibility
from definitions.loading.folders import layers

LOG = logging.getLogger("stanchion.api")


@asynccontextmanager
async def services(settings: Settings, catalogue: Catalogue, identity: Identity) -> AsyncIterator[Services]:
    """What the routes need, for as long as the application runs."""
    store = Records(location(settings))
    records = RecordsAtTheEdge(store)
    cluster = await Cluster.connect(settings)
    reading = Reading(catalogue, records, cluster)
    told = WorldSettings()
    addresses = Addresses(told.callback_url, told.callback_keys)
    acting = Acting(catalogue, reading, cluster, AfterEnd(records, Visibility(catalogue)))
    watching = asyncio.create_task(catalogue.watch(settings.reload_seconds, LOG.warning))
    _reload_on_hangup(catalogue)
    try:
        yield Services(
            starting=Starting(catalogue, records, cluster, reading.opened),
            acting=acting,
            migrating=Migrating(catalogue, reading, cluster, acting),
            reading=reading,
            catalogue=catalogue,
            identity=identity,
            inbound=Inbound(catalogue, records, cluster),
            freezes=Freezes(catalogue, records),
            callbacks=Callbacks(addresses, cluster, reading),
        )
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        store.close()


def application(settings: Settings) -> FastAPI:
    """The ASGI application of these settings.

    Raises DefinitionError where the definitions have errors, SettingsError for settings that don't go together.
    """
    catalogue = Catalogue(layers(settings.definitions, standalone=settings.standalone), settings.last_good("api"))
    identity = identity_of(settings, catalogue.actor)
    return create_app(lambda: services(settings, catalogue, identity))


def serve(settings: Settings) -> None:
    """Serves until SIGTERM or Ctrl-C; requests under way are finished first. Raises what ``application`` does."""
    config = uvicorn.Config(
        application(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # X-Forwarded-For would let a caller choose the address that identity looks at
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run()


def _reload_on_hangup(catalogue: Catalogue) -> None:
    """SIGHUP reads the definitions again."""
    reloading: set[asyncio.Task[bool]] = set()

    def reload() -> None:
        task = asyncio.ensure_future(catalogue.reload())
        reloading.add(task)
        task.add_done_callback(reloading.discard)

    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # only the main thread takes signals
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
