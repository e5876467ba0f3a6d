"""The ticket while one step works on it: a mutable copy that becomes a new snapshot at the end of the step."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from definitions.expressions import EvaluationFailed
from definitions.people.directory import ServiceFacts
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.compiled import Compiled
from workflows.engine.draft.named_people import named_people, owners
from workflows.engine.draft.view import Handled, View
from workflows.engine.model import bounds
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.automation import Automate, Family, RunState, SendEvent, StartTicket
from workflows.engine.model.chain_count import ChainCount
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

_LINKS = Automate | StartTicket | SendEvent
"""The effects that lengthen a chain."""


class Refused(Exception):
    """The ticket refuses the event. The draft is discarded, so nothing has happened."""

    def __init__(self, code: RefusalCode, reason: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.refusal = Refusal(code, reason, fields)


class TooMuch(EvaluationFailed):
    """A step of the process would do more than a ticket does at once, or would lengthen a chain without end."""

    def __init__(self, text: str, problem: ProblemCode) -> None:
        super().__init__(text)
        self.problem: ProblemCode = problem


@dataclass(frozen=True, slots=True)
class Raised:
    """A raised event in the queue, with the event that was handled when it was raised."""

    name: str
    during: Handled


class Draft(View):
    """A writable snapshot, with the effects and timeline entries of the step."""

    __slots__ = (
        "_audit", "_effects", "_effects_named", "_fan_out", "active_in_order", "approvals", "assignee", "chain",
        "chains", "changed", "checks", "clocks", "configuration", "corrections", "ended_at", "entered", "failed",
        "families", "fields", "handled", "has_sender", "held", "holding", "hops", "is_strict", "organization",
        "outcomes", "problems", "raised", "revision", "runs", "services", "taken", "tasks", "timers",
        "visits", "watchers",
    )  # fmt: skip

    def __init__(self, compiled: Compiled, before: Snapshot, handled: Handled, now: Instant) -> None:
        super().__init__(compiled, before, handled, now)
        self.revision = before.revision + 1
        """The revision of the ticket after this step."""
        self.handled: Handled = handled
        self.is_strict = compiled.interpreter >= STRICT_CORE
        """Whether this run keeps the bounds; runs that began under an older interpreter replay without them."""
        self.hops = 0
        """The links of the chain of events and starts that has led to this step."""
        self.chain = f"{before.key}:{self.revision}"
        """The id of that chain; of a new chain, unless the step continues an earlier one."""
        self.chains: tuple[ChainCount, ...] = before.chains
        self.has_sender = handled.actor is not None
        """Whether the event of this step has a sender, who gets a refusal; an answer to the engine has none."""
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
        self.raised: deque[Raised | Outcome] = deque()
        """SCXML's internal queue: raised events, and outcomes of compound states that no transition was offered yet."""
        self.taken: list[int] = []
        """The taken transitions, by their index in the chart."""
        self._effects: list[Effect] = []
        self._audit: list[AuditEntry] = []
        self._effects_named = 0
        self._fan_out = 0

    def keep_within(
        self, number: int, most: int, what: str, code: Literal["too_many", "too_large"] = "too_many"
    ) -> None:
        """Checks a bound of this run. Raises Refused where the event has a sender, else TooMuch."""
        if number <= most or not self.is_strict:
            return
        text = f"{what}: {number:,}, and a ticket takes at most {most:,}"
        raise Refused(code, text) if self.has_sender else TooMuch(text, code)

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
        if self.is_strict and _is_counted(effect):
            self._check_counted((effect,))
            self._fan_out += _number(effect)
        if self.is_strict and isinstance(effect, _LINKS):
            effect = replace(effect, hops=self.hops + 1, chain=self.chain)
        if isinstance(effect, ExtendCalendars):
            asked = [one for one in self._effects if isinstance(one, ExtendCalendars)]
            self._effects = [one for one in self._effects if one not in asked]
            effect = max(effect, *asked, key=lambda one: one.until) if asked else effect
        self._effects.append(effect)

    def check_fan_out(self, effects: Sequence[Effect]) -> None:
        """Checks the effects that steps of a process ask for. Raises Refused or TooMuch (see ``keep_within``)."""
        if self.is_strict and (counted := [effect for effect in effects if _is_counted(effect)]):
            self._check_counted(counted)

    def _check_counted(self, counted: Sequence[Effect]) -> None:
        if self.hops >= bounds.MOST_HOPS and any(not isinstance(effect, Notify) for effect in counted):
            text = f"this is link {self.hops + 1} of a chain of events and starts, which has at most {bounds.MOST_HOPS}"
            raise TooMuch(text, "too_many_hops")
        number = self._fan_out + sum(_number(effect) for effect in counted)
        self.keep_within(number, bounds.MOST_EFFECTS, "calls, requests, notices, events and starts of one step")
        for effect in counted:
            if size := bounds.beyond(effect, bounds.MOST_EVENT_BYTES):
                what = f"bytes of one {_WORDS[effect.kind]}"
                self.keep_within(size, bounds.MOST_EVENT_BYTES, what, "too_large")

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
        if not to:
            self.report_problem(
                "nobody_to_tell", f"a notice ({template or message or reason}) has no recipient", state or None
            )
            if not self.is_strict:
                return
        if message is not None and self.is_strict:
            message = bounds.cut(message, bounds.LONGEST_MESSAGE)
        context = {"state": state, **context} if context else {"state": state}
        otherwise = owners(self) if self.is_strict and reason != "approval_withdrawn" else ()
        place = self.place_in_step(state)
        notice = Notify(place, to, reason, template, message, channel, context, otherwise, not_to)
        full = self.is_strict and len(self.held) >= bounds.MOST_HELD
        if held_until is not None and held_until > self.now and not full:
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
            self._effects.append(held.notice)  # it was counted by the step that held it

    def report_problem(self, code: ProblemCode, text: str, state: str | None = None) -> bool:
        """Reports a problem on the ticket, the same problem only once. Returns whether the problem is new.

        After ``MOST_PROBLEMS`` the timeline alone has a new problem.
        """
        if self.is_strict:
            text = bounds.cut(text, bounds.LONGEST_PROBLEM)
        if any((known.code, known.text, known.state) == (code, text, state) for known in self.problems):
            return False
        if len(self.problems) < bounds.MOST_PROBLEMS or not self.is_strict:
            self.problems.append(TicketProblem(self.now, code, text, state))
        self.say(ProblemReported(code=code, text=text, state=state))
        return True

    def _kept_chain(self) -> str:
        """The chain, unless the step has begun it and caused nothing outside the ticket."""
        if not self.is_strict:
            return self.before.chain
        continued = self.hops > 0 or self.chain == self.before.chain
        return self.chain if continued or any(isinstance(one, _LINKS) for one in self._effects) else ""

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
            hops=self.hops if self.is_strict else self.before.hops,
            chain=self._kept_chain(),
            chains=self.chains,
            holding=self.holding,
            named=named_people(self) if self.is_strict else (),
            ended_at=self.ended_at,
            failed=self.failed,
        )
        return Step(snapshot, tuple(self._effects), tuple(self._audit), tuple(self.taken))


def _is_counted(effect: Effect) -> bool:
    """Whether a step of a process asks for this effect; notices about approvals and tasks have bounds of their own."""
    match effect:
        case Notify(reason=reason):
            return reason == "step"
        case SendEvent(cancel_of=canceled):
            return canceled is None
        case _:
            return isinstance(effect, Automate | StartTicket)


def _number(effect: Effect) -> int:
    return len(effect.to) if isinstance(effect, SendEvent) else 1


_WORDS: Mapping[str, str] = {
    Automate.kind: "call or request",
    StartTicket.kind: "start",
    SendEvent.kind: "sent event",
    Notify.kind: "notice",
}
