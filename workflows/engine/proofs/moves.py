"""What can happen to a ticket in a situation, and where each of these things leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from definitions.schema.steps import Step
from workflows.engine.proofs.abstract_state import Arrival, Move, Note, Phase, Situation
from workflows.engine.proofs.abstract_ticket import AbstractTicket, Impossible
from workflows.engine.proofs.choices import Choices, every_way
from workflows.engine.proofs.property import Question
from workflows.engine.proofs.run_to_completion import advance, forget, is_quiet, settle_once
from workflows.engine.statechart import choose, select
from workflows.engine.statechart.microstep import enter_initial

Attempt = Callable[[AbstractTicket], bool]
"""Tries a move; False, or Impossible raised, where it can't be made."""


def openings(question: Question) -> Iterator[Arrival]:
    """The situations in which a ticket can be opened: every field may be given any value."""
    fields = question.compiled.process.fields
    values = tuple(question.domains[name] if name in fields else (None,) for name in question.tracked)
    notes = tuple(Note("written", name, (fields[name].default,), one) for name, one in
                  zip(question.tracked, values, strict=True) if name in fields)  # fmt: skip
    for arrival in _arrivals(question, Situation((), (), values, by_somebody=True), Move("open"), _open):
        yield Arrival(arrival.move, arrival.situation, (*notes, *arrival.notes), arrival.violated)


def _open(ticket: AbstractTicket) -> bool:
    ticket.configuration = enter_initial(ticket.compiled.chart, ticket)
    return True


def moves(question: Question, situation: Situation) -> Iterator[Arrival]:
    """Every way on from a situation, one thing at a time."""
    if not question.compiled.chart.ends.isdisjoint(situation.active):
        return
    if situation.phase == "moving":
        yield from _settling(question, situation)
        return
    yield from _on_their_own(question, situation)
    if situation.phase == "settled":
        yield from _by_people(question, situation)


def _by_people(question: Question, situation: Situation) -> Iterator[Arrival]:
    for event in question.events_in(situation.active):
        yield from _arrivals(question, situation, Move("event", event), _send(event))
    yield from _edits(question, situation)
    for state in situation.active:
        for index, task in enumerate(question.compiled.states[state].tasks or ()):
            if question.form_that_matters(task.form):
                move = Move("task", task.id, state, index)
                yield from _arrivals(question, situation, move, _fill(task.form))


def _on_their_own(question: Question, situation: Situation) -> Iterator[Arrival]:
    """What time and waiting blocks do; nobody's leave is asked."""
    for state in situation.active:
        for index, _ in enumerate(question.compiled.states[state].after):
            yield from _arrivals(question, situation, Move("timer", "", state, index), _fire(question, state, index))
        for name in _outcomes(question, situation, state):
            first = situation.phase == "due"
            yield from _arrivals(question, situation, Move("ending", name, state), _end(state, name, first))
        approval = question.compiled.states[state].approval
        for index, stage in enumerate(approval.stages if approval and state not in situation.decided else ()):
            if question.relevant(stage.do):
                yield from _arrivals(question, situation, Move("stage", "", state, index), _perform(stage.do))
    for level, spec in question.compiled.process.service_levels.items():
        for threshold, steps in spec.at.items():
            if question.relevant(steps):
                yield from _arrivals(question, situation, Move("clock", f"{level} {threshold}"), _perform(steps))


def _outcomes(question: Question, situation: Situation, state: str) -> tuple[str, ...]:
    """How the block of a state can end now."""
    return () if state in situation.decided else question.compiled.states[state].outcomes


def _settling(question: Question, situation: Situation) -> Iterator[Arrival]:
    earlier = bool(situation.pending) and any(True for _ in _on_their_own(question, situation))

    def run(ticket: AbstractTicket) -> tuple[Move, Phase]:
        return settle_once(ticket, time_may_come_first=earlier)

    refused = Arrival(Move("refused"), situation, counts=False, certain=False)  # all of it is taken back
    yield from _all(question, situation, run, refused)


