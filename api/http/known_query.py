"""Query parameters: a route refuses those that it does not know, where it would answer as if they were not there."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.problems import invalid_request

MOST_NAMED = 5
"""The limit of unknown parameters that a refusal names."""


async def refuse_unknown_query(request: Request) -> None:
    """Raises RequestRefused (invalid_request) for a query parameter that the route does not take."""
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = sorted(set(_names(route.dependant)))
    strange = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if strange:
        takes = f"it takes {', '.join(known)}" if known else "it takes none"
        named = ", ".join(repr(name[:50]) for name in strange[:MOST_NAMED])
        raise invalid_request(f"This address does not take the query parameter {named}: {takes}.")


def _names(dependant: Dependant) -> Iterator[str]:
    """The names of the query parameters of a route and of what it depends on; a model stands for its fields."""
    for inner in dependant.dependencies:
        yield from _names(inner)
    for parameter in dependant.query_params:
        kind = parameter.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (spec.alias or name for name, spec in kind.model_fields.items())
        else:
            yield parameter.alias
