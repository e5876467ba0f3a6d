"""Routes for operators; open to everyone, and silent about everything else."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.http import documents
from api.http.services import Provided
from api.tickets import models

router = APIRouter(tags=["operation"])


@router.get("/healthz", openapi_extra=documents.OPEN)
async def alive() -> models.Health:
    """This process answers."""
    return models.Health()


@router.get(
    "/readyz",
    openapi_extra=documents.OPEN,
    responses={503: {"model": models.Readiness, "description": "Not ready", "headers": documents.RETRY}},
)
async def ready(response: Response, services: Provided) -> models.Readiness:
    """Temporal and a worker answer, and the records can be written."""
    readiness = await services.readiness.now()
    if not readiness.ready:
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    return readiness
