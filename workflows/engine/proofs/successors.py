"""The transition relation: the initial abstract states, and the successors of each abstract state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from definitions.schema.steps import Step
from workflows.engine.proofs.abstract_state import AbstractState, DomainChange, EdgeLabel, Phase, Successor
from workflows.engine.proofs.abstract_ticket import AbstractTicket
from workflows.engine.proofs.choices import Choices, Infeasible, every_run
from workflows.engine.proofs.property import Property
from workflows.engine.proofs.run_to_completion import is_stable, settle_once, take, widen_editable
from workflows.engine.statechart import choose, select
from workflows.engine.statechart.microstep import enter_initial

Attempt = Callable[[AbstractTicket], bool]
"""Attempts a step on a ticket; returns False, or raises Infeasible, if these choices make it impossible."""


def initial_successors(prop: Property) -> Iterator[Successor]:
    """The abstract states in which a ticket can be opened: every field may have any value."""
    fields = prop.compiled.process.fields
    values = tuple(prop.domains[name] if name in fields else (None,) for name in prop.tracked)
    changes = tuple(DomainChange("written", name, (fields[name].default,), one) for name, one in
                  zip(prop.tracked, values, strict=True) if name in fields)  # fmt: skip
    for successor in _successors(prop, AbstractState((), (), values, by_person=True), EdgeLabel("open"), _open):
        yield replace(successor, changes=(*changes, *successor.changes), performable=True, certain=True, taken=())


def _open(ticket: AbstractTicket) -> bool:
    ticket.configuration = enter_initial(ticket.compiled.chart, ticket)
    return True


def successors_of(prop: Property, abstract: AbstractState) -> Iterator[Successor]:
    """Every successor of an abstract state: one cause at a time; none once the ticket has ended."""
    if not prop.compiled.chart.ends.isdisjoint(abstract.active):
        return
    if abstract.phase == "unstable":
        yield from _microsteps(prop, abstract)
        return
    yield from _by_time_and_blocks(prop, abstract)
    if abstract.phase == "stable":
        yield from _by_people(prop, abstract)


def _by_people(prop: Property, abstract: AbstractState) -> Iterator[Successor]:
    for event in prop.events_in(abstract.active):
        yield from _successors(prop, abstract, EdgeLabel("event", event), _send(event))
    yield from _edits(prop, abstract)
    for state in abstract.active:
        for index, task in enumerate(prop.compiled.states[state].tasks or ()):
            if prop.is_relevant_form(task.form):
                label = EdgeLabel("task", task.id, state, index)
                yield from _successors(prop, abstract, label, _fill(task.form))


def _by_time_and_blocks(prop: Property, abstract: AbstractState) -> Iterator[Successor]:
    """Steps by time and waiting blocks, which need no permission."""
    for state in abstract.active:
        for index, _ in enumerate(prop.compiled.states[state].after):
            yield from _successors(prop, abstract, EdgeLabel("timer", "", state, index), _fire(prop, state, index))
        for name in _outcomes(prop, abstract, state):
            first = abstract.phase == "due"
            yield from _successors(prop, abstract, EdgeLabel("ending", name, state), _end(state, name, first))
        approval = prop.compiled.states[state].approval
        for index, stage in enumerate(approval.stages if approval and state not in abstract.decided else ()):
            if prop.relevant(stage.do):
                attempt = _perform(stage.do, f"do of a stage of {state}")
                yield from _successors(prop, abstract, EdgeLabel("stage", "", state, index), attempt)
        waits = state not in abstract.decided and state not in abstract.failed_runs
        for index, step in enumerate(prop.compiled.states[state].run or () if waits else ()):
            if (step.call or step.http) and prop.run_blocks(state, index + 1):
                label = EdgeLabel("run", "", state, index)
                yield from _successors(prop, abstract, label, _run_on(state, index + 1))
    for level, spec in prop.compiled.process.service_levels.items():
        for threshold, steps in spec.at.items():
            if prop.relevant(steps):
                attempt = _perform(steps, f"{threshold} of {level}")
                yield from _successors(prop, abstract, EdgeLabel("clock", f"{level} {threshold}"), attempt)


def _outcomes(prop: Property, abstract: AbstractState, state: str) -> tuple[str, ...]:
    """The outcomes with which the block of a state can end now."""
    if state in abstract.decided:
        return ()
    return ("failed",) if state in abstract.failed_runs else prop.outcomes_of(state)


def _microsteps(prop: Property, abstract: AbstractState) -> Iterator[Successor]:
    earlier = bool(abstract.pending) and any(True for _ in _by_time_and_blocks(prop, abstract))

    def run(ticket: AbstractTicket) -> tuple[EdgeLabel, Phase]:
        return settle_once(ticket, time_may_come_first=earlier)

    refused = Successor(
        EdgeLabel("refused"), abstract, performable=False, certain=False
    )  # the engine undoes the whole step
    yield from _all_runs(prop, abstract, run, refused)


def _successors(prop: Property, abstract: AbstractState, label: EdgeLabel, attempt: Attempt) -> Iterator[Successor]:
    """The successors by one cause, for every combination of choices."""

    def run(ticket: AbstractTicket) -> tuple[EdgeLabel, Phase]:
        if not attempt(ticket):
            raise Infeasible
        _begin_again(ticket, abstract)
        if not is_stable(ticket):
            return label, "unstable"
        widen_editable(ticket)
        return label, "stable"

    yield from _all_runs(prop, abstract, run)


def _begin_again(ticket: AbstractTicket, abstract: AbstractState) -> None:
    """A step may change a field of ``reset_on``: a decision that no transition has taken is void then."""
    for state in sorted(abstract.decided & ticket.decided):
        approval = ticket.compiled.states[state].approval
        if approval is not None and approval.reset_on and ticket.either():
            ticket.begin_again(state)


def _all_runs(
    prop: Property,
    abstract: AbstractState,
    run: Callable[[AbstractTicket], tuple[EdgeLabel, Phase]],
    refused: Successor | None = None,
) -> Iterator[Successor]:
    """The successors of all runs; ``refused``, if given, stands for a run that is infeasible."""

    def once(choices: Choices) -> Successor | None:
        ticket = AbstractTicket(prop, abstract, choices)
        try:
            label, phase = run(ticket)
        except Infeasible:
            return refused
        observed = ticket.observed
        return Successor(
            label,
            ticket.freeze(phase),
            tuple(observed.changes),
            observed.violated,
            ticket.performable,
            ticket.certain,
            tuple(observed.taken),
            tuple(observed.failed),
        )

    return (successor for successor in every_run(once) if successor is not None)


def _send(event: str) -> Attempt:
    def attempt(ticket: AbstractTicket) -> bool:
        ticket.event, ticket.by_person = event, True
        chosen = select(ticket.compiled.chart, ticket.configuration, ticket, event)
        if not chosen:
            return False
        ticket.check_form(chosen)
        take(ticket, chosen)
        ticket.event = ""
        return True

    return attempt


def _fire(prop: Property, state: str, index: int) -> Attempt:
    timed = prop.compiled.chart.transitions[prop.compiled.timed(state, index)]

    def attempt(ticket: AbstractTicket) -> bool:
        chosen = choose(ticket.compiled.chart, ticket.configuration, ticket, (timed,))
        if chosen:
            take(ticket, chosen)
        return bool(chosen)

    return attempt


def _end(state: str, name: str, first: bool) -> Attempt:
    """Ends a block. An approval may perform the steps of stages that it has not performed yet."""

    def attempt(ticket: AbstractTicket) -> bool:
        approval = ticket.compiled.states[state].approval
        for stage in approval.stages if approval and name == "approved" else ():
            if ticket.prop.relevant(stage.do) and ticket.choices.either():
                ticket.perform(stage.do, f"do of a stage of {state}")
        if f"approval.{state}.outcome" in ticket.values:
            ticket.write(f"approval.{state}.outcome", (name,), shown=False)
        ticket.end_block(state, name, first=first)
        ticket.decide(state)
        return True

    return attempt


def _perform(steps: tuple[Step, ...], where: str) -> Attempt:
    def attempt(ticket: AbstractTicket) -> bool:
        ticket.perform(steps, where)
        return True

    return attempt


def _run_on(state: str, index: int) -> Attempt:
    """The work of a step for which a run has waited is done."""

    def attempt(ticket: AbstractTicket) -> bool:
        ticket.run_on(state, index)
        return True

    return attempt


def _fill(form: tuple[str, ...]) -> Attempt:
    def attempt(ticket: AbstractTicket) -> bool:
        ticket.event, ticket.by_person = "task", True
        for name in form:
            ticket.write_form(name, ())
        ticket.event = ""
        return True

    return attempt


def _edits(prop: Property, abstract: AbstractState) -> Iterator[Successor]:
    """Edits with an effect of their own; a path makes all others where it needs them (see ``widen_editable``)."""
    values = dict(zip(prop.tracked, abstract.values, strict=True))
    for name in prop.editable(abstract.active):
        if values[name] != prop.domains[name] or (abstract.controlled and name in prop.since_fields):
            yield from _successors(prop, abstract, EdgeLabel("edit", name), _edit(name))
    if abstract.controlled:
        for name in prop.voiding(abstract.active):
            yield from _successors(prop, abstract, EdgeLabel("edit", name), _edit(name))
    for state in sorted(abstract.decided):
        approval = prop.compiled.states[state].approval
        for name in approval.reset_on if approval else ():
            if prop.may_be_edited(name, abstract.active):
                yield from _successors(prop, abstract, EdgeLabel("edit", name), _edit(name, shown=True))


def _edit(name: str, *, shown: bool = False) -> Attempt:
    """An edit of a field; ``shown``: a path names the field even if proofs know nothing of its values."""

    def attempt(ticket: AbstractTicket) -> bool:
        ticket.touch(name)
        if shown and name not in ticket.values and not ticket.observed.changes:
            ticket.observed.changes.append(DomainChange("written", name, (), ()))
        if name in ticket.values:
            ticket.write(name, ticket.prop.domains[name], shown=True)
        ticket.by_person = True
        return True

    return attempt
