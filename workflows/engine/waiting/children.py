"""Starts, counts, cancels and detaches the children of a state (LANGUAGE, section 4, child)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from definitions.expressions import EvaluationFailed
from definitions.people.references import values
from definitions.schema.model import Json
from definitions.schema.waiting import Child
from definitions.times import Instant
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.expressions import NO_EACH, evaluate, value_of
from workflows.engine.draft.fields import BadFields, write
from workflows.engine.draft.view import View
from workflows.engine.model.automation import ChildState, Family, Place, SendEvent, StartTicket
from workflows.engine.model.bounds import MOST_EFFECTS
from workflows.engine.model.chain_count import is_chain_bound
from workflows.engine.model.coming import Coming
from workflows.engine.model.events import ChildEnded, Started
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.snapshot import Outcome, Snapshot
from workflows.engine.model.timeline.automation_entries import ChildDetached, ChildOver, TicketStarted

CANCEL = "cancel"
"""The event that ``on_exit: cancel`` sends."""


def enter(draft: Draft, state: str) -> None:
    """Starts the children of an entered state; ``done`` at once where there are none to wait for."""
    if draft.compiled.states[state].child is None:
        return
    block = _block(draft, state)
    visit = draft.visits[state].number
    try:
        elements = _elements(draft, block)
        draft.keep_within(len(elements), MOST_EFFECTS, f"children of state {state!r}")
        wanted = [_start(draft, state, block, index, each) for index, each in enumerate(elements)]
        draft.check_fan_out(wanted)
    except EvaluationFailed as failure:
        draft.report_problem("child_failed", f"{failure}", state)
        draft.families[state] = Family(visit, 0, (), decided=True)
        draft.outcomes.append(Outcome(state, "failed", draft.now))
        return
    needed = {"all": len(wanted), "any": min(1, len(wanted))}.get(str(block.need), block.need)
    children = tuple(ChildState(index, start.id) for index, start in enumerate(wanted))
    draft.families[state] = Family(visit, int(needed), children)
    for start in wanted:
        draft.want(start)
    _decide(draft, state)


def leave(draft: Draft, state: str) -> None:
    """Cancels or detaches the children that are still open, as ``on_exit`` states."""
    family = draft.families.get(state)
    if family is None:
        return
    cancel = _block(draft, state).on_exit == "cancel"
    for child in family.children:
        if child.failed is not None or child.detached:
            continue
        if cancel and child.key is not None:
            _cancel(draft, Place(state, family.visit, child.index), child.key)
        elif not cancel:
            _put(draft, state, replace(child, detached=True))
    draft.families[state] = replace(draft.families[state], decided=True)


def look_again(_: Draft) -> None:
    """Does nothing: children have no deadlines."""


def remind(_: Draft) -> None:
    """Does nothing: children have no reminders."""


def fire(_: Draft) -> bool:
    """Does nothing: a wait for children never expires."""
    return False


def moments(_: Snapshot) -> Sequence[Instant | None]:
    """No moments: children have no deadlines."""
    return ()


def coming(_: View) -> Sequence[Coming]:
    """No moments: children have no deadlines."""
    return ()


def started(draft: Draft, answer: Started) -> bool:
    """Takes the answer to a start, a key or a problem, and fills the link field."""
    if answer.key is not None:
        _link(draft, answer, answer.key)
    else:
        reason = answer.problem or "a ticket could not be started"
        of_a_chain = draft.is_strict and is_chain_bound(reason)
        draft.report_problem("too_many_hops" if of_a_chain else "not_started", reason, _state_of(answer))
    place = answer.place
    family = draft.families.get(place.state) if place else None
    if place is None or family is None:
        return True
    if family.visit != place.visit:
        _too_late(draft, place, answer.key)
        return True
    child = _child(draft, place)
    if child is None or child.failed is not None or child.key is not None:
        return False
    if answer.key is None:
        _put(draft, place.state, replace(child, failed=True))
        _decide(draft, place.state)
        return True
    _put(draft, place.state, replace(child, key=answer.key))
    if place.state not in draft.active_in_order and _block(draft, place.state).on_exit == "cancel":
        # The child started while the ticket left the state: cancel it like its siblings.
        _cancel(draft, place, answer.key)
    return True


def _too_late(draft: Draft, place: Place, key: str | None) -> None:
    """Cancels a child that started for a past visit, as its siblings were; the state has been entered again since."""
    if key is not None and _block(draft, place.state).on_exit == "cancel":
        _cancel(draft, place, key)


def ended(draft: Draft, answer: ChildEnded) -> bool:
    """Takes the end of a child; False where the end is known, or the child is not of the present visit."""
    child = _child(draft, answer.place)
    if child is None or child.failed is not None:
        return False
    over = ChildOver(state=answer.place.state, ticket=answer.key, ended=answer.state, failed=answer.failed)
    draft.say(over, actor="engine")
    if answer.failed and answer.reason:
        draft.report_problem("child_failed", f"{answer.key}: {answer.reason}", answer.place.state)
    _put(draft, answer.place.state, replace(child, key=answer.key, state=answer.state, failed=answer.failed))
    _decide(draft, answer.place.state)
    return True


def detached(draft: Draft, place: Place, reason: str) -> None:
    """Records that a child refused to be canceled and continues by itself."""
    child = _child(draft, place)
    if child is not None:
        draft.say(ChildDetached(state=place.state, ticket=child.key, reason=reason), actor="engine")
        _put(draft, place.state, replace(child, detached=True))


def _elements(view: View, block: Child) -> Sequence[Mapping[str, Json]]:
    if block.each is None:
        return (NO_EACH,)
    found = evaluate(view, block.each)
    return tuple({"each": element} for element in (found if isinstance(found, list) else ()))


def _start(view: View, state: str, block: Child, index: int, each: Mapping[str, Json]) -> StartTicket:
    visit = view.visits[state].number
    identity = f"{view.before.key}:{state}:{visit}:child{index}"
    fields = value_of(view, block.with_, each)
    return StartTicket(identity, block.process, block.workflow, fields, block.link, Place(state, visit, index))


def _decide(draft: Draft, state: str) -> None:
    family = draft.families[state]
    if family.decided or state not in draft.active_in_order:
        return
    done = sum(child.failed is False for child in family.children)
    still = sum(child.failed is None for child in family.children)
    if done >= family.needed:
        outcome = "done"
    elif done + still < family.needed:
        outcome = "failed"
    else:
        return
    draft.families[state] = replace(family, decided=True)
    draft.outcomes.append(Outcome(state, outcome, draft.now))


def _cancel(draft: Draft, place: Place, key: str) -> None:
    identity = f"{draft.before.key}:{place.state}:{place.visit}:cancel{place.index}"
    draft.want(SendEvent(identity, (key,), CANCEL, cancel_of=place))


def _child(view: View, place: Place) -> ChildState | None:
    """The child at a place, if the place is of the present visit."""
    family = view.families.get(place.state)
    if family is None or family.visit != place.visit or not 0 <= place.index < len(family.children):
        return None
    return family.children[place.index]


def _link(draft: Draft, answer: Started, key: str) -> None:
    draft.say(TicketStarted(state=_state_of(answer), ticket=key), actor="engine")
    spec = draft.compiled.process.fields.get(answer.link or "")
    if answer.link is None or spec is None or spec.type != "ticket":
        return
    held = draft.fields.get(answer.link)
    if answer.key in values(held):
        return
    value: Json = _in_place(draft, answer, key, held if isinstance(held, list) else []) if spec.list else answer.key
    try:
        write(draft, {answer.link: value})
    except BadFields as bad:
        draft.report_problem("not_written", str(bad), _state_of(answer))


def _in_place(draft: Draft, answer: Started, key: str, held: list[Json]) -> list[Json]:
    """The keys with the key of a child before those of the children after it: starts are answered in any order."""
    place = answer.place
    family = draft.families.get(place.state) if place and draft.compiled.interpreter >= STRICT_CORE else None
    if place is None or family is None or family.visit != place.visit:
        return [*held, key]
    after = {child.key for child in family.children if child.key is not None and child.index > place.index}
    position = next((index for index, one in enumerate(held) if one in after), len(held))
    return [*held[:position], key, *held[position:]]


def _state_of(answer: Started) -> str | None:
    return answer.place.state if answer.place else None


def _put(draft: Draft, state: str, child: ChildState) -> None:
    family = draft.families[state]
    children = tuple(child if one.index == child.index else one for one in family.children)
    draft.families[state] = replace(family, children=children)


def _block(view: View, state: str) -> Child:
    block = view.compiled.states[state].child
    assert block is not None, f"state {state} has no child"  # noqa: S101  (callers look at states that have one)
    return block
