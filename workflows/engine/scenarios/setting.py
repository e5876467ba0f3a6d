"""The setting of a scenario: a process and an organization, and the form in which the ticket pins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from definitions.calendars import CompiledCalendar, compile_calendar
from definitions.digest import digest as digest_of
from definitions.loading.merge import with_tables
from definitions.people import references
from definitions.people.directory import Actor, Directory, ServiceFacts
from definitions.pinned import DAY, Pinned, pin, pin_again
from definitions.schema.model import Json
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.times import Instant
from workflows.engine.compiled import Compiled, compile_pinned
from workflows.engine.opening_trial import Openable

AHEAD = 365 * DAY
"""The time beyond a deadline for which calendars are compiled."""


@dataclass(frozen=True)
class Setting:
    """A checked process in an organization."""

    process: Process
    digest: str
    organization: Organization
    now: Instant
    """The virtual time at which the ticket is opened, UTC seconds."""
    others: Mapping[str, Process] = field(default_factory=dict)
    """The other processes by id, of which it may start tickets."""
    destinations: Mapping[str, Process] = field(default_factory=dict)
    """The processes of its ``migrate`` steps, by their ``to``."""

    @cached_property
    def played(self) -> tuple[Process, ...]:
        """The process with which the ticket is opened, and the processes to which it is migrated."""
        return (self.process, *self.destinations.values())

    @cached_property
    def written_names(self) -> Sequence[str]:
        """The fields of these processes, and the names that can be written like fields."""
        return (*dict.fromkeys(name for process in self.played for name in process.fields), "assignee", "comment")

    @cached_property
    def event_names(self) -> Sequence[str]:
        """The events that some state of these processes takes, as written."""
        own = (event for process in self.played for event in process.on)
        return tuple(dict.fromkeys((*own, *(on for one in self.played for _, state in one.walk() for on in state.on))))

    def moved(self, to: str) -> Setting:
        """The setting with the process of a ``migrate`` step. Raises KeyError if there is none."""
        process = self.destinations[to]
        return replace(self, process=process, digest=digest_of(process))

    def pinned_again(self, carried: Mapping[str, CompiledCalendar], opened_at: Instant, now: Instant) -> Pinned:
        """The pinned form after a migration with these calendars. Raises ValueError if one can't be compiled."""
        return pin_again(self.process, self.digest, self.organization, carried, opened_at, now)

    def known(self, process: str) -> Process | None:
        """A process by its id; None if the definitions do not have it."""
        return self.process if process == self.process.process else self.others.get(process)

    def openable(self, process: str, at: Instant) -> Openable | None:
        """A process as a ticket of it opens at ``at`` (UTC seconds); None if the definitions do not have it.

        Raises ValueError if a calendar can't be compiled.
        """
        day = at // DAY
        if (process, day) not in self._openable:
            known = self.known(process)
            pinned = pin(known, digest_of(known), self.organization, day * DAY) if known else None
            found = Openable(known, pinned, self.organization, self.directory) if known and pinned else None
            self._openable[process, day] = found
        return self._openable[process, day]

    @cached_property
    def _openable(self) -> dict[tuple[str, int], Openable | None]:
        return {}

    def prefix(self, name: str) -> str:
        """The prefix of a process's keys; for an unknown process or a workflow in Python, its name in capitals."""
        known = self.known(name)
        return known.prefix if known else name.upper()

    @cached_property
    def directory(self) -> Directory:
        return Directory(self.organization)

    @cached_property
    def pinned(self) -> Pinned:
        """The pinned form that the ticket carries. Raises ValueError if a calendar can't be compiled."""
        return pin(self.process, self.digest, self.organization, self.now)

    @cached_property
    def compiled(self) -> Compiled:
        return compile_pinned(self.pinned)

    def longer(self, compiled: Compiled, until: Instant) -> Compiled:
        """The same definition with calendars that reach ``until``. Raises ValueError if one can't be compiled."""
        calendars = {
            name: one if until < one.end else compile_calendar(self.organization, name, one.start, until + AHEAD)
            for name, one in compiled.calendars.items()
        }
        return replace(compiled, calendars=calendars)

    def actor(self, name: str) -> Actor:
        """A person as the edge would identify them; a machine has its name alone."""
        return self.directory.actor(name)

    def people(self, bound: str) -> tuple[str, ...]:
        """The people of a bound principal. Raises PrincipalError."""
        return self.directory.people(bound)

    def facts(self, fields: Mapping[str, Json]) -> dict[str, ServiceFacts]:
        """The facts of the services that fields name, as the edge sends them along."""
        return references.facts(self.directory, self.process, fields)

    def unknown(self, fields: Mapping[str, Json]) -> dict[str, str]:
        """The fields that name a person, team or service that the organization does not have, with the reason."""
        return references.unknown(self.organization, self.process, fields)


def setting_of(
    scenario: Scenario,
    process: Process,
    digest: str,
    organization: Organization,
    others: Mapping[str, Process] | None = None,
    destinations: Mapping[str, Process] | None = None,
) -> Setting:
    """The setting of a scenario, which may replace the loaded organization by its own, with the tables of that.

    ``others`` are the loaded processes by id, ``destinations`` the processes of its ``migrate`` steps by ``to``.
    """
    own, led_to = scenario.given.organization, destinations or {}
    if own is None:
        return Setting(process, digest, organization, scenario.given.now, others or {}, led_to)
    own_process = with_tables(process, own.tables)
    led_to = {to: with_tables(one, own.tables) for to, one in led_to.items()}
    started = {name: with_tables(one, own.tables) for name, one in (others or {}).items()}
    return Setting(own_process, f"{digest} with own tables", own, scenario.given.now, started, led_to)
