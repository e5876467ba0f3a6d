"""Performing steps on a draft: what changes the ticket is written, what the world must do is an effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from definitions.expressions import EvaluationFailed
from definitions.schema.model import Json
from definitions.schema.steps import Step
from workflows.engine import business_time
from workflows.engine.guards import NO_EACH, evaluate, holds, value_of
from workflows.engine.people import bind, bind_all, plain, settled
from workflows.engine.writes import BadFields, write

if TYPE_CHECKING:
    from workflows.engine.draft import Draft


def perform(draft: Draft, steps: Sequence[Step], state: str) -> None:
    """Performs steps in order. One that fails is a problem on the ticket; the rest go on, none is lost in silence."""
    for step in steps:
        try:
            for each in _elements(draft, step):
                if holds(draft, step.when, each):
                    _perform(draft, step, state, each)
        except (EvaluationFailed, BadFields) as failure:
            draft.trouble("step_failed", f"{step.kind}: {failure}", state or None)


def _elements(draft: Draft, step: Step) -> Iterator[Mapping[str, Json]]:
    if step.each is None:
        yield NO_EACH
        return
    found = evaluate(draft, step.each)
    yield from ({"each": element} for element in (found if isinstance(found, list) else []))


def _perform(draft: Draft, step: Step, state: str, each: Mapping[str, Json]) -> None:
    match step.kind:
        case "set":
            write(draft, {name: value_of(draft, value, each) for name, value in (step.set or {}).items()})
        case "assign":
            assign(draft, step.assign or "")
        case "notify" if step.notify:
            wanted = step.notify
            message = value_of(draft, wanted.message, each)
            draft.notify(
                state,
                bind_all(draft, wanted.to),
                template=wanted.template,
                message=None if message is None else str(message),
                channel=wanted.channel,
                held_until=_opening(draft, wanted.quiet),
                context={"each": each["each"]} if each else None,
            )
        case "raise":
            draft.raised.append(step.raise_ or "")
        case "comment":
            draft.say("comment", actor="engine", text=value_of(draft, step.comment, each))
        case "watch":
            draft.watchers = tuple(dict.fromkeys((*draft.watchers, *bind(draft, step.watch or ""))))
        case "call" | "http" | "start" | "send" | "cost" | "notify":
            # Refused when the file is loaded (code not-yet): a ticket can't carry one.
            raise AssertionError(f"a step of kind {step.kind} was let in")


def _opening(draft: Draft, quiet: str | None) -> int | None:
    """When a notice with a ``quiet`` calendar may be told: now where it is open, else at its next opening."""
    calendar = draft.compiled.calendars.get(str(value_of(draft, quiet))) if quiet else None
    if calendar is None:
        return None
    try:
        return business_time.next_open(calendar, draft.now)
    except (business_time.BeyondHorizon, business_time.NeverOpensAgain):
        return None


def assign(draft: Draft, principal: str) -> None:
    """Makes one principal the assignee; one without a value unassigns, which shows as a problem."""
    found = bind(draft, principal)
    bound = settled(draft, found[0]) if found else None
    if bound is None:
        draft.trouble("nobody_to_assign", f"{principal} is nobody: the ticket has no assignee")
    if bound != draft.assignee:
        draft.say("assigned", **{"from": plain(draft.assignee), "to": plain(bound)})
        draft.assignee = bound
