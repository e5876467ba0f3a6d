"""The world of a seeded month: the organization as loaded, at past times."""

from __future__ import annotations

from dataclasses import dataclass

from activities.world import World
from definitions.people import references
from definitions.people.directory import Actor, ServiceFacts
from definitions.people.principals import PrincipalError
from definitions.people.references import values
from definitions.pinned import Pinned
from definitions.schema.model import Json
from definitions.schema.process import Process
from definitions.times import Instant
from workflows.engine.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class MonthWorld(World):
    """A world in which all tickets of a process carry the same calendars, from the start of the month."""

    start: Instant = 0

    def pinned(self, process: str, at: Instant) -> Pinned:
        """What a ticket of the month carries. Raises KeyError for an unknown process."""
        return World.pinned(self, process, min(at, self.start))

    def actor(self, person: str) -> Actor:
        return self.directory.actor(person)

    def facts(self, process: str, fields: dict[str, Json]) -> dict[str, ServiceFacts]:
        """Facts of the services that fields name."""
        return references.facts(self.directory, self.processes[process].process, fields)

    def people_of(self, process: Process, snapshot: Snapshot | None, who: str) -> tuple[str, ...]:
        """The people of a principal: ``assignee``, ``opener``, ``x.owner`` and ``x.team`` of a field of type service,
        a field of type person, or a bound principal."""
        if snapshot is None:
            return self._of(who)
        if who == "assignee":
            return self._of(snapshot.assignee or "")
        if who == "opener":
            return self._of(f"person:{snapshot.opener}")
        name, _, part = who.partition(".")
        if part in ("owner", "team"):
            kind = {"owner": "owner", "team": "team_of"}[part]
            return tuple(one for service in values(snapshot.fields.get(name)) for one in self._of(f"{kind}:{service}"))
        if name in process.fields:
            return tuple(one for one in values(snapshot.fields.get(name)) if one in self.organization.people)
        return self._of(who)

    def _of(self, bound: str) -> tuple[str, ...]:
        try:
            return self.directory.people(bound)
        except PrincipalError:
            return ()
