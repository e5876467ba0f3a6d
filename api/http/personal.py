"""Routes about the actor."""

from __future__ import annotations

from fastapi import APIRouter

from api.http import documents
from api.http.parameters import Cursor, Limit
from api.http.services import CurrentActor, Provided
from api.tickets import models
from api.tickets.work_models import MyTasks

router = APIRouter(prefix="/v1", tags=["me"], responses=documents.LIST)


@router.get("/me")
async def me(actor: CurrentActor) -> models.Me:
    """Who you are here."""
    return models.Me(
        id=actor.id,
        teams=list(actor.teams),
        roles=list(actor.roles),
        owns=list(actor.owns),
        serves=list(actor.serves),
    )


@router.get("/approvals")
async def my_approvals(services: Provided, actor: CurrentActor) -> models.MyApprovals:
    """Tickets that wait for your approval, the most urgent first."""
    return await services.tickets.my_approvals(actor)


@router.get("/tasks")
async def my_tasks(services: Provided, actor: CurrentActor) -> MyTasks:
    """Open tasks of yours, and of teams and roles of yours, the most urgent first."""
    return await services.tickets.my_tasks(actor)


@router.get("/notifications")
async def my_notifications(
    services: Provided, actor: CurrentActor, limit: Limit = 50, cursor: Cursor = None
) -> models.NotificationPage:
    """Your notifications, the newest first."""
    return await services.tickets.my_notifications(actor, limit, cursor)
