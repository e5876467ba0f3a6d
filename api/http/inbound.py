"""The route for events from outside."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from activities.outbound import CHAIN, HOPS
from api.http import documents
from api.http.services import Provided, caller_of
from api.inbound import alertmanager, cloud_events
from api.inbound.plans import InboundView, OccurrenceView
from api.problems import refused
from definitions.people.directory import Actor
from workflows.engine.model.bounds import MOST_HOPS
from workflows.engine.model.result import Refusal

router = APIRouter(prefix="/v1/inbound", tags=["events from outside"])

SourceName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", description="the machine's own name")]


CHAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,60}:[0-9]{1,12}")
"""The id of a chain: the key of the ticket that began it, and the revision."""
OWN = "stanchion"
"""The source of Stanchion's own events, and the first word of their types."""


async def _source(source: SourceName, request: Request, services: Provided) -> Actor:
    if source == OWN:
        raise refused(Refusal("not_permitted", f"no machine can be source:{OWN}: only Stanchion sends its own events"))
    return await services.identity.authenticate_source(caller_of(request), source)


def hops_of(header: str) -> int:
    """The links of the chain that a request of a ticket continues; 0 for other requests."""
    return min(int(header), MOST_HOPS) if header.isascii() and header.isdigit() and len(header) < 10 else 0


def chain_of(header: str) -> str:
    """The id of the chain that a request of a ticket continues; empty for other requests."""
    return header if CHAIN_ID.fullmatch(header) else ""


_ATTRIBUTE: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": cloud_events.LONGEST}
_OPTIONAL: dict[str, Any] = {"type": ["string", "null"], "maxLength": cloud_events.LONGEST}
_EVENT: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0. Other attributes are accepted and ignored.",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": _ATTRIBUTE,
        "source": _ATTRIBUTE,
        "type": _ATTRIBUTE,
        "subject": _OPTIONAL,
        "time": _OPTIONAL | {"anyOf": [{"type": "null"}, {"format": "date-time"}, {"maxLength": 0}]},
        "datacontenttype": _OPTIONAL,
        "data": {"description": "any JSON"},
        "data_base64": {"type": "string", "contentEncoding": "base64", "pattern": "^([A-Za-z0-9+/]{4})*$"},
    },
}
_ALERTS: dict[str, Any] = {
    "type": "object",
    "description": "Alertmanager's webhook, version 4. With the headers ce-specversion, ce-id, ce-source and ce-type, "
    "the body is the data of a CloudEvent in binary mode, and may be any JSON.",
    "required": ["version", "alerts"],
    "properties": {
        "version": {"const": "4"},
        "alerts": {
            "type": "array",
            "maxItems": alertmanager.LARGEST_BATCH,
            "items": {
                "type": "object",
                "required": ["status", "fingerprint", "startsAt"],
                "properties": {
                    "status": {"enum": list(alertmanager.STATUSES)},
                    "fingerprint": {"type": "string"},
                    "startsAt": {"type": "string"},
                    "endsAt": {"description": "when a resolved alert ended, by RFC 3339"},
                },
            },
        },
    },
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "CloudEvents 1.0 over HTTP (structured, batched, or binary), or Alertmanager's webhook.",
        "content": {
            cloud_events.STRUCTURED: {"schema": _EVENT},
            cloud_events.BATCH: {"schema": {"type": "array", "maxItems": alertmanager.LARGEST_BATCH, "items": _EVENT}},
            "application/json": {"schema": _ALERTS},
        },
    }
}


@router.post(
    "/{source}",
    responses={202: {"model": InboundView, "description": "No trigger takes any of it"}, **documents.START},
    openapi_extra=_BODY,
)
async def receive(
    request: Request, response: Response, services: Provided, actor: Annotated[Actor, Depends(_source)]
) -> InboundView:
    """Send an event, or a batch; the answer has the results of its triggers. A repeated event is carried out once."""
    name = actor.id.removeprefix("source:")
    hops = hops_of(request.headers.get(HOPS, ""))
    found = cloud_events.read_events(name, request.headers, await request.body())
    chain = chain_of(request.headers.get(CHAIN, "")) if hops else ""
    events = [replace(event, hops=hops, chain=chain) for event in found]
    own = [event.type for event in events if event.type.startswith(f"{OWN}.")]
    if own:
        raise refused(Refusal("not_permitted", f"{own[0]} is one of Stanchion's own events: no machine can send it"))
    items: list[OccurrenceView] = [await services.inbound.receive(actor, event) for event in events]
    if not any(item.triggers for item in items):
        response.status_code = 202
    return InboundView(items=items)
