"""The use cases behind the routes, and how routes get them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.definition_store.store import DefinitionStore
from api.failures import Failures
from api.freezes import Freezes
from api.identity import Caller, Identity
from api.inbound.intake import Intake
from api.tickets.acting import TicketActions
from api.tickets.callbacks import Callbacks
from api.tickets.migrating import TicketMigrations
from api.tickets.readiness import ReadinessCheck
from api.tickets.reading import TicketReader
from api.tickets.starting import TicketStarts
from definitions.people.directory import Actor


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases behind the routes."""

    starts: TicketStarts
    actions: TicketActions
    migrations: TicketMigrations
    tickets: TicketReader
    definitions: DefinitionStore
    identity: Identity
    inbound: Intake
    freezes: Freezes
    callbacks: Callbacks
    readiness: ReadinessCheck
    failures: Failures


async def _services(request: Request) -> Services:  # async: FastAPI runs any other in a thread
    services: Services = request.app.state.services
    return services


Provided = Annotated[Services, Depends(_services)]


def caller_of(request: Request) -> Caller:
    """What a request shows of its sender."""
    server, headers = request.scope.get("server"), request.headers
    return Caller(
        server=server[0] if server else None,
        peer=request.client.host if request.client else None,
        hosts=tuple(headers.getlist("host")),
        names=tuple(headers.getlist("x-actor")),
    )


async def _actor(request: Request, services: Provided) -> Actor:
    return await services.identity.authenticate(caller_of(request))


CurrentActor = Annotated[Actor, Depends(_actor)]
