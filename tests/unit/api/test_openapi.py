"""The OpenAPI document, without a server."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from api.http.app import create_app
from api.http.services import Services
from api.tickets.acting import CorrectionBody
from api.tickets.models import DecisionBody


def never_opened() -> AbstractAsyncContextManager[Services]:
    """Services of an application that is not started."""
    raise AssertionError


DOCUMENT = create_app(never_opened).openapi()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": one for path, methods in DOCUMENT["paths"].items() for method, one in methods.items()
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_parameter_is_absent_and_never_null(name: str) -> None:
    """A header and a part of an address are texts: one that may be left out has no null."""
    for parameter in OPERATIONS[name].get("parameters", ()):
        assert {"type": "null"} not in parameter["schema"].get("anyOf", ()), parameter


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_before_a_route_is_asked_is_described(name: str) -> None:
    """Every operation describes the answers to a slow body, a large body, an unknown parameter and a failure."""
    assert {"408", "413", "422", "500"} <= set(OPERATIONS[name]["responses"])


def test_who_may_be_nobody() -> None:
    """The operations that ask nobody who they are have no security; all others have that of the document."""
    is_open = {name for name, operation in OPERATIONS.items() if operation.get("security") == []}
    assert is_open == {"GET /", "GET /healthz", "GET /readyz", "POST /v1/callbacks/{token}"}
    assert DOCUMENT["security"]


def test_a_new_ticket_links_to_every_operation_on_it() -> None:
    """A link names an operation and parameters of it, and a new ticket has links to all operations on tickets."""
    known = {
        operation["operationId"]: {one["name"] for one in operation.get("parameters", ())}
        for operation in OPERATIONS.values()
    }
    links = [
        link
        for operation in OPERATIONS.values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert all(set(link["parameters"]) <= known[link["operationId"]] for link in links)
    of_new = OPERATIONS["POST /v1/tickets"]["responses"]["201"]["links"].values()
    assert {link["operationId"] for link in of_new} == {
        one["operationId"] for name, one in OPERATIONS.items() if "/v1/tickets/{key}" in name
    }


def test_a_whole_number_may_have_a_point() -> None:
    """JSON's 7.0 is the whole number 7, and a number that readers of JSON may round is none."""
    assert CorrectionBody.model_validate({"step": 7.0, "at": "2026-03-14T20:00:00Z"}).step == 7
    assert DecisionBody.model_validate({"decision": "approve", "visit": 1.0, "round": 0.0, "stage": 2.0}).stage == 2
    for wrong in (7.5, 2**53, "7", True):
        with pytest.raises(ValueError, match="step"):
            CorrectionBody.model_validate({"step": wrong, "at": "2026-03-14T20:00:00Z"})
