"""The OpenAPI document: the document of FastAPI, completed with facts that FastAPI can't know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http import documents
from api.http.openapi_links import add_links
from api.tickets.models import ProblemDocument

Operation = dict[str, Any]
METHODS = frozenset({"delete", "get", "patch", "post", "put"})


def describe(app: FastAPI) -> dict[str, Any]:
    """The document with our problem documents, links and security in place of FastAPI's own."""
    document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {}) | {ProblemDocument.__name__: problem}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = {
        "development": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Actor",
            "description": "A person's id, or source:<name>. Embedded server on loopback only.",
        }
    }
    document["security"] = [{"development": []}]
    for operation in operations(document):
        operation["responses"] = _responses(operation)
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _without_null(parameter["schema"])
    add_links(document)
    return document


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation of every path."""
    for path in document["paths"].values():
        yield from (one for method, one in path.items() if method in METHODS)


def _responses(operation: Operation) -> dict[str, Any]:
    """The responses of the route, and those that a request may get before it reaches a route, by status."""
    everywhere = {str(status): one for status, one in documents.EVERYWHERE.items()}
    found = {**everywhere, **operation["responses"]}
    if operation["responses"].get("422", {}).get("content", {}).keys() == {"application/json"}:  # FastAPI's own
        found["422"] = everywhere["422"]
    return dict(sorted(found.items()))


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without null: an optional parameter is left out, and ``null`` in an address is a text."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if len(choices) == 1:
        return {**choices[0], **rest}
    return rest | {"anyOf": choices} if choices else rest
