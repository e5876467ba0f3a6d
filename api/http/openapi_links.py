"""The links of the OpenAPI document: the operations that can follow a response."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

START = "/v1/tickets"
"""Where tickets are opened and listed."""
TICKET = f"{START}/{{key}}"
BY_ITEM = {"/v1/approvals": f"{TICKET}/decision", "/v1/tasks": f"{TICKET}/tasks/{{task}}", START: TICKET}
"""The operation on an item of a list. A link names the first item, since OpenAPI has no link for each item."""


def add_links(document: dict[str, Any]) -> None:
    """Adds links from a new ticket to its operations, from a page to the next, and from a list to its first item."""
    paths = document["paths"]
    for path, methods in paths.items():
        if path.startswith(TICKET):
            for one in methods.values():
                _answer(paths[START]["post"])[one["operationId"]] = _link(one, key="$response.body#/key")
        if "get" in methods and any(one["name"] == "cursor" for one in methods["get"].get("parameters", ())):
            own = {name: f"$request.path.{name}" for name in ("key",) if f"{{{name}}}" in path}
            _answer(methods["get"])["next"] = _link(methods["get"], cursor="$response.body#/next", **own)
    for path, on_item in BY_ITEM.items():
        one = next(iter(paths[on_item].values()))
        _answer(paths[path]["get"])[one["operationId"]] = _link(one, **dict(_of_first_item(path)))


def _of_first_item(path: str) -> Iterator[tuple[str, str]]:
    """The parameters that are taken from the first item of a list."""
    yield "key", "$response.body#/items/0/" + ("key" if path == START else "ticket")
    if path == "/v1/tasks":
        yield "task", "$response.body#/items/0/task"


def _answer(operation: dict[str, Any]) -> dict[str, Any]:
    """The links of the successful response of an operation."""
    responses = operation["responses"]
    links: dict[str, Any] = responses[min(responses)].setdefault("links", {})
    return links


def _link(operation: dict[str, Any], **parameters: str) -> dict[str, Any]:
    return {"operationId": operation["operationId"], "parameters": parameters}
