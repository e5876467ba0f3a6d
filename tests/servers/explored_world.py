"""An installation with a ticket in every kind of wait, for requests that are generated from the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from tests.servers.calling_back import OtherSide, other_side
from tests.servers.exploring import SOURCE, Known
from tests.servers.installations import Person, created, installed
from tests.unit.engine.deployments import PROCESS_TEXT

OUTBOUND = {
    "STANCHION_OUTBOUND_HOSTS": "localhost:*",
    "STANCHION_OUTBOUND_PLAIN_HTTP": "true",
    "STANCHION_OUTBOUND_NETWORKS": "127.0.0.0/8 ::1/128",
}
OPENINGS: Mapping[str, Mapping[str, Any]] = {
    "incident": {"summary": "Mail is down", "service": "email", "impact": "high", "urgency": "low"},
    "change": {
        "summary": "Swap the switch",
        "service": "email",
        "planned_start": "2031-03-04T09:00:00Z",
        "planned_end": "2031-03-04T11:00:00Z",
        "backout_plan": "Swap it back",
    },
    "request": {
        "summary": "A phone",
        "service": "email",
        "item": "phone",
        "justification": "The old one is broken",
    },
    "improvement": {"summary": "Faster builds"},
    "deployment": {"version": "4-1"},
}
"""Fields that open a ticket of a process."""
FORMS: Mapping[str, Mapping[str, Any]] = {
    "submit": {"justification": "The old one is broken"},
    "assess": {"owner": "felix"},
    "resolve": {"resolution_code": "fixed", "resolution": "Made room on the disk"},
    "hold": {"hold_reason": "awaiting_caller"},
    "comment": {},
    "start": {},
    "cancel": {},
    "assessed": {"impact": "low"},
    "reopen": {"comment": "Again"},
}
"""Values of the form of an event."""


@dataclass(frozen=True)
class ExploredWorld:
    url: str
    known: Known

    @property
    def operations(self) -> frozenset[str]:
        """Every operation of the OpenAPI document, as in ``GET /v1/tickets``."""
        paths = httpx.get(f"{self.url}/openapi.json", trust_env=False).json()["paths"]
        return frozenset(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)


@contextmanager
def explored_world(folder: Path) -> Iterator[ExploredWorld]:
    """A running installation with the shipped processes and the documented deployment, and tickets of several."""
    own = folder / "definitions" / "processes"
    own.mkdir(parents=True)
    with other_side() as other, pytest.MonkeyPatch.context() as patch:
        (own / "deployment.yaml").write_text(PROCESS_TEXT.replace("https://deploy.example.com", other.url))
        for name, value in OUTBOUND.items():
            patch.setenv(name, value)
        with installed(folder / "state", definitions=folder / "definitions") as running:
            yield ExploredWorld(running.url, planted(running.url, other))


def planted(url: str, other: OtherSide) -> Known:
    """Opens tickets that wait for work, approval, automation and callbacks, and returns what exists then."""
    people = {who: Person(url, who) for who in ("felix", "alice", "carol", "dora", "bianca")}
    try:
        keys = [
            key for plant in (_incidents, _changes, _requests, _improvements, _deployments) for key in plant(people)
        ]
        freeze = {"from": "2032-01-01", "to": "2032-01-05", "reason": "The office moves"}
        created(people["carol"].http.put("/v1/freezes/move_out", json=freeze))
    finally:
        for one in people.values():
            one.http.close()
    tokens = [other.address().rpartition("/")[2] for _ in range(2)]
    return _known(keys, tokens)


People = Mapping[str, Person]


def _incidents(people: People) -> Iterator[str]:
    for caller in ("felix", "alice"):
        yield (key := str(people[caller].start("incident", **OPENINGS["incident"])["key"]))
        created(people["alice"].send(key, "start"))
    yield str(people["felix"].start("incident", **OPENINGS["incident"])["key"])


def _changes(people: People) -> Iterator[str]:
    """A draft, one to assess, one to authorize, and one that its owner has authorized."""
    yield str(people["felix"].start("change", **OPENINGS["change"])["key"])
    for steps in (0, 1, 2):
        yield (key := str(people["felix"].start("change", **OPENINGS["change"])["key"]))
        created(people["felix"].send(key, "submit"))
        if steps > 0:
            created(people["carol"].send(key, "assessed"))
        if steps > 1:
            created(people["carol"].decide(key, "approve"))


def _requests(people: People) -> Iterator[str]:
    for _ in range(2):
        yield (key := str(people["felix"].start("request", **OPENINGS["request"])["key"]))
        created(people["felix"].send(key, "submit"))


def _improvements(people: People) -> Iterator[str]:
    yield (key := str(people["felix"].start("improvement", **OPENINGS["improvement"])["key"]))
    created(people["bianca"].send(key, "assess", owner="felix"))


def _deployments(people: People) -> Iterator[str]:
    for who in ("alice", "dora"):
        yield str(people[who].start("deployment", **OPENINGS["deployment"])["key"])


def _known(keys: list[str], tokens: list[str]) -> Known:
    shipped = load((SHIPPED,))
    processes = [shipped.processes[name].process for name in OPENINGS if name in shipped.processes]
    states = sorted({name for one in processes for name, state in one.states.items() if state.approval or state.run})
    return Known(
        values={
            "path.key": keys,
            "path.name": [*FORMS, "resolution", "decision", "response"],
            "path.state": states,
            "path.task": ["do", "verify"],
            "path.process": [*OPENINGS],
            "query.process": [*OPENINGS],
            "query.state": states,
            "path.id": ["move_out", "year_end"],
            "path.token": tokens,
            "path.source": [SOURCE],
            "body.process": [*OPENINGS],
            "body.to": ["dora", "carol", "alice"],
        },
        openings=OPENINGS,
        forms=FORMS,
    )
