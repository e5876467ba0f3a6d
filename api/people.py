"""What the organization says of people and services, in the form in which the core takes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import lru_cache

from definitions.directory import Directory
from definitions.schema.model import Json
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from workflows.engine.events import Actor
from workflows.engine.people import values
from workflows.engine.snapshot import ServiceFacts


class People:
    """An organization as loaded; never changes."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.directory = Directory(organization)
        self._principals = lru_cache(maxsize=1024)(self._principals_of)

    def actor(self, person: str) -> Actor | None:
        """The facts of a person; None where there is no such person."""
        if person not in self.organization.people:
            return None
        return Actor(**asdict(self.directory.actor(person)))

    def principals(self, actor: Actor) -> frozenset[str]:
        """Every bound principal that the actor is: what the records' lists are filtered by."""
        return self._principals(actor)

    def _principals_of(self, actor: Actor) -> frozenset[str]:
        own = {f"person:{actor.id}", "everyone"}
        own |= {f"team:{team}" for team in actor.teams} | {f"role:{role}" for role in actor.roles}
        own |= {f"owner:{service}" for service in actor.owns} | {f"team_of:{service}" for service in actor.serves}
        managed = [f"manager_of({one})" for one in self._everybody()]
        managed += [f"manager_of({one})" for one in managed]
        return frozenset(own | {bound for bound in managed if actor.id in self.directory.people(bound)})

    def _everybody(self) -> Iterator[str]:
        yield from (f"person:{one}" for one in self.organization.people)
        yield from (f"team:{one}" for one in self.organization.teams)
        yield from (f"role:{one}" for one in self.organization.roles)
        yield from (f"{kind}:{one}" for one in self.organization.services for kind in ("owner", "team_of"))

    def may_see(self, actor: Actor, participants: Iterable[str]) -> bool:
        """Whether the actor is one of those who may see a ticket."""
        return not self.principals(actor).isdisjoint(participants)

    def facts(self, process: Process, fields: Mapping[str, Json]) -> dict[str, ServiceFacts]:
        """Facts of every service that the written fields name; one that does not exist has none."""
        named = [
            one for name, spec in process.fields.items() if spec.type == "service" for one in _ids(fields.get(name))
        ]
        found = {service: self.directory.service_facts(service) for service in named}
        return {
            service: ServiceFacts(title=one.title, owner=one.owner, team=one.team, calendar=one.calendar)
            for service, one in found.items()
            if one is not None
        }

    def unknown(self, process: Process, fields: Mapping[str, Json]) -> dict[str, str]:
        """Written fields that name a person, team or service the organization does not have, with the reason."""
        known: dict[str, Mapping[str, object]] = {
            "person": self.organization.people,
            "team": self.organization.teams,
            "service": self.organization.services,
        }
        wrong: dict[str, str] = {}
        for name, value in fields.items():
            spec = process.fields.get(name)
            if spec is None or spec.type not in known:
                continue
            gone = [one for one in _ids(value) if one not in known[spec.type]]
            if gone:
                wrong[name] = f"{name}: there is no {spec.type} {', '.join(repr(one) for one in gone)}"
        return wrong


def _ids(value: Json) -> tuple[str, ...]:
    """The ids of a written field; none where its type is wrong, which the core says better."""
    if isinstance(value, str):
        return (value.strip(),) if value.strip() else ()
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return values(value)
    return ()
