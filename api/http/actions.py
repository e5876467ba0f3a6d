"""Routes that act on a ticket: each sends it one event."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from api.http import documents
from api.http.json_bodies import JsonRoute
from api.http.parameters import ExpectedRevision, IdempotencyKey, TicketKey, etag
from api.http.services import CurrentActor, Provided
from api.tickets import models
from api.tickets.acting import CorrectionBody, Target

router = APIRouter(prefix="/v1/tickets/{key}", route_class=JsonRoute, tags=["actions"], responses=documents.ACT)


async def _target(key: TicketKey, idempotency_key: IdempotencyKey, revision: ExpectedRevision) -> Target:
    return Target(key, idempotency_key, revision)


To = Annotated[Target, Depends(_target)]
StateQuery = Annotated[str | None, Query(description="needed where you hold several requests", max_length=64)]


def answer(response: Response, acted: models.Acted) -> models.Acted:
    response.headers["ETag"] = etag(acted.revision)
    return acted


@router.post("/events/{name}")
async def send_event(
    name: models.Id,
    to: To,
    response: Response,
    services: Provided,
    actor: CurrentActor,
    body: models.EventBody | None = None,
) -> models.Acted:
    """Send an event with the values of its form."""
    return answer(response, await services.actions.send(actor, to, name, body or models.EventBody()))


@router.patch("/fields")
async def edit_fields(
    to: To, response: Response, services: Provided, actor: CurrentActor, fields: Annotated[models.Fields, Body()]
) -> models.Acted:
    """Write fields, all or none; `null` clears one (RFC 7396)."""
    return answer(response, await services.actions.edit(actor, to, fields))


@router.post("/comments")
async def comment(
    to: To, response: Response, services: Provided, actor: CurrentActor, body: models.CommentBody
) -> models.Acted:
    """Comment; unless internal it is also the event `comment`."""
    return answer(response, await services.actions.comment(actor, to, body))


@router.post("/corrections")
async def correct(
    to: To, response: Response, services: Provided, actor: CurrentActor, body: CorrectionBody
) -> models.Acted:
    """Correct when a step really happened: service levels are judged again, also after the end; nothing is undone."""
    return answer(response, await services.actions.correct(actor, to, body))


@router.post("/decision")
async def decide(
    to: To,
    response: Response,
    services: Provided,
    actor: CurrentActor,
    body: models.DecisionBody,
    state: StateQuery = None,
) -> models.Acted:
    """Approve or reject the request that you hold on this ticket; the answer says which one in `decided`.

    Where you hold several, or where your vote has opened the next one, name the state and the stage. A screen or a link
    sends `If-Match` with the revision that its reader has read.
    """
    return answer(response, await services.actions.decide(actor, to, body, state))


@router.post("/approvals/{state}/decision")
async def decide_in_state(
    state: models.Id, to: To, response: Response, services: Provided, actor: CurrentActor, body: models.DecisionBody
) -> models.Acted:
    """Approve or reject the request that you hold in this state.

    A screen or a link sends `If-Match` with the revision that its reader has read, or `visit`, `round` and `stage`.
    """
    return answer(response, await services.actions.decide(actor, to, body, state))


@router.post("/delegation")
async def delegate(
    to: To, response: Response, services: Provided, actor: CurrentActor, body: models.DelegationBody
) -> models.Acted:
    """Hand the request that you hold to another person."""
    return answer(response, await services.actions.delegate(actor, to, body))


@router.post("/claim")
async def claim(to: To, response: Response, services: Provided, actor: CurrentActor) -> models.Acted:
    """Take a ticket that is assigned to a team or role of yours."""
    return answer(response, await services.actions.claim(actor, to))
