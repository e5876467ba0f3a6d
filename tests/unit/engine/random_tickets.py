"""Random lives of tickets on the pure core, with every kind of event, valid or hostile.

A life is a list of numbers. The current ticket decides their meaning, so that most moves are possible; the other moves
are hostile: unknown events, wrong actors and values, answers that are late or repeated, leaps in time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from definitions.calendars import compile_calendar
from definitions.people.directory import Actor, AskedPerson, Directory, ServiceFacts
from definitions.pinned import DAY, calendar_names
from definitions.schema.organization import Organization, OutOfOffice
from definitions.schema.process import FieldSpec, Process
from definitions.text.source import Source, read_source
from definitions.times import to_instant, to_text
from tests.paths import ROOT
from workflows.engine.access.principals import acts_as, is_one_of
from workflows.engine.compiled import Compiled, compile_process
from workflows.engine.deadlines import next_deadline
from workflows.engine.draft.view import Handled, View
from workflows.engine.handlers.editing import may_edit
from workflows.engine.model.automation import Automate, Place, StartTicket
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.effects import AskApprovers, CheckPeople, Effect, LookUpServices
from workflows.engine.model.events import (
    Asked,
    CalledBack,
    ChildEnded,
    Claim,
    ClaimTask,
    Comment,
    CompleteRun,
    Delegate,
    Due,
    Edit,
    EffectFailed,
    Event,
    Known,
    NotTaken,
    Open,
    Ran,
    Refresh,
    Send,
    Started,
    UpdateTask,
    Vote,
)
from workflows.engine.model.result import Refusal, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.step import step
from workflows.engine.waiting.callbacks import awaited
from workflows.engine.waiting.directory_answers import asked, people_checked

Move = tuple[int, int, int, int]
"""The kind of the move, its person, and two numbers that vary it."""

ORGANIZATION = """\
organization: {name: Example, time_zone: Europe/Berlin, calendar: office}
people:
  alice: {name: Alice Ng, manager: carol}
  bob:   {name: Bob Ruiz, manager: carol, out_of_office: [{from: 2026-03-03, to: 2026-03-05, delegate: dora}]}
  carol: {name: Carol Weiss, manager: dora, out_of_office: [{from: 2026-03-04, to: 2026-03-20, delegate: alice}]}
  dora:  {name: Dora Lind}
  erin:  {name: Erin Obi, manager: dora}
  frank: {name: Frank Oye}
teams: {cab: {members: [bob, dora, erin]}, service_desk: {members: [alice, frank]}}
roles: {change_manager: [carol], cab_chair: [dora], security_officer: [bob], incident_manager: [erin]}
services:
  email: {title: E-mail, owner: carol, team: service_desk, calendar: office}
  directory: {title: Directory, owner: dora, team: cab, calendar: always}
calendars: {office: {hours: {mon-thu: ["09:00-12:30", "13:30-18:00"], fri: ["09:00-15:00"]}}}
"""
MACHINES = ("engine", "source:monitoring", "nobody")
START = to_instant("2026-03-02T09:00:00+01:00")
HOSTILE: tuple[Any, ...] = (
    None,
    "",
    " ",
    "nonsense",
    -1,
    10**30,
    1.5,
    True,
    [],
    ["x"],
    {"a": 1},
    "2026-13-01",
    "=1",
    "x" * 300,
)
STRANGE = (
    "approved",
    "rejected",
    "expired",
    "done",
    "failed",
    "*",
    "",
    "ended.parts",
    "escalated",
    "comment",
    "x.y",
    "after",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A handled event with its result."""

    before: Snapshot | None
    event: Event
    at: int
    result: Step | Refusal


@dataclass(frozen=True, slots=True)
class World:
    """A process among the people of an organization."""

    compiled: Compiled
    directory: Directory
    people: tuple[str, ...]
    organization: Organization

    def actor(self, who: str) -> Actor:
        standing = self.directory.actor(who)
        return Actor(**{one.name: getattr(standing, one.name) for one in fields(Actor)})


@cache
def world(path: Path) -> World:
    """A process from its file, with two years of calendars; a shipped one among the people of the shipped files."""
    process = Process.model_validate(_read(path.read_bytes(), path.name))
    folder = path.parents[1] / "organization"
    organization = (
        _shipped_organization(folder) if folder.is_dir() else _read(ORGANIZATION.encode(), "organization.yaml")
    )
    own = Organization.model_validate(organization)
    calendars = {
        name: compile_calendar(own, name, START - 7 * DAY, START + 730 * DAY) for name in calendar_names(process, own)
    }
    return World(compile_process(process, str(path), calendars, "office"), Directory(own), tuple(own.people), own)


