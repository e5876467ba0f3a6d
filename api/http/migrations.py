"""The route that moves a ticket to another definition or to new calendars."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.http import documents
from api.http.actions import To
from api.http.parameters import etag
from api.http.services import CurrentActor, Provided
from api.tickets.migrating import Migrated, MigrationBody

router = APIRouter(prefix="/v1/tickets/{key}", tags=["actions"], responses=documents.ACT)


@router.post("/migrate")
async def migrate_ticket(
    to: To, response: Response, services: Provided, actor: CurrentActor, body: MigrationBody | None = None
) -> Migrated:
    """Move a ticket to the definition in use, or take its calendars anew; with `dry_run`, only tell what would be."""
    migrated = await services.migrations.migrate(actor, to, body or MigrationBody())
    if not migrated.dry_run:
        response.headers["ETag"] = etag(migrated.revision)
    return migrated
