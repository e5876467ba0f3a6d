"""Routes for the operators whom the organization names."""

from __future__ import annotations

from fastapi import APIRouter

from api.failures import FailureList
from api.http import documents
from api.http.parameters import Limit
from api.http.services import CurrentActor, Provided

router = APIRouter(prefix="/v1/failures", tags=["operation"])


@router.get("", responses=documents.OPERATE)
async def list_failures(services: Provided, actor: CurrentActor, limit: Limit = 50) -> FailureList:
    """The tickets on which workers fail, and the workflows that have failed. Only for `may: {operate: …}`."""
    return await services.failures.list(actor, limit)
