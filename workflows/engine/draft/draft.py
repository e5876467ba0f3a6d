"""The ticket while one step works on it: a mutable copy that becomes a new snapshot at the end of the step."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from definitions.people.directory import ServiceFacts
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.compiled import Compiled
from workflows.engine.draft.named_people import named_people, owners
from workflows.engine.draft.view import Handled, View
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.automation import Family, RunState
from workflows.engine.model.clock import Clock
from workflows.engine.model.effects import Effect, ExtendCalendars, Notify, Reason
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.problem import ProblemCode, TicketProblem
from workflows.engine.model.result import AuditEntry, Refusal, RefusalCode, Step
from workflows.engine.model.snapshot import HeldNotice, Outcome, Snapshot, Timer, Visit
from workflows.engine.model.task import TaskState
from workflows.engine.model.timeline import KnownEntry
from workflows.engine.model.timeline.ticket_entries import ProblemReported
from workflows.engine.statechart import Configuration


class Refused(Exception):
    """The ticket refuses the event. The draft is discarded, so nothing has happened."""

    def __init__(self, code: RefusalCode, reason: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.refusal = Refusal(code, reason, fields)


class Draft(View):
    """A writable snapshot, with the effects and timeline entries of the step."""

    __slots__ = (
        "_audit", "_effects", "_effects_named", "active_in_order", "approvals", "assignee", "changed", "checks",
        "clocks", "configuration", "corrections", "ended_at", "entered", "failed", "families", "fields", "handled",
        "held", "holding", "organization", "outcomes", "problems", "raised", "revision", "runs", "services",
        "taken", "tasks", "timers", "visits", "watchers",
    )  # fmt: skip

    def __init__(self, compiled: Compiled, before: Snapshot, handled: Handled, now: Instant) -> None:
        super().__init__(compiled, before, handled, now)
        self.revision = before.revision + 1
        """The revision of the ticket after this step."""
        self.handled: Handled = handled
        self.fields: dict[str, Json] = dict(before.fields)
        self.assignee: str | None = before.assignee
        self.watchers: tuple[str, ...] = before.watchers
        self.configuration = Configuration(before.configuration, before.history)
        self.active_in_order: tuple[str, ...] = before.configuration
        self.visits: dict[str, Visit] = dict(before.visits)
        self.timers: list[Timer] = list(before.timers)
        self.outcomes: list[Outcome] = list(before.outcomes)
        self.approvals: dict[str, ApprovalState] = dict(before.approvals)
        self.tasks: dict[str, tuple[TaskState, ...]] = dict(before.tasks)
        self.runs: dict[str, RunState] = dict(before.runs)
        self.families: dict[str, Family] = dict(before.families)
        self.clocks: dict[str, Clock] = dict(before.clocks)
        self.corrections = before.corrections
        self.held: list[HeldNotice] = list(before.held)
        self.problems: list[TicketProblem] = list(before.problems)
        self.services: dict[str, ServiceFacts] = dict(before.services)
        self.organization = before.organization
        self.checks = before.checks
        self.holding = before.holding
        self.ended_at: Instant | None = before.ended_at
        self.failed = before.failed
        self.changed: set[str] = set()
        """Fields written since ``reset_on`` of the approvals was last applied."""
        self.entered: list[str] = []
        """States entered since clocks were last updated, in order; ``cancel`` of a service level needs them."""
        self.raised: deque[str] = deque()
        self.taken: list[int] = []
        """The taken transitions, by their index in the chart."""
        self._effects: list[Effect] = []
        self._audit: list[AuditEntry] = []
        self._effects_named = 0

    @property
    def actor_id(self) -> str:
        return self.handled.actor.id if self.handled.actor else "engine"

    @property
    def cause(self) -> str:
        """Why the ticket moves: ``submit by alice``, ``task do by alice``, ``approved``."""
        handled = self.handled
        what = f"{handled.name} {handled.subject}" if handled.subject else handled.name
        return f"{what} by {handled.actor.id}" if handled.actor else what

    def activate(self, state: str) -> None:
        self.active_in_order = self.compiled.chart.in_document_order((*self.active_in_order, state))

    def deactivate(self, state: str) -> None:
        self.active_in_order = tuple(one for one in self.active_in_order if one != state)

    def want(self, effect: Effect) -> None:
        """Adds an effect. One ``ExtendCalendars`` per step covers the farthest moment that the step needs."""
        if isinstance(effect, ExtendCalendars):
            asked = [one for one in self._effects if isinstance(one, ExtendCalendars)]
            self._effects = [one for one in self._effects if one not in asked]
            effect = max(effect, *asked, key=lambda one: one.until) if asked else effect
        self._effects.append(effect)

    def say(self, entry: KnownEntry, actor: str | None = None) -> None:
        """Adds an entry to the timeline; its actor is by default the actor of the handled event."""
        self._audit.append(AuditEntry.of(entry, self.now, actor or self.actor_id))

    def say_first(self, entry: KnownEntry) -> None:
        """Adds an entry before all entries that the step has written so far."""
        self._audit.insert(0, AuditEntry.of(entry, self.now, self.actor_id))

    def notify(
        self,
        state: str,
        to: tuple[str, ...],
        reason: Reason = "step",
        *,
        template: str | None = None,
        message: str | None = None,
        channel: str | None = None,
        held_until: Instant | None = None,
        context: Mapping[str, Json] | None = None,
        not_to: str | None = None,
    ) -> None:
        """Notifies people once, however often the effect is performed, but not the person with the id ``not_to``.

        ``held_until`` is the opening of a ``quiet`` calendar that is closed now.
        """
        strict = self.compiled.interpreter >= STRICT_CORE
        if not to:
            self.report_problem(
                "nobody_to_tell", f"a notice ({template or message or reason}) has no recipient", state or None
            )
            if not strict:
                return
        notice = Notify(
            self.place_in_step(state),
            to,
            reason,
            template,
            message,
            channel,
            {"state": state, **(context or {})},
            otherwise=owners(self) if strict and reason != "approval_withdrawn" else (),
            not_to=not_to,
        )
        if held_until is not None and held_until > self.now:
            self.held.append(HeldNotice(held_until, notice))
        else:
            self.want(notice)

    def place_in_step(self, state: str) -> str:
        """The next idempotency key of an effect: ``{ticket}:{state}:{visit}:{revision}.{number}``."""
        self._effects_named += 1
        visit = self.visits[state].number if state in self.visits else 0
        return f"{self.before.key}:{state}:{visit}:{self.revision}.{self._effects_named}"

    def release_held(self, until: Instant | None) -> None:
        """Sends the notices held until a moment; all notices where it is None, as at the end of the ticket."""
        due = [held for held in self.held if until is None or held.at <= until]
        for held in sorted(due, key=lambda one: one.at):
            self.held.remove(held)
            self.want(held.notice)

    def report_problem(self, code: ProblemCode, text: str, state: str | None = None) -> bool:
        """Reports a problem on the ticket, the same problem only once. Returns whether the problem is new."""
        if any((known.code, known.text, known.state) == (code, text, state) for known in self.problems):
            return False
        self.problems.append(TicketProblem(self.now, code, text, state))
        self.say(ProblemReported(code=code, text=text, state=state))
        return True

    def freeze(self) -> Step:
        """The step that this draft has become."""
        snapshot = Snapshot(
            key=self.before.key,
            process=self.before.process,
            revision=self.revision,
            at=self.now,
            opened_at=self.before.opened_at,
            opener=self.before.opener,
            configuration=self.configuration.active,
            fields=self.fields,
            assignee=self.assignee,
            watchers=self.watchers,
            history=self.configuration.history,
            visits=self.visits,
            timers=tuple(self.timers),
            outcomes=tuple(self.outcomes),
            approvals=self.approvals,
            tasks=self.tasks,
            runs=self.runs,
            families=self.families,
            parent=self.before.parent,
            clocks=self.clocks,
            corrections=self.corrections,
            held=tuple(self.held),
            problems=tuple(self.problems),
            services=self.services,
            organization=self.organization,
            checks=self.checks,
            holding=self.holding,
            named=named_people(self) if self.compiled.interpreter >= STRICT_CORE else (),
            ended_at=self.ended_at,
            failed=self.failed,
        )
        return Step(snapshot, tuple(self._effects), tuple(self._audit), tuple(self.taken))
