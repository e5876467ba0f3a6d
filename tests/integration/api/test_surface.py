"""The API's description of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from api.local.installation import Installation
from tests.servers.installations import Person


def document(installation: Installation) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{installation.url}/openapi.json", trust_env=False).json()
    return found


def operations(installation: Installation) -> dict[str, dict[str, Any]]:
    paths = document(installation)["paths"]
    return {f"{method.upper()} {path}": one for path, methods in paths.items() for method, one in methods.items()}


def test_every_answer_is_described(installation: Installation) -> None:
    """Every operation declares its answer as a model, and the problems that it may answer with."""
    for name, operation in operations(installation).items():
        responses = operation["responses"]
        good = [one for status, one in responses.items() if status.startswith("2")]
        assert good, name
        assert "$ref" in good[0]["content"]["application/json"]["schema"], name
        if "/v1/" in name:
            assert {"401", "422", "500"} <= set(responses), name
            for status, one in responses.items():
                if not status.startswith("2"):
                    schema = one["content"]["application/problem+json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/ProblemDocument"}, (name, status)


def test_keys_and_cursors_have_their_form(installation: Installation) -> None:
    """OpenAPI states the form of a ticket's key, of a cursor, of an idempotency key and of an entity tag."""
    forms: dict[str, set[str | None]] = {}
    for name, operation in operations(installation).items():
        for one in operation.get("parameters", ()):
            of_ticket = one["name"] == "key" and "/v1/tickets/" in name
            if of_ticket or one["name"] in ("cursor", "Idempotency-Key", "If-Match"):
                schema = one["schema"]
                inner = [schema, *schema.get("anyOf", ())]
                found = next((part["pattern"] for part in inner if "pattern" in part), None)
                forms.setdefault(one["name"], set()).add(found)
    assert set(forms) == {"key", "cursor", "Idempotency-Key", "If-Match"}
    assert all(len(found) == 1 and None not in found for found in forms.values()), forms


def test_every_reference_is_there(installation: Installation) -> None:
    """Every reference in the OpenAPI document resolves."""
    whole = document(installation)
    waiting: list[Any] = [whole]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("$ref"), str):
                assert one["$ref"].rpartition("/")[2] in whole["components"]["schemas"], one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def test_only_health_is_open(installation: Installation) -> None:
    """Without authentication only health and the API's own description answer: everything else is denied."""
    for name in operations(installation):
        method, path = name.split()
        answer = httpx.request(method, installation.url + path.replace("{", "").replace("}", ""), trust_env=False)
        assert answer.status_code == (200 if path in ("/", "/healthz", "/readyz") else 401), name


def test_an_installation_is_for_its_owner_alone(installation: Installation) -> None:
    """Nobody but the owner of the state folder reads its databases, logs and keys, or enters the folder."""
    folder = installation.folder.path
    found = {str(one.relative_to(folder)): one.stat().st_mode & 0o077 for one in (folder, *folder.rglob("*"))}
    assert {"records.sqlite3", "temporal.db", "api.log", "running.json"} <= set(found)
    assert not any(found.values()), found


def test_me(alice: Person) -> None:
    """The API returns a person's own identity."""
    told = alice.http.get("/v1/me").json()
    assert told["id"] == "alice"
    assert "service_desk" in told["teams"]
    assert {"email", "directory"} <= set(told["serves"])


def test_processes(alice: Person) -> None:
    """Processes are listed, and shown as new tickets will use them."""
    listed = {one["id"]: one for one in alice.http.get("/v1/processes").json()["items"]}
    assert {"change", "incident"} <= set(listed)
    shown = alice.http.get("/v1/processes/change").json()
    assert shown["digest"] == listed["change"]["digest"]
    assert "authorize" in shown["definition"]["states"]


def test_definitions(person: Callable[[str], Person]) -> None:
    """The API reports whether the definitions in use are those of the files."""
    told = person("bob").http.get("/v1/definitions").json()
    assert (told["current"], [one for one in told["problems"] if one["severity"] == "error"]) == (True, [])
