"""Routes on the work that a ticket waits for: tasks, and automation completed by hand."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.http import documents
from api.http.actions import To, answer
from api.http.json_bodies import JsonRoute
from api.http.services import CurrentActor, Provided
from api.tickets import models

router = APIRouter(prefix="/v1/tickets/{key}", route_class=JsonRoute, tags=["actions"], responses=documents.ACT)


@router.post("/tasks/{task}")
async def update_task(
    task: models.Id, to: To, response: Response, services: Provided, actor: CurrentActor, body: models.TaskBody
) -> models.Acted:
    """Tick items of an open task, fill in its form, and complete or fail it."""
    return answer(response, await services.actions.task(actor, to, task, body))


@router.post("/tasks/{task}/claim")
async def claim_task(
    task: models.Id, to: To, response: Response, services: Provided, actor: CurrentActor
) -> models.Acted:
    """Take a task that is assigned to a team or role of yours."""
    return answer(response, await services.actions.claim_task(actor, to, task))


@router.post("/runs/{state}")
async def complete_run(
    state: models.Id, to: To, response: Response, services: Provided, actor: CurrentActor, body: models.RunBody
) -> models.Acted:
    """Complete the automation of a state by hand: with results, or with the reason why it failed."""
    return answer(response, await services.actions.complete_run(actor, to, state, body))
