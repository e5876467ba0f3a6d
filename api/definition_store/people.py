"""People and services of the organization, as the core takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from definitions.people import references
from definitions.people.directory import Actor, Directory, ServiceFacts
from definitions.schema.model import Json
from definitions.schema.organization import Organization
from definitions.schema.process import Process


class People:
    """An organization as loaded; never changes."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.directory = Directory(organization)
        self._principals = lru_cache(maxsize=1024)(self._principals_of)

    def actor(self, person: str) -> Actor | None:
        """The facts of a person; None where there is no such person."""
        return self.directory.actor(person) if self.directory.knows(person) else None

    def principals(self, actor: Actor) -> frozenset[str]:
        """Every bound principal of the actor, for the filters of the records."""
        return self._principals(actor)

    def _principals_of(self, actor: Actor) -> frozenset[str]:
        own = {f"person:{actor.id}", "everyone"}
        own |= {f"team:{team}" for team in actor.teams} | {f"role:{role}" for role in actor.roles}
        own |= {f"owner:{service}" for service in actor.owns} | {f"team_of:{service}" for service in actor.serves}
        managed = [f"manager_of({one})" for one in self._everybody()]
        managed += [f"manager_of({one})" for one in managed]
        return frozenset(own | {bound for bound in managed if actor.id in self.directory.people(bound)})

    def _everybody(self) -> Iterator[str]:
        yield "everyone"
        yield from (f"person:{one}" for one in self.organization.people)
        yield from (f"team:{one}" for one in self.organization.teams)
        yield from (f"role:{one}" for one in self.organization.roles)
        yield from (f"{kind}:{one}" for one in self.organization.services for kind in ("owner", "team_of"))

    def may_see(self, actor: Actor, participants: Iterable[str]) -> bool:
        """Whether the actor is one of the participants, who may see a ticket."""
        return not self.principals(actor).isdisjoint(participants)

    def facts(self, process: Process, fields: Mapping[str, Json]) -> dict[str, ServiceFacts]:
        """Facts of every existing service that the written fields name."""
        return references.facts(self.directory, process, fields)

    def unknown(self, process: Process, fields: Mapping[str, Json]) -> dict[str, str]:
        """Written fields that name an unknown person, team or service, each with the reason."""
        return references.unknown(self.organization, process, fields)
