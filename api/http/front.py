"""The route at the root: the name of this server, with links."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter

from api.http import documents
from api.tickets import models

router = APIRouter(tags=["operation"])


@router.get("/", openapi_extra=documents.OPEN)
async def front() -> models.Front:
    """The name of this server, with links; open to everyone, and silent about everything else."""
    return models.Front(version=version("stanchion"))
