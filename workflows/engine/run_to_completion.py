"""Runs a draft to completion: eventless transitions, raised events, due times and outcomes, until nothing more happens.

The order within one instant: eventless transitions, and the queue of raised events and outcomes of compound states
(SCXML's macrostep); approvals with a changed field in ``reset_on``; computed fields that read more than fields, after
whose change the order begins again; timed transitions whose moment has moved or come; clocks; outcomes, the oldest
first. Where the chart chooses no transition for an outcome or a due timed transition, it
stays due (LANGUAGE, section 4). Before ``STRICT_CORE`` the outcomes of compound states come with all other outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflows.engine.chart_content import TicketContent
from workflows.engine.compiled import Compiled
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.draft.fields import renewed_at_rest, tell
from workflows.engine.draft.view import Handled
from workflows.engine.model.snapshot import Outcome
from workflows.engine.model.timeline.ticket_entries import OutcomeTaken, StatesMoved, TimerFired
from workflows.engine.service_levels import clocks
from workflows.engine.statechart import (
    ChartTransition,
    Configuration,
    Content,
    TooManyMicrosteps,
    choose,
    microstep,
    select,
    stabilize,
    start,
)
from workflows.engine.waiting import approvals, timers


def begin(content: TicketContent) -> None:
    """Enters the initial states of a new ticket, and settles. Raises Refused."""
    draft = content.draft
    try:
        draft.configuration = start(draft.compiled.chart, content, content.budget)
    except TooManyMicrosteps as endless:
        raise Refused("endless", str(endless)) from endless
    settle(content)


def take(content: TicketContent, transitions: Sequence[ChartTransition]) -> None:
    """Takes the chosen transitions, and settles. Raises Refused."""
    draft = content.draft
    try:
        content.budget.spend(draft.handled.name, transitions)
        draft.configuration = microstep(draft.compiled.chart, draft.configuration, tuple(transitions), content)
    except TooManyMicrosteps as endless:
        raise Refused("endless", str(endless)) from endless
    settle(content)


def settle(content: TicketContent) -> None:
    """Runs the draft until nothing more happens. Raises Refused after too many microsteps."""
    draft = content.draft
    content.outside = False
    try:
        going = True
        while going:
            _run_queue(content)
            approvals.reset_on_changes(draft)
            if _renewed(content):
                continue
            timers.look_again(draft)
            going = clocks.update(draft) or (draft.ended_at is None and _one_outcome(content))
    except TooManyMicrosteps as endless:
        raise Refused("endless", str(endless)) from endless


def settle_renewed(content: TicketContent) -> None:
    """Renews computed fields after a step that settles nothing, and settles where one of them has changed."""
    try:
        renewed = _renewed(content)
    except TooManyMicrosteps as endless:
        raise Refused("endless", str(endless)) from endless
    if renewed:
        settle(content)


def _renewed(content: TicketContent) -> bool:
    """Renews the computed fields that read more than fields. Returns whether one has changed, which is a microstep.

    A ticket that has ended keeps its values.
    """
    draft = content.draft
    if not draft.compiled.is_restless or draft.before.ended_at is not None:
        return False
    changes = renewed_at_rest(draft)
    if changes:
        content.budget.spend("changed computed fields", ())
        tell_moved(content)
        tell(draft, changes)
    return bool(changes)


def tell_moved(content: TicketContent) -> None:
    """Adds one timeline entry for all states left and entered since the last such entry."""
    if content.exited or content.entered:
        content.draft.say(StatesMoved(exited=tuple(content.exited), entered=tuple(content.entered)))
        content.exited.clear()
        content.entered.clear()


def _run_queue(content: TicketContent) -> None:
    """Takes eventless transitions and the queue's events, in the order of their raising, until the chart is stable.

    The outcome of a compound state for which the chart chooses no transition stays due, as any other outcome does.
    """
    draft = content.draft
    while True:
        draft.configuration = stabilize(draft.compiled.chart, draft.configuration, content, content.budget)
        first = draft.raised[0] if draft.raised and draft.ended_at is None else None
        if not isinstance(first, Outcome):
            return
        draft.raised.popleft()
        draft.outcomes.append(first)
        _take_outcome(content, first)


def _one_outcome(content: TicketContent) -> bool:
    """Takes the oldest outcome for which the chart chooses a transition; False where there is none."""
    waiting = content.draft.outcomes
    return bool(waiting) and any(_take_outcome(content, one) for one in sorted(waiting, key=lambda one: one.since))


def _take_outcome(content: TicketContent, outcome: Outcome) -> bool:
    """Takes the transitions that the chart chooses for an outcome; False where it chooses none."""
    draft = content.draft
    chosen = _chosen(content, outcome)
    if not chosen:
        return False
    tell_moved(content)
    draft.outcomes.remove(outcome)
    draft.handled = Handled(_event_name(draft, outcome))
    _tell(draft, outcome)
    content.budget.spend(_event_name(draft, outcome), chosen)
    draft.configuration = microstep(draft.compiled.chart, draft.configuration, chosen, content)
    return True


def transitions_for(
    compiled: Compiled, configuration: Configuration, content: Content, outcome: Outcome
) -> tuple[ChartTransition, ...]:
    """The transitions that the chart chooses for the outcome of a block, or of the states inside a state."""
    alone = compiled.is_strict and compiled.is_of_states(outcome)
    chosen = select(compiled.chart, configuration, content, outcome.name, origin=outcome.state, alone=alone)
    if compiled.is_strict or outcome.name != "done" or not compiled.states[outcome.state].states:
        return chosen
    return tuple(one for one in chosen if compiled.is_offered(outcome.state, one.source))


def _chosen(content: TicketContent, outcome: Outcome) -> tuple[ChartTransition, ...]:
    draft = content.draft
    chart = draft.compiled.chart
    before, draft.handled = draft.handled, Handled(_event_name(draft, outcome))
    try:
        if outcome.timer is None:
            return transitions_for(draft.compiled, draft.configuration, content, outcome)
        timed = chart.transitions[draft.compiled.timed(outcome.state, outcome.timer)]
        return choose(chart, draft.configuration, content, (timed,))
    finally:
        draft.handled = before


def _event_name(draft: Draft, outcome: Outcome) -> str:
    return outcome.name if outcome.timer is None else timers.AFTER


def _tell(draft: Draft, outcome: Outcome) -> None:
    if outcome.timer is None:
        draft.say(OutcomeTaken(state=outcome.state, name=outcome.name), actor="engine")
        return
    timed = draft.compiled.states[outcome.state].after[outcome.timer]
    draft.say(TimerFired(state=outcome.state, after=timed.for_ or f"until {timed.until}"), actor="engine")
