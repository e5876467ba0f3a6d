"""The route that migrates a ticket to another definition or to new calendars."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.http import documents
from api.http.actions import To
from api.http.json_bodies import JsonRoute
from api.http.parameters import etag
from api.http.services import CurrentActor, Provided
from api.tickets.migrating import Migrated, MigrationBody

router = APIRouter(prefix="/v1/tickets/{key}", route_class=JsonRoute, tags=["actions"], responses=documents.ACT)


@router.post("/migrate", responses=documents.with_headers(200, ETag=documents.SOMETIMES_ETAG))
async def migrate_ticket(
    to: To, response: Response, services: Provided, actor: CurrentActor, body: MigrationBody | None = None
) -> Migrated:
    """Migrate a ticket to the definition in use, or renew its calendars; `dry_run` only reports what would change."""
    migrated = await services.migrations.migrate(actor, to, body or MigrationBody())
    if not migrated.dry_run:
        response.headers["ETag"] = etag(migrated.revision)
    return migrated
