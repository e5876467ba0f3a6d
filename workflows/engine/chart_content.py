"""A ticket as the content of its chart: guards, and SCXML's executable content on exit, transition and entry."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from definitions.expressions import EvaluationFailed
from definitions.people.directory import Actor
from definitions.people.references import values
from definitions.schema.model import Json
from workflows.engine.access.permissions import ENGINE_EVENTS, may_send
from workflows.engine.compiled import Rule
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.draft.expressions import holds, holds_or_problem, value_of
from workflows.engine.draft.fields import BadFields, write
from workflows.engine.draft.view import is_given
from workflows.engine.executable_content import not_performed, perform
from workflows.engine.model.automation import TellEnd
from workflows.engine.model.problem import ProblemCode
from workflows.engine.model.snapshot import Outcome, Visit
from workflows.engine.statechart import Budget, ChartTransition
from workflows.engine.waiting import BLOCKS, timers


@dataclass(frozen=True, slots=True)
class Tried:
    """A transition that did not take the offered event, and the reason."""

    transition: ChartTransition
    failed: Literal["guard", "by"]


class TicketContent:
    """One draft as the chart's content. ``outside`` is true while the chart is offered an event from outside."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.budget = Budget()
        self.outside = False
        self.tried: list[Tried] = []
        self.exited: list[str] = []
        self.entered: list[str] = []
        self._form: Mapping[str, Json] = {}

    def offer_form(self, values: Mapping[str, Json]) -> None:
        """Keeps the values that the event carries; the first transition that is taken writes them."""
        self._form = values

    def enabled(self, transition: ChartTransition, event: str | None) -> bool:
        """Whether ``when`` holds and, for an event from outside, ``by``.

        Raises Refused where the guard of an event from outside can't be evaluated.
        """
        rule = self.draft.compiled.rules[transition.index]
        if not self.outside:
            return self._holds_inside(transition)
        if not rule.takes_from_outside(event or ""):
            return False
        try:
            if not holds(self.draft, rule.transition.when):
                self.tried.append(Tried(transition, "guard"))
                return False
            actor = self.draft.handled.actor
            if actor is None or _is_engines_own(actor, event) or may_send(self.draft, rule.transition, actor):
                return True
        except EvaluationFailed as failure:
            raise Refused("guard_failed", f"the guard of {event!r} can't be evaluated: {failure}") from failure
        self.tried.append(Tried(transition, "by"))
        return False

    def _holds_inside(self, transition: ChartTransition) -> bool:
        """Reports problems in place of a refusal, which nobody would get: a failing guard, or a field of ``requires``.

        A transition that lacks a field waits for it.
        """
        rule = self.draft.compiled.rules[transition.index]
        if not holds_or_problem(self.draft, rule.transition.when, rule.source):
            return False
        lacking = [name for name in rule.transition.requires if not is_given(self.draft, name)]
        if lacking:
            self.draft.report_problem("missing_fields", f"waits for {', '.join(lacking)}", rule.source or None)
        return not lacking

    def exit(self, state_id: str) -> None:
        draft = self.draft
        perform(draft, draft.compiled.states[state_id].exit, state_id, "exit")
        for block in BLOCKS:
            block.leave(draft, state_id)
        timers.leave(draft, state_id)
        draft.deactivate(state_id)
        self.exited.append(state_id)
        if draft.compiled.is_strict and draft.compiled.states[state_id].final:
            _lapse(draft, draft.compiled.chart.completed_by(state_id))

    def take(self, transition: ChartTransition) -> None:
        """Writes the form, writes ``set``, performs ``do``. Raises Refused where an actor's value can't be written.

        If nobody acts and ``set`` can't be written, ``do`` is not performed: both form one list of steps.
        """
        self.draft.taken.append(transition.index)
        rule = self.draft.compiled.rules[transition.index]
        form, self._form = self._form, {}
        written = self._write(form, rule) and self._set(rule)
        if written or not self.draft.is_strict:
            perform(self.draft, rule.transition.do, rule.source, f"do of {rule.cause}")

    def _set(self, rule: Rule) -> bool:
        try:
            given = {name: value_of(self.draft, value) for name, value in rule.transition.set.items()}
        except EvaluationFailed as failure:
            return self._failed(Refused("guard_failed", f"set: {failure}"), "guard_failed", f"set: {failure}", rule)
        return self._write(given, rule, by_process=True)

    def _write(self, values: Mapping[str, Json], rule: Rule, *, by_process: bool = False) -> bool:
        if not values:
            return True
        try:
            write(self.draft, values, by_process=by_process)
        except BadFields as bad:
            return self._failed(Refused(bad.code, str(bad), bad.fields), "not_written", str(bad), rule)
        return True

    def _failed(self, refused: Refused, code: ProblemCode, text: str, rule: Rule) -> bool:
        """Refuses the event of an actor; without an actor, reports a problem. Returns False: ``do`` is left out."""
        if self.draft.handled.actor is not None:
            raise refused
        if self.draft.is_strict and rule.transition.do:
            left_out = not_performed(len(rule.transition.do), "of its do")
            text = f"set of {rule.cause} failed{left_out}: {text}"
        self.draft.report_problem(code, text, rule.source or None)
        return False

    def enter(self, state_id: str) -> None:
        draft = self.draft
        state = draft.compiled.states[state_id]
        number = draft.visits[state_id].number + 1 if state_id in draft.visits else 1
        draft.visits[state_id] = Visit(number, draft.now, draft.cause)
        draft.activate(state_id)
        draft.entered.append(state_id)
        self.entered.append(state_id)
        perform(draft, state.entry, state_id, "entry")
        timers.enter(draft, state_id)
        for block in BLOCKS:
            block.enter(draft, state_id)

    def done(self, state_id: str) -> None:
        """Makes the outcome of a compound state due, in its place among the raised events, where a handler has it."""
        draft, compiled = self.draft, self.draft.compiled
        name = compiled.ending(state_id, draft.active_in_order)
        handlers = compiled.chart.candidates(state_id, name)
        if not any(compiled.is_offered(state_id, one.source) for one in handlers):
            return
        outcome = Outcome(state_id, name, draft.now, of_states=compiled.is_strict)
        if compiled.is_strict:
            draft.raised.append(outcome)
        else:
            draft.outcomes.append(outcome)

    def raised(self) -> str | None:
        """The next raised event; None also before the outcome of a compound state, which is handled as an outcome."""
        queue = self.draft.raised
        if not queue or isinstance(queue[0], Outcome):
            return None
        first = queue[0]
        queue.popleft()
        self.draft.handled = replace(first.during, name=first.name, kind="", subject="")
        return first.name

    def ended(self, state_id: str) -> None:
        draft = self.draft
        draft.ended_at = draft.now
        draft.failed = draft.compiled.states[state_id].final == "failed"
        for state in draft.active_in_order:
            for block in BLOCKS:
                block.leave(draft, state)
        draft.timers.clear()
        draft.outcomes.clear()
        draft.release_held(None)
        links = tuple(
            (name, key)
            for name, spec in draft.compiled.process.fields.items()
            if spec.type == "ticket"
            for key in values(draft.fields.get(name))
        )
        if links or draft.before.parent:
            identity = f"{draft.before.key}:ended"
            draft.want(TellEnd(identity, state_id, draft.failed, draft.before.parent, links))


def _lapse(draft: Draft, states: Sequence[str]) -> None:
    """Withdraws the outcomes of compound states that are in a final state no more."""
    over = [one for one in draft.outcomes if one.state in states and draft.compiled.is_of_states(one)]
    draft.outcomes = [one for one in draft.outcomes if one not in over]
    draft.raised = deque(one for one in draft.raised if not (isinstance(one, Outcome) and one.state in states))


def _is_engines_own(actor: Actor, event: str | None) -> bool:
    return actor.id == "engine" and (event or "").startswith(ENGINE_EVENTS)
