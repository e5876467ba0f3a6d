"""Run to completion on an abstract ticket, in the order of ``workflows.engine.run_to_completion``, by microsteps."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.engine.proofs.abstract_state import DomainChange, EdgeLabel, Phase
from workflows.engine.proofs.abstract_ticket import AbstractTicket
from workflows.engine.statechart import ChartTransition, microstep, select


def settle_once(ticket: AbstractTicket, *, time_may_come_first: bool) -> tuple[EdgeLabel, Phase]:
    """One microstep: by eventless transitions, else by a raised event, else by the oldest outcome that is handled.

    ``time_may_come_first``: a timer or a block may be due at the same instant, and be older than the outcome.
    """
    chart = ticket.compiled.chart
    chosen = select(chart, ticket.configuration, ticket, None)
    if chosen:
        take(ticket, chosen)
        return EdgeLabel("always", state=chosen[0].source), "unstable"
    raised = ticket.raised()
    if raised is not None:
        chosen = select(chart, ticket.configuration, ticket, raised)
        if chosen:
            take(ticket, chosen)
        return EdgeLabel("raised" if chosen else "rest", raised if chosen else ""), "unstable"
    for state, name in tuple(ticket.pending):
        ticket.by_person = False
        chosen = select(chart, ticket.configuration, ticket, name, origin=state)
        if not chosen:
            continue
        if time_may_come_first and not ticket.choices.either():
            return EdgeLabel("rest"), "due"
        ticket.dequeue((state, name))
        ticket.keeps_control = (state, name) in ticket.prop.outcomes and ticket.controlled
        take(ticket, chosen)
        return EdgeLabel("outcome", name, state), "unstable"
    widen_editable(ticket)
    return EdgeLabel("rest"), "stable"


def take(ticket: AbstractTicket, chosen: Iterable[ChartTransition]) -> None:
    """Takes the transitions in one microstep of the chart."""
    ticket.configuration = microstep(ticket.compiled.chart, ticket.configuration, tuple(chosen), ticket)


def is_stable(ticket: AbstractTicket) -> bool:
    """Whether no microstep can follow, so that the ticket is stable at once."""
    if ticket.compiled.chart.ended(ticket.configuration):
        return True
    eager = not ticket.compiled.chart.eager.isdisjoint(ticket.configuration.active)
    return not (ticket.raised_events or ticket.pending or eager)


def widen_editable(ticket: AbstractTicket) -> None:
    """Widens the editable names to their whole domain: a path that needs another value has an edit before it.

    A name keeps its domain where the edit itself would have an effect: where it would void the control, or enable an
    ``always`` that reads the name.
    """
    active = ticket.configuration.active
    if ticket.pending:
        return
    for name in ticket.prop.editable(active):
        whole = ticket.prop.domains[name]
        before = ticket.values[name]
        voids = ticket.controlled and name in ticket.prop.since_fields
        if before == whole or voids or name in ticket.prop.read_by_eventless(active):
            continue
        ticket.observed.changes.append(DomainChange("edited", name, before, whole))
        ticket.values[name] = whole
