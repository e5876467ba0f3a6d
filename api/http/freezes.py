"""Routes on freezes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.freezes import FreezeBody, FreezeList, FreezeView
from api.http import documents
from api.http.json_bodies import JsonRoute
from api.http.parameters import IdempotencyKey
from api.http.services import CurrentActor, Provided
from api.tickets.models import Reason

router = APIRouter(prefix="/v1/freezes", route_class=JsonRoute, tags=["freezes"])

FreezeId = Annotated[str, Path(alias="id", pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Everything = Annotated[bool, Query(alias="all", description="past and lifted ones too")]
Why = Annotated[Reason | None, Query(description="why the freeze is lifted")]


@router.get("", responses=documents.LIST)
async def list_freezes(services: Provided, _actor: CurrentActor, everything: Everything = False) -> FreezeList:
    """Freezes that hold now or will, from the organization's files and declared, by their start."""
    return await services.freezes.list(everything=everything)


@router.get("/{id}", responses=documents.READ)
async def read_freeze(id_: FreezeId, services: Provided, _actor: CurrentActor) -> FreezeView:
    """A freeze, also a past or lifted one: who declared it, when and why."""
    return await services.freezes.get(id_)


@router.put("/{id}", responses=documents.START)
async def declare_freeze(
    id_: FreezeId, services: Provided, actor: CurrentActor, key: IdempotencyKey, body: FreezeBody
) -> FreezeView:
    """Declare a freeze: the tickets that it concerns are notified. An id is used once."""
    return await services.freezes.declare(actor, id_, body, key)


@router.delete("/{id}", responses=documents.START)
async def lift_freeze(
    id_: FreezeId, services: Provided, actor: CurrentActor, key: IdempotencyKey, reason: Why = None
) -> FreezeView:
    """Lift a freeze: it stays on record with who lifted it, when and why, and holds no longer."""
    return await services.freezes.lift(actor, id_, reason, key)
