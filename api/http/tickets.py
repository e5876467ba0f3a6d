"""Routes on tickets: start, list, read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http import documents
from api.http.json_bodies import JsonRoute
from api.http.parameters import Cursor, IdempotencyKey, Limit, TicketKey, etag
from api.http.services import CurrentActor, Provided
from api.tickets import models
from api.tickets.reading import Filters
from api.tickets.work_models import Allowed, LedgerView, TaskList

router = APIRouter(prefix="/v1/tickets", route_class=JsonRoute, tags=["tickets"])
OPENED = documents.with_headers(201, ETag=documents.ETAG, Location=documents.LOCATION)


@router.post("", status_code=201, responses=OPENED | documents.START)
async def start_ticket(
    body: models.StartBody, response: Response, services: Provided, actor: CurrentActor, key: IdempotencyKey
) -> models.Acted:
    """Open a ticket, and send it its first event where the body has one."""
    acted = await services.starts.start(actor, body, key)
    response.headers["Location"] = f"/v1/tickets/{acted.key}"
    response.headers["ETag"] = etag(acted.revision)
    return acted


@router.get("", responses=documents.LIST)
async def list_tickets(
    services: Provided,
    actor: CurrentActor,
    filters: Annotated[Filters, Query()],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> models.TicketPage:
    """The tickets that you may see, the newest first."""
    return await services.tickets.list(actor, filters, limit, cursor)


@router.get("/{key}", responses=documents.with_headers(200, ETag=documents.ETAG) | documents.READ)
async def read_ticket(
    key: TicketKey, response: Response, services: Provided, actor: CurrentActor
) -> models.TicketDetail:
    """A ticket as it is now; its `ETag` is its revision."""
    ticket = await services.tickets.read(actor, key)
    response.headers["ETag"] = etag(ticket.revision)
    return ticket


@router.get("/{key}/timeline", responses=documents.READ)
async def read_timeline(
    key: TicketKey, services: Provided, actor: CurrentActor, limit: Limit = 100, cursor: Cursor = None
) -> models.TimelinePage:
    """The timeline of a ticket, the oldest entry first."""
    return await services.tickets.timeline(actor, key, limit, cursor)


@router.get("/{key}/notifications", responses=documents.READ)
async def read_notifications(
    key: TicketKey, services: Provided, actor: CurrentActor, limit: Limit = 100, cursor: Cursor = None
) -> models.NotificationPage:
    """The notifications about a ticket, the newest first."""
    return await services.tickets.notifications_of(actor, key, limit, cursor)


@router.get("/{key}/tasks", responses=documents.READ)
async def read_tasks(key: TicketKey, services: Provided, actor: CurrentActor) -> TaskList:
    """The open tasks of a ticket."""
    return await services.tickets.tasks(actor, key)


@router.get("/{key}/service-levels/{name}/ledger", responses=documents.READ)
async def read_ledger(key: TicketKey, name: str, services: Provided, actor: CurrentActor) -> LedgerView:
    """Every running, paused and stopped interval of a service level with its cause; they add up to the second."""
    return await services.tickets.ledger(actor, key, name)


@router.get("/{key}/allowed", responses=documents.READ)
async def allowed_events(key: TicketKey, services: Provided, actor: CurrentActor) -> Allowed:
    """The events that you could send now."""
    return await services.tickets.allowed(actor, key)


@router.get("/{key}/explain", responses=documents.READ)
async def explain_ticket(key: TicketKey, services: Provided, actor: CurrentActor) -> models.ExplanationView:
    """Why the ticket is where it is, which guards are false and with which values, who may do what, what fires next."""
    return await services.tickets.explain(actor, key)
