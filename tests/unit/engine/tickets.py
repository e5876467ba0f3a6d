"""A ticket on the pure core for tests: small processes from text, people of one organization, recorded effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from definitions.calendars import compile_calendar
from definitions.people.directory import Actor, Directory, ServiceFacts
from definitions.pinned import DAY, calendar_names
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.source import Source, read_source
from definitions.times import to_instant
from workflows.engine.compiled import Compiled, compile_process
from workflows.engine.deadlines import advance, next_deadline
from workflows.engine.model.automation import Parent
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.clock import ClockReading
from workflows.engine.model.effects import AskApprovers, CheckPeople, Effect, LookUpServices, Notify
from workflows.engine.model.events import Event, Known, Open, Send, Vote
from workflows.engine.model.interpreter import INTERPRETER
from workflows.engine.model.result import AuditEntry, Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels.clocks import readings
from workflows.engine.step import step
from workflows.engine.waiting.availability import concerns
from workflows.engine.waiting.directory_answers import asked, needs_a_check, people_checked

ORGANIZATION = """\
organization: {name: Example, time_zone: Europe/Berlin, calendar: office}
people:
  alice: {name: Alice Ng, manager: carol}
  bob:   {name: Bob Ruiz, manager: carol}
  carol: {name: Carol Weiss, manager: dora}
  dora:  {name: Dora Lind}
  erin:  {name: Erin Obi, manager: dora}
teams: {cab: {members: [bob, dora, erin]}, desk: {members: [alice]}, empty: {members: []}}
roles: {chair: [dora], officer: [bob]}
services: {email: {title: E-mail, owner: carol, team: desk, calendar: office}}
calendars: {office: {hours: {mon-fri: ["09:00-17:00"]}}}
"""
HEAD = "process: sample\ntitle: Sample\npractice: incident_management\nprefix: SMP\n"
MONDAY = to_instant("2026-03-02T09:00:00+01:00")
HOUR = 3600
Wanted = TypeVar("Wanted", bound=Effect)


def read(text: str) -> Any:
    """YAML by the language's own rules."""
    source = read_source(text.encode(), "sample.yaml")
    assert isinstance(source, Source), source
    return source.data


def organization(text: str = ORGANIZATION) -> Organization:
    return Organization.model_validate(read(text))


def compile_text(
    text: str,
    now: int = MONDAY,
    horizon: int = 730 * DAY,
    own: Organization | None = None,
    head: str = HEAD,
    interpreter: int = INTERPRETER,
) -> Compiled:
    """A process from the text of its file, without the lines that every file begins with."""
    process = Process.model_validate(read(head + text))
    own = own or organization()
    names = calendar_names(process, own)
    calendars = {name: compile_calendar(own, name, now - 7 * DAY, now + horizon) for name in names}
    return compile_process(process, text, calendars, "office", interpreter)


class Ticket:
    """A ticket whose lookups of approvers and services are answered at once; every other effect is kept."""

    def __init__(
        self,
        text: str,
        *,
        by: str = "alice",
        now: int = MONDAY,
        horizon: int = 730 * DAY,
        people: str = ORGANIZATION,
        parent: Parent | None = None,
        interpreter: int = INTERPRETER,
        **values: Any,
    ) -> None:
        own = organization(people)
        self.compiled = compile_text(text, now, horizon, own, interpreter=interpreter)
        self.directory = Directory(own)
        self.now = now
        self.answers = True
        """Where false, lookups of approvers and facts of services stay unanswered, and are kept like other effects."""
        self.snapshot: Snapshot | None = None
        self.effects: list[Effect] = []
        self.audit: list[AuditEntry] = []
        opening = Open("SMP-1", self.actor(by), values, parent=parent, organization=self.directory.digest)
        self.refused = self.do(opening)

    @property
    def state(self) -> tuple[str, ...]:
        return tuple(one for one in self.ticket.configuration if one in self.compiled.chart.leaves)

    @property
    def ticket(self) -> Snapshot:
        assert self.snapshot is not None, self.refused
        return self.snapshot

    def actor(self, person: str) -> Actor:
        if person == "engine" or ":" in person:
            return Actor(person)
        standing = self.directory.actor(person)
        return Actor(**{one.name: getattr(standing, one.name) for one in fields(Actor)})

    def do(self, event: Event) -> Refusal | None:
        """Handles an event now, and returns the refusal where it is refused."""
        taken = step(self.compiled, self.snapshot, event, self.now)
        if isinstance(taken, Refusal):
            return taken
        self.snapshot = taken.snapshot
        self.audit += taken.audit
        self._answer(taken.effects)
        return None

    def among(self, people: str) -> None:
        """Replaces the organization, and notifies the ticket of the change where it waits for people."""
        self.directory = Directory(organization(people))
        changed = OrganizationChanged(self.directory.digest)
        if concerns(self.ticket, changed) and needs_a_check(self.directory, self.ticket, self.now):
            self.do(changed)

    def send(self, name: str, by: str = "alice", **values: Any) -> Refusal | None:
        return self.do(Send(name, self.actor(by), values))

    def approve(self, by: str, comment: str | None = None, state: str | None = None) -> Refusal | None:
        return self.do(Vote(self.actor(by), "approve", comment, state))

    def reject(self, by: str, comment: str | None = "no", state: str | None = None) -> Refusal | None:
        return self.do(Vote(self.actor(by), "reject", comment, state))

    def asked(self, state: str) -> list[str]:
        """The people who have an open request in a state."""
        return [one.person for one in self.ticket.approvals[state].requests if one.vote is None]

    def problems(self) -> list[str]:
        return [problem.code for problem in self.ticket.problems]

    def reading(self, level: str) -> ClockReading:
        return readings(self.compiled, self.ticket, self.now)[level]

    def wait(self, seconds: int) -> None:
        self.wait_until(self.now + seconds)

    def wait_until(self, moment: str | int) -> None:
        """Lets time pass, and everything that is due fires at its own time."""
        until = to_instant(moment) if isinstance(moment, str) else moment
        for _ in range(1_000):
            due = next_deadline(self.ticket)
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            for taken in advance(self.compiled, self.ticket, due):
                self.snapshot = taken.snapshot
                self.audit += taken.audit
                self._answer(taken.effects)
        else:
            raise AssertionError("time never comes to rest")
        self.now = until

    def wanted(self, kind: type[Wanted]) -> list[Wanted]:
        """The effects of one kind since the last look."""
        found: list[Wanted] = [one for one in self.effects if isinstance(one, kind)]
        self.effects = [one for one in self.effects if not isinstance(one, kind)]
        return found

    def told(self) -> list[tuple[tuple[str, ...], str]]:
        """The recipients of the notices since the last look, with the reasons."""
        notices = [one for one in self.effects if isinstance(one, Notify)]
        self.effects = [one for one in self.effects if not isinstance(one, Notify)]
        return [(notice.to, notice.reason) for notice in notices]

    def said(self, kind: str) -> list[Mapping[str, Any]]:
        return [entry.data for entry in self.audit if entry.kind == kind]

    def _answer(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case _ if not self.answers:
                    self.effects.append(effect)
                case AskApprovers():
                    self.do(asked(self.directory, effect, self.now))
                case CheckPeople():
                    self.do(people_checked(self.directory, effect, self.now))
                case LookUpServices(services):
                    known = {one: self.directory.service_facts(one) for one in services}
                    self.do(
                        Known(
                            {one: ServiceFacts(f.title, f.owner, f.team, f.calendar) for one, f in known.items() if f}
                        )
                    )
                case _:
                    self.effects.append(effect)
