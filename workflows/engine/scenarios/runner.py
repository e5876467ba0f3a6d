"""The runner of scenarios: performs a scenario at a desk step by step, and checks its expectations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from definitions.calendars import CalendarError, compile_calendar
from definitions.people.directory import Actor
from definitions.people.references import with_defaults
from definitions.pinned import DAY
from definitions.schema.expectations import Expect
from definitions.schema.model import Json
from definitions.schema.scenario import ExpectedRefusal, Firing, Migration, OutsideEvent, Scenario, ScenarioStep
from definitions.text.breadcrumb import crumb
from definitions.text.problems import Path
from definitions.text.source import TOP, Source
from definitions.times import Instant, to_text
from workflows.engine import business_time
from workflows.engine.model.automation import Parent
from workflows.engine.model.events import Open, Renames, Send
from workflows.engine.model.result import Refusal
from workflows.engine.scenarios.core_desk import CoreDesk
from workflows.engine.scenarios.desk import Desk
from workflows.engine.scenarios.differences import beside, shown
from workflows.engine.scenarios.expectations import ObservedTicket, mismatches
from workflows.engine.scenarios.firings import SCHEDULE, fired_by, of_the_scenario
from workflows.engine.scenarios.other_tickets import StartedTicket
from workflows.engine.scenarios.outside_events import is_meant, opens_another, source_of, wanted
from workflows.engine.scenarios.references import dangling, written_path
from workflows.engine.scenarios.reorganization import reorganized
from workflows.engine.scenarios.result import Failure, ScenarioResult
from workflows.engine.scenarios.setting import Setting
from workflows.engine.scenarios.step_events import called_back, end_of_child, end_of_links, event_of, refused_for_names
from workflows.engine.triggers import Intent, NoIntent, SendIntent, StartIntent

_LONG = 20 * 366 * DAY


def run_scenario(scenario: Scenario, setting: Setting, source: Source | None = None) -> ScenarioResult:
    """Runs a scenario on the pure core. Raises ValueError if a calendar of the organization can't be compiled."""
    desk = CoreDesk(setting)
    return replace(play(scenario, setting, desk, source), taken=frozenset(desk.taken))


def play(scenario: Scenario, setting: Setting, desk: Desk, source: Source | None = None) -> ScenarioResult:
    """Runs a scenario at a desk, up to its first failed step; ``source`` has the places of its steps."""
    return _ScenarioRun(scenario, setting, desk, source).result()


