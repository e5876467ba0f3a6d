"""The route for callbacks of other systems."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from activities.callbacks import PATH, Awaited
from api.http import documents
from api.http.json_bodies import JsonRoute
from api.http.services import Provided
from api.tickets.callbacks import CallbackBody, CallbackTaken

router = APIRouter(prefix=PATH, route_class=JsonRoute, tags=["events from outside"])


async def _awaited(token: str, services: Provided) -> Awaited:
    return await services.callbacks.awaited(token)


@router.post(
    "/{token}",
    responses=documents.problems(400, 401, 408, 409, 410, 413, 422, 500, 503),
    openapi_extra=documents.OPEN,  # the address itself is the credential
)
async def call_back(
    awaited: Annotated[Awaited, Depends(_awaited)], services: Provided, body: CallbackBody
) -> CallbackTaken:
    """Report the result of the request that issued this address: done with a value, or failed. Safe to repeat."""
    return await services.callbacks.receive(awaited, body)
