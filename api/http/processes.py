"""Routes on definitions: the processes, and whether the files are good."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.definition_store import models
from api.definition_store.store import DefinitionStore
from api.http import documents
from api.http.services import CurrentActor, Provided

router = APIRouter(prefix="/v1", tags=["processes"], responses=documents.problems(401, 404, 422, 500))


def _store(services: Provided) -> DefinitionStore:
    return services.definitions


Definitions = Annotated[DefinitionStore, Depends(_store)]


@router.get("/processes")
async def list_processes(definitions: Definitions, _actor: CurrentActor) -> models.ProcessList:
    """Every process of which you can open tickets."""
    return models.ProcessList(items=definitions.current.summaries())


@router.get("/processes/{process}")
async def read_process(process: str, definitions: Definitions, _actor: CurrentActor) -> models.ProcessDetail:
    """A process as new tickets get it."""
    return definitions.current.detail(process)


@router.get("/processes/{process}/diagram")
async def draw_process(process: str, definitions: Definitions, _actor: CurrentActor) -> models.Diagram:
    """The process as a Mermaid state diagram."""
    return definitions.current.diagram(process)


@router.get("/definitions")
async def definitions_status(definitions: Definitions, _actor: CurrentActor) -> models.DefinitionsView:
    """The definitions in use, and every problem of newer ones that are not taken."""
    return definitions.view()


@router.post("/definitions/reload")
async def reload_definitions(definitions: Definitions, _actor: CurrentActor) -> models.DefinitionsView:
    """Read the files again now; where they have errors the last good definitions stay in use."""
    await definitions.reload()
    return definitions.view()
