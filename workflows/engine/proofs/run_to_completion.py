"""Run to completion on an abstract ticket, in the order of ``workflows.engine.run_to_completion``, by microsteps."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.engine.model.snapshot import Outcome
from workflows.engine.proofs.abstract_state import AbstractEvent, AbstractOutcome, DomainChange, EdgeLabel, Phase
from workflows.engine.proofs.abstract_ticket import AbstractTicket
from workflows.engine.run_to_completion import transitions_for
from workflows.engine.statechart import ChartTransition, microstep, select


def settle_once(ticket: AbstractTicket, *, time_may_come_first: bool) -> tuple[EdgeLabel, Phase]:
    """One microstep: by eventless transitions, else by the first of the queue, else by the oldest handled outcome.

    ``time_may_come_first``: a timer or a block may be due at the same instant, and be older than the outcome.
    """
    chart = ticket.compiled.chart
    chosen = select(chart, ticket.configuration, ticket, None)
    if chosen:
        take(ticket, chosen)
        return EdgeLabel("always", state=chosen[0].source), "unstable"
    if ticket.queues.raised:
        return _first_of_queue(ticket, ticket.queues.raised.pop(0)), "unstable"
    for outcome in tuple(ticket.queues.due):
        ticket.by_person = False
        chosen = _transitions_for(ticket, outcome)
        if not chosen:
            continue
        if time_may_come_first and not ticket.choices.either():
            return EdgeLabel("rest"), "due"
        ticket.dequeue(outcome)
        return _take_outcome(ticket, outcome, chosen), "unstable"
    widen_editable(ticket)
    return EdgeLabel("rest"), "stable"


def _first_of_queue(ticket: AbstractTicket, first: AbstractEvent | AbstractOutcome) -> EdgeLabel:
    """Offers an event of the queue; without a transition an event is dropped, and an outcome stays due."""
    if isinstance(first, AbstractEvent):
        ticket.by_person = first.by_person
        chosen = select(ticket.compiled.chart, ticket.configuration, ticket, first.name)
        take(ticket, chosen)
        return EdgeLabel("raised", first.name) if chosen else EdgeLabel("rest")
    before, ticket.by_person = ticket.by_person, False
    chosen = _transitions_for(ticket, first)
    if chosen:
        return _take_outcome(ticket, first, chosen)
    ticket.by_person = before
    ticket.queues.make_due(first)
    return EdgeLabel("rest")


def _transitions_for(ticket: AbstractTicket, outcome: AbstractOutcome) -> tuple[ChartTransition, ...]:
    concrete = Outcome(outcome.state, outcome.name, 0, of_states=outcome.of_states)
    return transitions_for(ticket.compiled, ticket.configuration, ticket, concrete)


def _take_outcome(ticket: AbstractTicket, outcome: AbstractOutcome, chosen: Sequence[ChartTransition]) -> EdgeLabel:
    ticket.keeps_control = (outcome.state, outcome.name) in ticket.prop.outcomes and ticket.controlled
    take(ticket, chosen)
    return EdgeLabel("outcome", outcome.name, outcome.state)


def take(ticket: AbstractTicket, chosen: Sequence[ChartTransition]) -> None:
    """Takes the transitions, if there are any, in one microstep of the chart."""
    if not chosen:
        return
    ticket.configuration = microstep(ticket.compiled.chart, ticket.configuration, tuple(chosen), ticket)


def is_stable(ticket: AbstractTicket) -> bool:
    """Whether no microstep can follow, so that the ticket is stable at once."""
    if ticket.compiled.chart.ended(ticket.configuration):
        return True
    eager = not ticket.compiled.chart.eager.isdisjoint(ticket.configuration.active)
    return ticket.queues.are_empty and not eager


def widen_editable(ticket: AbstractTicket) -> None:
    """Widens the editable names to their whole domain: a path that needs another value has an edit before it.

    A name keeps its domain where the edit itself would have an effect: where it would void the control, or enable an
    ``always`` that reads the name.
    """
    active = ticket.configuration.active
    if ticket.queues.due:
        return
    for name in ticket.prop.editable(active):
        whole = ticket.prop.domains[name]
        before = ticket.values[name]
        voids = ticket.controlled and name in ticket.prop.since_fields
        if before == whole or voids or name in ticket.prop.read_by_eventless(active):
            continue
        ticket.observed.changes.append(DomainChange("edited", name, before, whole))
        ticket.values[name] = whole
