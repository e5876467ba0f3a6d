"""What stands at the root: what this is, and where to go from here."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter

from api.tickets import models

router = APIRouter(tags=["operation"])


@router.get("/")
async def front() -> models.Front:
    """What this is, with links; open to everybody, and silent about everything else."""
    return models.Front(version=version("stanchion"))