class _ScenarioRun:
    """A run of a scenario."""

    def __init__(self, scenario: Scenario, setting: Setting, desk: Desk, source: Source | None) -> None:
        self._scenario = scenario
        self._setting = setting
        self._desk = desk
        self._source = source
        self._now: Instant = setting.now
        self._opened = False
        self._steps = 0
        self._taken = {"open": 1}
        """The revisions of the steps performed so far, by name; of several with one name, the latest."""
        self._key: str | None = None
        """The correlation key of a ticket that a trigger has opened: no second ticket has it."""
        self._started: list[StartedTicket] = []
        self._seen = 0
        """The number of notices before the last ``expect``; the next two count started tickets and sent events."""
        self._seen_started = 0
        self._seen_sent = 0

    def result(self) -> ScenarioResult:
        failures = tuple(self._failure(one.path, one.text) for one in dangling(self._scenario, self._setting))
        failures = failures or self._play()
        return ScenarioResult(
            scenario=self._scenario.scenario,
            file=self._source.file if self._source else "",
            failures=failures,
            steps=self._steps,
            snapshot=self._desk.snapshot() if self._opened else None,
            timeline=tuple(self._desk.timeline()) if self._opened else (),
            notices=tuple(self._desk.notices()) if self._opened else (),
            started=tuple(self._all_started()) if self._opened else (),
            sent=tuple(self._desk.sent()) if self._opened else (),
        )

    def _play(self) -> tuple[Failure, ...]:
        failures = self._reaching(("given",), self._begin())
        for index, step in enumerate(self._scenario.steps):
            if failures:
                break
            self._steps += 1
            path: Path = ("steps", index)
            if not self._opened:
                return (self._failure(path, "no ticket was opened: no step can follow"),)
            failures = self._reaching(path, self._step(path, step))
        return failures

    def _begin(self) -> Iterator[Failure]:
        given = self._scenario.given
        actor = self._actor(None)
        if given.schedule is not None:
            fired = fired_by(self._setting, given.schedule, self._now)
            if isinstance(fired, str):
                yield self._failure(("given", "schedule"), fired)
                return
            refusal = self._open(actor, dict(of_the_scenario(fired, given.schedule).fields), declared=True)
        elif given.trigger is not None:
            refusal = self._occur(given.trigger, actor) or self._unopened(given.trigger)
        else:
            refusal = self._open(actor, given.fields)
        yield from self._judged(("given",), given.refused, refusal)

    def _reaching(self, path: Path, played: Iterator[Failure]) -> tuple[Failure, ...]:
        """The failures of a step; one more where it leads further than calendars are compiled."""
        failures: list[Failure] = []
        try:
            failures.extend(played)
        except CalendarError as error:
            failures.append(self._failure(path, str(error)))
        return tuple(failures)

    def _open(self, actor: Actor, fields: dict[str, Json], *, declared: bool = False) -> Refusal | None:
        """As the edge and the worker open a ticket: values that name nobody are refused before all else."""
        wrong = self._setting.unknown(fields)
        refusal = Refusal("invalid_fields", "; ".join(wrong.values()), tuple(wrong)) if wrong else None
        key = f"{self._setting.process.prefix}-1"
        by_ticket = actor.id.startswith("ticket:")
        parent = Parent(actor.id.removeprefix("ticket:")) if by_ticket else None
        facts = self._setting.facts(with_defaults(self._setting.process, fields))
        organization = self._setting.directory.digest
        refusal = refusal or self._desk.open(Open(key, actor, fields, facts, parent, declared, organization))
        self._opened = refusal is None
        return refusal

    def _unopened(self, occurrence: OutsideEvent) -> Refusal | None:
        if self._opened:
            return None
        return Refusal("guard_failed", f"no trigger starts a ticket for this {occurrence.type!r}")

    def _occur(self, occurrence: OutsideEvent, source: Actor) -> Refusal | None:
        """Performs the intents of all triggers, and returns the first refusal.

        An event goes to the tickets that were open when it arrived, not to one that it has just opened.
        """
        intents = wanted(self._setting, occurrence.type, occurrence.data, source, self._now)
        before = self._desk.snapshot() if self._opened else None
        meant = [one for one in intents if not isinstance(one, SendIntent) or is_meant(one, self._key, before)]
        refusals = [self._carry_out(intent, occurrence, source) for intent in meant]
        return next((refusal for refusal in refusals if refusal is not None), None)

    def _carry_out(self, intent: Intent, occurrence: OutsideEvent, source: Actor) -> Refusal | None:
        match intent:
            case NoIntent(reason=reason):
                return Refusal("guard_failed", reason)
            case StartIntent() if not self._opened:
                self._key = intent.key
                return self._open(source, dict(intent.fields), declared=True)
            case StartIntent():
                if opens_another(intent, self._key, self._desk.snapshot()):
                    self._all_started().append(StartedTicket(self._scenario.process, None, intent.fields))
            case SendIntent():
                fields = dict(intent.fields)
                facts = self._setting.facts(fields)
                return self._desk.take(Send(intent.event, source, fields, occurrence.data, facts))
        return None

    def _all_started(self) -> list[StartedTicket]:
        """The tickets that the ticket and triggers have started, in order."""
        own = [one for one in self._started if one.key is not None]
        self._started += self._desk.started()[len(own) :]
        return self._started

    def _end_child(self, step: ScenarioStep) -> Refusal | None:
        before = self._desk.snapshot()
        ended = end_of_child(step, before, self._setting)
        if isinstance(ended, Refusal):
            return ended
        self._desk.child_ended(ended)
        for told in end_of_links(ended, before, self._setting):
            self._desk.take(told)  # a refusal has no effect: the ticket handles no such event
        return None

    def _step(self, path: Path, step: ScenarioStep) -> Iterator[Failure]:
        if step.expect is not None:
            yield from self._expect((*path, "expect"), step.expect, self._actor(step.as_))
        elif step.wait is not None:
            yield from self._advance((*path, "wait"), self._after(step.wait))
        elif step.until is not None:
            yield from self._advance((*path, "until"), step.until)
        elif step.schedule is not None:
            yield from self._fire((*path, "schedule"), step.schedule)
        elif (changed := reorganized(self._setting, step)) is not None:
            self._setting = changed
            self._desk.reorganize(changed)
        else:
            yield from self._judged((*path, step.action), step.refused, self._act(step))

    def _fire(self, path: Path, firing: Firing) -> Iterator[Failure]:
        """Opens the other tickets that a schedule opens now."""
        fired = fired_by(self._setting, firing, self._now)
        if isinstance(fired, str):
            yield self._failure(path, fired)
            return
        self._all_started().extend(StartedTicket(self._scenario.process, None, one.fields) for one in fired)

    def _act(self, step: ScenarioStep) -> Refusal | None:
        if step.child is not None:
            return self._end_child(step)
        if step.callback is not None:
            told = called_back(step, self._desk.snapshot())
            return told if isinstance(told, Refusal) else self._desk.take(told)
        if step.trigger is not None:
            return self._occur(step.trigger, source_of(self._setting, step.as_, step.trigger.type))
        if step.migrate is not None:
            return self._migrate(step.migrate, self._actor(step.as_))
        before = self._desk.snapshot()
        event = event_of(step, self._actor(step.as_), self._setting, self._taken)
        refusal = refused_for_names(event, self._setting, before, self._now) or self._desk.take(event)
        if refusal is None:
            self._taken[step.send or step.action] = before.revision + 1
        return refusal

    def _migrate(self, migration: Migration, actor: Actor) -> Refusal | None:
        """Migrates the ticket: from here on, its steps and expectations use the other definition."""
        to = self._setting.moved(migration.to)
        refusal = self._desk.migrate(
            actor, to, Renames(migration.map.states, migration.map.fields, migration.map.options)
        )
        if refusal is None:
            self._setting = to
        return refusal

    def _actor(self, name: str | None) -> Actor:
        given = self._scenario.given
        if name is None and given.schedule is not None:
            return self._setting.actor(SCHEDULE)
        if name is None and given.trigger is not None:
            return source_of(self._setting, given.as_, given.trigger.type)
        return self._setting.actor(name or given.as_ or "")

    def _after(self, duration: str) -> Instant:
        """The time after a duration: exact, with days by the organization's wall clock."""
        try:
            return business_time.add(self._setting.compiled.zone, self._now, duration)
        except business_time.BeyondHorizon as beyond:
            until = max(beyond.needed_until, self._now) + _LONG
            always = compile_calendar(self._setting.organization, "always", self._now - DAY, until)
            return business_time.add(always, self._now, duration)

    def _advance(self, path: Path, instant: Instant) -> Iterator[Failure]:
        if instant < self._now:
            yield self._failure(path, f"{to_text(instant)} lies in the past: it is {to_text(self._now)}")
            return
        self._desk.advance_to(instant)
        self._now = instant

    def _expect(self, path: Path, expect: Expect, actor: Actor) -> Iterator[Failure]:
        told = self._desk.notices()
        new, self._seen = told[self._seen :], len(told)
        started, sent = self._all_started(), self._desk.sent()
        beyond = started[self._seen_started :], sent[self._seen_sent :]
        self._seen_started, self._seen_sent = len(started), len(sent)
        found = ObservedTicket(self._setting, self._desk.snapshot(), actor, self._now, new, *beyond)
        for mismatch in mismatches(expect, found):
            yield self._failure((*path, *mismatch.path), mismatch.text)

    def _judged(self, path: Path, expected: ExpectedRefusal | None, refusal: Refusal | None) -> Iterator[Failure]:
        if expected is None:
            if refusal is not None:
                yield self._failure(path, f"refused: {_said(refusal)}")
            return
        where: Path = (*path[:2], "refused") if path[0] == "steps" else (*path, "refused")
        if refusal is None:
            yield self._failure(where, beside(f"refused with {expected.code}", "accepted"))
            return
        for key in ("code", "fields", "allowed", "reason"):
            wanted, found = getattr(expected, key), getattr(refusal, key)
            if wanted is not None and wanted != found:
                text = beside(shown(wanted), _said(refusal) if key == "code" else shown(found))
                yield self._failure((*where, key), text)

    def _failure(self, path: Path, text: str) -> Failure:
        """A failure at the place of its value."""
        source = self._source
        if source is None:
            return Failure("", TOP.line, TOP.column, crumb(path), text)
        path = written_path(path, self._scenario, source)
        mark = source.at(path)
        return Failure(source.file, mark.line, mark.column, crumb(path), text)


def _said(refusal: Refusal) -> str:
    fields = f" [{', '.join(refusal.fields)}]" if refusal.fields else ""
    return f"{refusal.code}{fields}: {refusal.reason}"