def _arrivals(question: Question, situation: Situation, move: Move, attempt: Attempt) -> Iterator[Arrival]:
    """Where a move leads, by every way through its choices."""

    def run(ticket: AbstractTicket) -> tuple[Move, Phase]:
        if not attempt(ticket):
            raise Impossible
        if not is_quiet(ticket):
            return move, "moving"
        forget(ticket)
        return move, "settled"

    yield from _all(question, situation, run)


def _all(
    question: Question,
    situation: Situation,
    run: Callable[[AbstractTicket], tuple[Move, Phase]],
    refused: Arrival | None = None,
) -> Iterator[Arrival]:
    """Where all choices lead; those that can't be made to ``refused``, where it matters that there are such."""

    def once(choices: Choices) -> Arrival | None:
        ticket = AbstractTicket(question, situation, choices)
        try:
            move, phase = run(ticket)
        except Impossible:
            return refused
        trail = ticket.trail
        notes, taken = tuple(trail.notes), tuple(trail.taken)
        return Arrival(move, ticket.freeze(phase), notes, trail.violated, ticket.counts, ticket.certain, taken)

    return (arrival for arrival in every_way(once) if arrival is not None)


def _send(event: str) -> Attempt:
    def attempt(ticket: AbstractTicket) -> bool:
        ticket.event, ticket.by_somebody = event, True
        chosen = select(ticket.compiled.chart, ticket.configuration, ticket, event)
        if not chosen:
            return False
        ticket.check_form(chosen)
        advance(ticket, chosen)
        ticket.event = ""
        return True

    return attempt


def _fire(question: Question, state: str, index: int) -> Attempt:
    timed = question.compiled.chart.transitions[question.compiled.timed(state, index)]

    def attempt(ticket: AbstractTicket) -> bool:
        chosen = choose(ticket.compiled.chart, ticket.configuration, ticket, (timed,))
        if chosen:
            advance(ticket, chosen)
        return bool(chosen)

    return attempt


def _end(state: str, name: str, first: bool) -> Attempt:
    """A block ends. The steps of approval stages that have not been performed yet may come with it."""

    def attempt(ticket: AbstractTicket) -> bool:
        approval = ticket.compiled.states[state].approval
        for stage in approval.stages if approval and name == "approved" else ():
            if ticket.question.relevant(stage.do) and ticket.choices.either():
                ticket.perform(stage.do)
        if f"approval.{state}.outcome" in ticket.values:
            ticket.write(f"approval.{state}.outcome", (name,), shown=False)
        ticket.end_block(state, name)
        ticket.decided.add(state)
        if first:
            ticket.pending.insert(0, ticket.pending.pop())
        return True

    return attempt


def _perform(steps: tuple[Step, ...]) -> Attempt:
    def attempt(ticket: AbstractTicket) -> bool:
        ticket.perform(steps)
        return True

    return attempt


def _fill(form: tuple[str, ...]) -> Attempt:
    def attempt(ticket: AbstractTicket) -> bool:
        ticket.event, ticket.by_somebody = "task", True
        for name in form:
            ticket.write_form(name, ())
        ticket.event = ""
        return True

    return attempt


def _edits(question: Question, situation: Situation) -> Iterator[Arrival]:
    """Edits that do something of themselves; all others are made when they are needed (see ``forget``)."""
    values = dict(zip(question.tracked, situation.values, strict=True))
    for name in question.editable(situation.active):
        if values[name] != question.domains[name] or (situation.excused and name in question.since_fields):
            yield from _arrivals(question, situation, Move("edit", name), _edit(name))
    if situation.excused:
        for name in question.voiding(situation.active):
            yield from _arrivals(question, situation, Move("edit", name), _edit(name))


def _edit(name: str) -> Attempt:
    def attempt(ticket: AbstractTicket) -> bool:
        ticket.touch(name)
        if name in ticket.values:
            ticket.write(name, ticket.question.domains[name], shown=True)
        ticket.by_somebody = True
        return True

    return attempt
