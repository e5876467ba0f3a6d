"""On the way to rest: the order of ``workflows.engine.run_to_completion``, one microstep at a time."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.engine.proofs.abstract_state import Move, Note, Phase
from workflows.engine.proofs.abstract_ticket import AbstractTicket
from workflows.engine.statechart import Transition, microstep, select


def settle_once(ticket: AbstractTicket, *, time_may_come_first: bool) -> tuple[Move, Phase]:
    """Eventless transitions, then raised events, then the oldest outcome for which a transition is chosen.

    ``time_may_come_first``: something else may fall due at the same instant, and be older than the outcome.
    """
    chart = ticket.compiled.chart
    chosen = select(chart, ticket.configuration, ticket, None)
    if chosen:
        advance(ticket, chosen)
        return Move("always", state=chosen[0].source), "moving"
    raised = ticket.raised()
    if raised is not None:
        chosen = select(chart, ticket.configuration, ticket, raised)
        if chosen:
            advance(ticket, chosen)
        return Move("raised" if chosen else "rest", raised if chosen else ""), "moving"
    for state, name in tuple(ticket.pending):
        ticket.by_somebody = False
        chosen = select(chart, ticket.configuration, ticket, name, origin=state)
        if not chosen:
            continue
        if time_may_come_first and not ticket.choices.either():
            return Move("rest"), "due"
        ticket.take_off((state, name))
        ticket.keeps_excuse = (state, name) in ticket.question.outcomes and ticket.excused
        advance(ticket, chosen)
        return Move("outcome", name, state), "moving"
    forget(ticket)
    return Move("rest"), "settled"


def advance(ticket: AbstractTicket, chosen: Iterable[Transition]) -> None:
    """One microstep of the chart itself."""
    ticket.configuration = microstep(ticket.compiled.chart, ticket.configuration, tuple(chosen), ticket)


def is_quiet(ticket: AbstractTicket) -> bool:
    """Whether nothing can follow of itself, so that the ticket is at rest at once."""
    if ticket.compiled.chart.ended(ticket.configuration):
        return True
    eager = not ticket.compiled.chart.eager.isdisjoint(ticket.configuration.active)
    return not (ticket.raised_events or ticket.pending or eager)


def forget(ticket: AbstractTicket) -> None:
    """Gives names that anybody may edit here their whole domain back: whoever needs another value edits it first.

    Not where the edit itself would do something: void an excuse, or wake an ``always`` that reads the name.
    """
    active = ticket.configuration.active
    if ticket.pending:
        return
    for name in ticket.question.editable(active):
        whole = ticket.question.domains[name]
        before = ticket.values[name]
        voids = ticket.excused and name in ticket.question.since_fields
        if before == whole or voids or name in ticket.question.restless(active):
            continue
        ticket.trail.notes.append(Note("edited", name, before, whole))
        ticket.values[name] = whole
