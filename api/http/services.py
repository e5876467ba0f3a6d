"""What the routes need, and how they get it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.definition_store.store import Catalogue
from api.freezes import Freezes
from api.identity import Identity
from api.inbound.intake import Inbound
from api.tickets.acting import Acting
from api.tickets.callbacks import Callbacks
from api.tickets.migrating import Migrating
from api.tickets.reading import Reading
from api.tickets.starting import Starting
from definitions.people.directory import Actor


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes need."""

    starting: Starting
    acting: Acting
    migrating: Migrating
    reading: Reading
    catalogue: Catalogue
    identity: Identity
    inbound: Inbound
    freezes: Freezes
    callbacks: Callbacks


async def _services(request: Request) -> Services:  # async: FastAPI runs any other in a thread
    services: Services = request.app.state.services
    return services


Provided = Annotated[Services, Depends(_services)]


async def _actor(request: Request, services: Provided) -> Actor:
    return await services.identity.authenticate(request)


CurrentActor = Annotated[Actor, Depends(_actor)]