def _shipped_organization(folder: Path) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for file in sorted(folder.glob("*.yaml")):
        for key, value in _read(file.read_bytes(), file.name).items():
            merged[key] = {**merged.get(key, {}), **value}
    return merged


def _read(content: bytes, name: str) -> Any:
    source = read_source(content, name)
    assert isinstance(source, Source), source
    return source.data


def shipped() -> list[Path]:
    return sorted((ROOT / "definitions" / "processes").glob("*.yaml"))


def own() -> list[Path]:
    return sorted((Path(__file__).parent / "processes").glob("*.yaml"))


class Life:
    """A ticket, its history, and its questions that are not answered yet."""

    def __init__(self, world: World, opener: str, values: Mapping[str, Any]) -> None:
        self.world, self.compiled, self.people = world, world.compiled, world.people
        self.now = START
        self.directory = world.directory
        """The directory that answers questions about people; the world's own directory identifies the actors."""
        self.snapshot: Snapshot | None = None
        self.taken: list[Taken] = []
        self.questions: list[Effect] = []
        self.answers: list[Event] = []
        """Answers that were given before, and may be repeated."""
        self.do(Open("X-1", world.actor(opener), values, organization=self.directory.digest))

    def do(self, event: Event) -> Step | Refusal:
        before = self.snapshot
        result = step(self.compiled, before, event, self.now)
        self.taken.append(Taken(before, event, self.now, result))
        if isinstance(result, Step):
            self.snapshot = result.snapshot
            questions = (AskApprovers, CheckPeople, LookUpServices, Automate, StartTicket)
            self.questions += [effect for effect in result.effects if isinstance(effect, questions)]
        return result

    @property
    def ticket(self) -> Snapshot:
        assert self.snapshot is not None
        return self.snapshot

    def move(self, move: Move) -> None:
        """Makes one move at its time, after every deadline up to then has fired."""
        what, who, one, other = move
        self._wait(self.now + (0, 0, 1, 60, 3600)[other % 5])
        actors = (*self.people[:6], *MACHINES)
        event = MOVES[what % len(MOVES)](self, actors[who % len(actors)], one, other)
        if event is not None:
            self.do(event)
        if other % 4:
            self.answer_all()

    def answer_all(self) -> None:
        for _ in range(20):  # a process may ask forever: it is answered later
            self.answer(0, 1)

    def answer(self, one: int, other: int) -> None:
        if self.questions:
            event = self._answer_to(self.questions.pop(one % len(self.questions)), one, other)
            self.answers.append(event)
            self.do(event)

    def _wait(self, until: int) -> None:
        for _ in range(200):
            due = next_deadline(self.ticket)
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            self.do(Due())
            self.answer_all()
        else:
            raise AssertionError(f"time never comes to rest at {self.now}: {self.ticket}")
        self.now = max(self.now, until)

    def _answer_to(self, question: Effect, one: int, other: int) -> Event:
        match question:
            case AskApprovers():
                return asked(self.directory, question, self.now)
            case CheckPeople():
                return people_checked(self.directory, question, self.now)
            case LookUpServices(services):
                facts = {each: self.world.directory.service_facts(each) for each in services}
                known = {name: ServiceFacts(f.title, f.owner, f.team, f.calendar) for name, f in facts.items() if f}
                return Known(known)
            case Automate():
                place_ = question.place or Place("intake", 0, 0)
                return Ran(place_, one % 3, "timed out" if other % 5 == 0 else None)
            case StartTicket():
                key = None if other % 7 == 0 else f"T-{len(self.taken)}"
                return Started(question.id, key, question.link, question.place, None if key else "not today")
            case _:
                raise AssertionError(question)

    # The kinds of moves.

    def leap(self, _: str, one: int, other: int) -> None:
        """Moves time to the next deadline exactly, just before it, or far beyond it."""
        due = next_deadline(self.ticket)
        nearest = due if due is not None else self.now + 3600
        until = (nearest, nearest - 1, nearest + 1, self.now + one % 7200, self.now + one % (12 * DAY))[other % 5]
        self._wait(max(self.now, until))

    def send(self, who: str, one: int, other: int) -> Event:
        """An event that a person could send now, mostly a permitted person; often an open vote or task."""
        if self._asked() and one % 2:
            return self.vote(who, one // 2, other | 3)
        if one % 3 and any(task.status == "open" for board in self.ticket.tasks.values() for task in board):
            return self.task(who, one // 3, other)
        chart, rules = self.compiled.chart, self.compiled.rules
        active = ("", *self.ticket.configuration)
        open_ = [rules[index] for state in active for index in chart.states[state].transitions if rules[index].event]
        if not open_:
            return Send(STRANGE[one % len(STRANGE)], self.world.actor(who))
        lasting = [rule for rule in open_ if rule.transition.to not in chart.ends]
        rule = (lasting if lasting and other % 8 else open_)[one % len(lasting if lasting and other % 8 else open_)]
        name = (rule.event or "").replace("*", "anything")
        values = {field: self._value(field, one + place, other) for place, field in enumerate(rule.transition.form)}
        if other % 3:
            who = self._one_who_may(rule.transition.by, one, who)
        return Send(name, self.world.actor(who), {k: v for k, v in values.items() if v is not None or other % 2})

    def _one_who_may(self, by: tuple[str, ...] | None, one: int, else_: str) -> str:
        view = View(self.compiled, self.ticket, Handled(""), self.now)
        around = [self.people[(one + place) % len(self.people)] for place in range(len(self.people))]
        able = (each for each in around if by is None or is_one_of(view, self.world.actor(each), by))
        return next(able, else_)

    def _acts(self, who: str, bound: str) -> bool:
        return acts_as(View(self.compiled, self.ticket, Handled(""), self.now), self.world.actor(who), bound)

    def strange(self, who: str, one: int, other: int) -> Event:
        values = {"nope": 1, "comment": HOSTILE[other % len(HOSTILE)]} if other % 2 else {}
        return Send(STRANGE[one % len(STRANGE)], self.world.actor(who), values)

    def edit(self, who: str, one: int, other: int) -> Event:
        names = [*self.compiled.process.fields, *(["nope", "assignee", "key"] if other % 6 == 0 else [])]
        if other % 5:
            view = View(self.compiled, self.ticket, Handled(""), self.now)
            who = next((each for each in self.people if may_edit(view, self.world.actor(each))), who)
            names = [each for each in names if self._is_editable(each)] or names
        chosen = {names[(one + shift) % len(names)] for shift in range(1 + other % 2)}
        return Edit(self.world.actor(who), {name: self._value(name, one, other) for name in chosen})

    def _is_editable(self, name: str) -> bool:
        places = self.compiled.process.fields[name].editable if name in self.compiled.process.fields else ()
        return places is None or self.compiled.is_in(self.ticket.configuration, places)

    def vote(self, who: str, one: int, other: int) -> Event:
        open_ = self._asked()
        if open_ and other % 4:
            who = open_[one % len(open_)]
        comment = (None, "  ", "because", "because")[other % 4]
        return Vote(
            self.world.actor(who), "approve" if one % 3 else "reject", comment, None if other % 7 else "authorize"
        )

    def delegate(self, who: str, one: int, other: int) -> Event:
        open_ = self._asked()
        if open_ and other % 4:
            who = open_[one % len(open_)]
        return Delegate(self.world.actor(who), self.people[(one + other) % len(self.people)])

    def task(self, who: str, one: int, other: int) -> Event:
        known = [task for board in self.ticket.tasks.values() for task in board]
        if not known:
            return UpdateTask(self.world.actor(who), "none", "done")
        task = known[one % len(known)]
        if other % 5 == 0:
            return ClaimTask(self.world.actor(who), task.id)
        if task.assignee and other % 3:
            who = next((each for each in self.people if self._acts(each, task.assignee)), who)
        checked = ("Left", "Right") if task.id == "glue" and other % 2 else ()
        values = {"count": self._value("count", one, other)} if task.id == "paint" and other % 2 else {}
        result = (None, "done", "done", "failed")[other % 4]
        return UpdateTask(self.world.actor(who), task.id, result, checked, values, "so" if other % 2 else None)  # type: ignore[arg-type]

    def comment(self, who: str, one: int, other: int) -> Event:
        return Comment(self.world.actor(who), "hello" if one % 5 else " ", internal=other % 4 == 0)

    def claim(self, who: str, one: int, other: int) -> Event:
        return Claim(self.world.actor(who))

    def late(self, who: str, one: int, other: int) -> Event | None:
        """An answer that was given before, or an answer to no question."""
        state = list(self.compiled.states)[one % len(self.compiled.states)]
        place = Place(state, other % 3, one % 3)
        extra: list[Event] = [
            Refresh(),
            Known({}),
            EffectFailed("not_delivered", "mail bounced"),
            Ran(place, 1),
            CalledBack(self._awaited(place), one % 3, "no" if other % 3 == 0 else None),
            ChildEnded(place, "T-0", "closed", one % 2 == 0),
            Started("late", "T-9", "parts", place),
            NotTaken("T-1", "cancel", "no", place),
            CompleteRun(self.world.actor(who), state, {"seen": one % 3}),
            Asked(state, 1, 0, 0, (AskedPerson(self.people[one % 6]), AskedPerson(self.people[other % 6]))),
        ]
        answers = [*self.answers, *extra] if other % 2 else [*extra, *self.answers[:1]]
        return answers[one % len(answers)]

    def _awaited(self, place: Place) -> Place:
        """The place of a pending callback, or the given place where none is pending."""
        return next((place for place, _ in awaited(self.ticket.runs)), place)

    def reorganize(self, who: str, one: int, other: int) -> Event:
        """Makes a person leave a team or altogether, return, or begin an absence; the ticket hears of some changes."""
        own = self.world.organization
        person, delegate = self.people[one % 6], self.people[(one // 7) % 6]
        teams = {name: team for name, team in own.teams.items() if other % 3 or name != "cab"}
        roles = {name: members for name, members in own.roles.items() if other % 7}
        people = {name: known for name, known in own.people.items() if other % 2 or name != person}
        if one % 3 == 0 and person in people:
            first = to_text(self.now + (one % 5 - 2) * DAY)[:10]
            entry = OutOfOffice(from_=first, to="2099-01-01", delegate=None if other % 4 == 0 else delegate)
            people[person] = people[person].model_copy(update={"out_of_office": (entry,)})
        changed = own.model_copy(update={"people": people, "teams": teams, "roles": roles})
        self.directory = Directory(own if one % 5 == 0 else changed)
        return OrganizationChanged(self.directory.digest if other % 5 else "another")

    def child(self, who: str, one: int, other: int) -> Event | None:
        for state, family in self.ticket.families.items():
            if family.children:
                index = one % len(family.children)
                return ChildEnded(Place(state, family.visit, index), f"T-{index}", "closed", other % 3 == 0)
        return None

    def _asked(self) -> list[str]:
        approvals = self.ticket.approvals.values()
        return [one.person for each in approvals if each.outcome is None for one in each.requests]

    def _value(self, name: str, one: int, other: int) -> Any:
        spec = self.compiled.process.fields.get(name)
        if spec is None and name not in ("comment", "assignee"):
            return 1
        if other % 11 == 0:
            return HOSTILE[one % len(HOSTILE)]
        if spec is None:
            return "words" if name == "comment" else (*self.people, "team:cab", "everyone")[one % 8]
        value = self._fitting(spec, one)
        return [value] * (one % 3) if spec.list else value

    def _fitting(self, spec: FieldSpec, one: int) -> Any:
        moment = to_text(self.now + (one % 40 - 8) * 6 * 3600)
        values: dict[str, Any] = {
            "choice": (spec.options or ("none",))[one % max(1, len(spec.options))],
            "integer": one % 7,
            "number": one / 7,
            "boolean": one % 2 == 0,
            "person": self.people[one % len(self.people)],
            "team": ("cab", "service_desk")[one % 2],
            "service": ("email", "directory", "gone")[one % 3],
            "datetime": moment,
            "date": moment[:10],
            "duration": ("1h", "2h", "1d")[one % 3],
            "ticket": f"INC-{one % 5 + 1}",
        }
        written = (f"text {one % 4}", f"1.{one % 4}", "x")
        matching = [text for text in written if re.fullmatch(spec.pattern or ".*", text)]
        return values[spec.type] if spec.type in values else matching[0]


MOVES: tuple[Callable[[Life, str, int, int], Event | None], ...] = (
    *[Life.send] * 6, *[Life.edit] * 2, *[Life.vote] * 3, *[Life.task] * 2, *[Life.leap] * 2,
    Life.delegate, Life.strange, Life.comment, Life.claim, Life.late, Life.child, *[Life.reorganize] * 2,
)  # fmt: skip


def opening(world: World, seed: int) -> dict[str, Any]:
    """Values to open a ticket with: all required fields, and some of the others."""
    life = object.__new__(Life)
    life.world, life.compiled, life.people, life.now = world, world.compiled, world.people, START
    values: dict[str, Any] = {}
    for place, (name, spec) in enumerate(world.compiled.process.fields.items()):
        if spec.value is None and (spec.required or (seed >> place) % 3):
            value = life._fitting(spec, seed + place)
            values[name] = [value] * (1 + seed % 3) if spec.list else value
    return values


def live(path: Path, seed: int, moves: Sequence[Move], check: Callable[[Life], None]) -> Life | None:
    """Opens a ticket and makes the moves, checking after each; returns None where the ticket was refused."""
    around = world(path)
    life = Life(around, around.people[seed % 6], opening(around, seed))
    if life.snapshot is None:
        return None
    life.answer_all()
    check(life)
    for move in moves:
        life.move(move)
        check(life)
    return life
