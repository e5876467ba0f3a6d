"""What a scenario is played with: a process, an organization, and both as the ticket carries them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property

from definitions.calendars import CompiledCalendar, compile_calendar
from definitions.digest import digest as digest_of
from definitions.loading.merge import with_tables
from definitions.people.directory import Actor, Directory, ServiceFacts
from definitions.people.references import values
from definitions.pinned import DAY, Pinned, pin, pin_again
from definitions.schema.model import Json
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.times import Instant
from workflows.engine.compiled import Compiled, compile_pinned

AHEAD = 365 * DAY
"""How far past a deadline calendars are compiled on."""


@dataclass(frozen=True)
class Setting:
    """A checked process among the people of an organization."""

    process: Process
    digest: str
    organization: Organization
    now: Instant
    """The virtual time at which the ticket is opened, UTC seconds."""
    others: Mapping[str, Process] = field(default_factory=dict)
    """The other processes that are known, by id: those that it may start tickets of."""
    destinations: Mapping[str, Process] = field(default_factory=dict)
    """What its ``migrate`` steps lead to, by their ``to``."""

    def moved(self, to: str) -> Setting:
        """The same with the process that a ``migrate`` step leads to. Raises KeyError where there is none."""
        process = self.destinations[to]
        return replace(self, process=process, digest=digest_of(process))

    def pinned_again(self, carried: Mapping[str, CompiledCalendar], opened_at: Instant, now: Instant) -> Pinned:
        """What a ticket that carries these calendars is moved to. Raises ValueError where one can't be compiled."""
        return pin_again(self.process, self.digest, self.organization, carried, opened_at, now)

    def known(self, process: str) -> Process | None:
        """A process by its id; None where it is not among the definitions."""
        return self.process if process == self.process.process else self.others.get(process)

    def prefix(self, name: str) -> str:
        """Of the keys of a process; of one that is not known, and of a workflow in Python, its name in capitals."""
        known = self.known(name)
        return known.prefix if known else name.upper()

    @cached_property
    def directory(self) -> Directory:
        return Directory(self.organization)

    @cached_property
    def pinned(self) -> Pinned:
        """What the ticket carries. Raises ValueError where a calendar can't be compiled."""
        return pin(self.process, self.digest, self.organization, self.now)

    @cached_property
    def compiled(self) -> Compiled:
        return compile_pinned(self.pinned)

    def longer(self, compiled: Compiled, until: Instant) -> Compiled:
        """The same definition with calendars that reach ``until``. Raises ValueError where one can't be compiled."""
        calendars = {
            name: one if until < one.end else compile_calendar(self.organization, name, one.start, until + AHEAD)
            for name, one in compiled.calendars.items()
        }
        return replace(compiled, calendars=calendars)

    def actor(self, name: str) -> Actor:
        """What the edge would say of this person; of a machine, its name alone."""
        known = self._actors.get(name)
        if known is None:
            known = self._actors[name] = Actor(**asdict(self.directory.actor(name)))
        return known

    @cached_property
    def _actors(self) -> dict[str, Actor]:
        return {}

    def people(self, bound: str) -> tuple[str, ...]:
        """The people of a bound principal. Raises PrincipalError."""
        known = self._people.get(bound)
        if known is None:
            known = self._people[bound] = self.directory.people(bound)
        return known

    @cached_property
    def _people(self) -> dict[str, tuple[str, ...]]:
        return {}

    def facts(self, fields: dict[str, Json]) -> dict[str, ServiceFacts]:
        """Facts of the services that fields name, as the edge sends them along."""
        written = [fields.get(name) for name, spec in self.process.fields.items() if spec.type == "service"]
        found = {one: self.service(one) for value in written for one in values(value)}
        return {service: facts for service, facts in found.items() if facts is not None}

    def service(self, service: str) -> ServiceFacts | None:
        """What the organization says of a service; None where there is none."""
        info = self.directory.service_facts(service)
        return None if info is None else ServiceFacts(info.title, info.owner, info.team, info.calendar)

    def unknown(self, fields: dict[str, Json]) -> dict[str, str]:
        """Fields that name a person, team or service that the organization does not have, each with the reason."""
        known: dict[str, Mapping[str, object]] = {
            "person": self.organization.people,
            "team": self.organization.teams,
            "service": self.organization.services,
        }
        wrong: dict[str, str] = {}
        for name, value in fields.items():
            spec = self.process.fields.get(name)
            gone = [one for one in values(value) if one not in known[spec.type]] if spec and spec.type in known else []
            if spec and gone:
                wrong[name] = f"{name}: there is no {spec.type} {', '.join(repr(one) for one in gone)}"
        return wrong


def setting_of(
    scenario: Scenario,
    process: Process,
    digest: str,
    organization: Organization,
    others: Mapping[str, Process] | None = None,
    destinations: Mapping[str, Process] | None = None,
) -> Setting:
    """The setting of a scenario: its own organization, with that one's tables, in place of the loaded one.

    ``others`` are the processes that are loaded, by id; ``destinations`` what it migrates to, by ``to``.
    """
    own, led_to = scenario.given.organization, destinations or {}
    if own is None:
        return Setting(process, digest, organization, scenario.given.now, others or {}, led_to)
    own_process = with_tables(process, own.tables)
    led_to = {to: with_tables(one, own.tables) for to, one in led_to.items()}
    return Setting(own_process, f"{digest} with own tables", own, scenario.given.now, others or {}, led_to)
