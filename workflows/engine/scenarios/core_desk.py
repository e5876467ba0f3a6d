"""The desk on the pure core: the organization answers effects at once, at the virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from definitions.people.directory import Actor
from definitions.times import Instant
from workflows.engine.compiled import compile_pinned
from workflows.engine.deadlines import MOST_STEPS, advance, next_deadline
from workflows.engine.migration import migrate
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.effects import (
    AskApprovers,
    Automate,
    CancelRun,
    CheckPeople,
    Effect,
    ExtendCalendars,
    LookUpServices,
    Notify,
    SendEvent,
    StartTicket,
    TellEnd,
)
from workflows.engine.model.events import ChildEnded, EffectFailed, Event, Open, Refresh, Renames
from workflows.engine.model.result import AuditEntry, Refusal, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios.desk import Notice, Sent
from workflows.engine.scenarios.other_tickets import Others, SentEvent, StartedTicket
from workflows.engine.scenarios.setting import Setting
from workflows.engine.step import step
from workflows.engine.waiting.availability import concerns
from workflows.engine.waiting.directory_answers import (
    asked,
    known,
    needs_a_check,
    people_checked,
    recipients,
    untold,
)


class CoreDesk:
    """One ticket on the pure core."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._compiled = setting.compiled
        self._chart = self._compiled.chart
        self._now = setting.now
        self._snapshot: Snapshot | None = None
        self._effects: list[Effect] = []
        self._notices: list[Notice] = []
        self._timeline: list[AuditEntry] = []
        self._untold: list[str] = []
        self._others = Others(setting)
        self.taken: set[int] = set()
        """The transitions taken before a migration, by their index in the chart."""

    def open(self, opening: Open) -> Refusal | None:
        return self._handle(opening)

    def take(self, event: Sent) -> Refusal | None:
        return self._handle(event)

    def migrate(self, actor: Actor, to: Setting, renames: Renames) -> Refusal | None:
        before = self.snapshot()
        after = compile_pinned(to.pinned_again(self._compiled.calendars, before.opened_at, self._now))
        taken = migrate(self._compiled, after, before, renames, actor, self._now)
        if isinstance(taken, Refusal):
            return taken
        self._compiled, self._setting = after, to
        self._keep(taken)
        self._follow()
        self._perform()
        return None

    def child_ended(self, ended: ChildEnded) -> None:
        self._handle(ended)

    def reorganize(self, setting: Setting) -> None:
        self._setting = setting
        changed = OrganizationChanged(setting.directory.digest)
        before = self.snapshot()
        if concerns(before, changed) and needs_a_check(setting.directory, before, self._now):
            self._handle(changed)

    def advance_to(self, instant: Instant) -> None:
        """Raises RuntimeError if deadlines repeat without end at one moment."""
        while (due := next_deadline(self.snapshot())) is not None and due <= instant:
            self._now = max(self._now, due)
            if self._follow() >= MOST_STEPS:
                raise RuntimeError(f"deadlines at {due} repeat without end")
            self._perform()
        self._now = instant

    def snapshot(self) -> Snapshot:
        if self._snapshot is None:
            raise RuntimeError("the ticket was not opened")
        return self._snapshot

    def notices(self) -> Sequence[Notice]:
        return self._notices

    def started(self) -> Sequence[StartedTicket]:
        return self._others.started

    def sent(self) -> Sequence[SentEvent]:
        return self._others.sent

    def timeline(self) -> Sequence[AuditEntry]:
        return self._timeline

    def _handle(self, event: Event) -> Refusal | None:
        refusal = self._apply(event)
        if refusal is None:
            self._perform()
        return refusal

    def _apply(self, event: Event) -> Refusal | None:
        """Handles an event, and everything that is due at once after it."""
        taken = step(self._compiled, self._snapshot, event, self._now)
        if isinstance(taken, Refusal):
            return taken
        self._keep(taken)
        self._follow()
        return None

    def _follow(self) -> int:
        """Fires everything that is due by now, and returns the number of steps."""
        steps = advance(self._compiled, self.snapshot(), self._now)
        for one in steps:
            self._keep(one)
        return len(steps)

    def _keep(self, taken: Step) -> None:
        self._snapshot = taken.snapshot
        self._timeline += taken.audit
        if taken.taken and self._compiled.chart is self._chart:
            self.taken.update(taken.taken)
        for effect in taken.effects:
            if isinstance(effect, Notify):
                self._tell(effect)
            else:
                self._effects.append(effect)

    def _perform(self) -> None:
        while self._effects:
            effects, self._effects = self._effects, []
            for answer in [self._answer(effect) for effect in effects]:
                if answer is not None:
                    self._apply(answer)
        untold, self._untold = self._untold, []
        for text in untold:
            self._apply(EffectFailed("not_notified", text))

    def _answer(self, effect: Effect) -> Event | None:
        match effect:
            case Notify() | Automate() | CancelRun() | TellEnd():
                return None  # not performed: a scenario has one ticket, and states the results of runs itself
            case SendEvent():
                self._others.send(effect)
                return None
            case StartTicket():
                return self._others.start(effect, self.snapshot().key, self._now)
            case AskApprovers():
                return asked(self._setting.directory, effect, self._now)
            case CheckPeople():
                return people_checked(self._setting.directory, effect, self._now)
            case LookUpServices():
                return known(self._setting.directory, effect)
            case ExtendCalendars(until):
                self._compiled = self._setting.longer(self._compiled, until)
                return Refresh()
            case _:
                assert_never(effect)

    def _tell(self, notify: Notify) -> None:
        found = recipients(self._setting.directory, notify)
        if found.problem:
            self._untold.append(untold(notify, found.problem))
        told: tuple[str | None, ...] = found.people or (() if found.is_own_doing else (None,))
        self._notices += [Notice(person, notify.reason, notify.template) for person in told]
