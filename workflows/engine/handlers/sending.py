"""Takes an event from outside: checks its sender and its values, and takes its transitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from definitions.schema.model import Json
from workflows.engine.access.permissions import ENGINE_EVENTS
from workflows.engine.chart_content import TicketContent
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.draft.field_values import WrongValue, is_value, read_value
from workflows.engine.draft.view import View, is_given
from workflows.engine.model.events import Send
from workflows.engine.model.timeline.ticket_entries import CommentMade, EventTaken
from workflows.engine.run_to_completion import settle, take
from workflows.engine.statechart import ChartTransition, select


def send(content: TicketContent, event: Send) -> None:
    """Takes an event. Raises Refused: unknown_event, not_permitted, guard_failed, then for the form of the event."""
    draft = content.draft
    draft.services |= dict(event.services)
    if is_internal(draft, event.name) and event.actor.id != "engine":
        raise Refused("unknown_event", f"only the engine sends {event.name!r}")
    chosen = _choose(content, event.name)
    if not chosen:
        raise _refusal(content, event)
    _check_form(draft, chosen, event)
    _say(draft, event)
    form = {name: value for name, value in event.fields.items() if name != "comment"}
    content.offer_form(form)
    _check_requires(draft, chosen, event)
    take(content, chosen)


def is_internal(view: View, name: str) -> bool:
    """Whether only the engine sends this event, such as a raised event or the end of a linked ticket."""
    return name in view.compiled.raised or name.startswith(ENGINE_EVENTS)


def offer(content: TicketContent, name: str) -> None:
    """Offers an event that is never refused (``comment``). Without a chosen transition nothing happens."""
    try:
        chosen = _choose(content, name)
    except Refused as refused:
        content.draft.report_problem("guard_failed", refused.refusal.reason)
        chosen = ()
    if chosen and not _lacking(content.draft, chosen):
        take(content, chosen)
    else:
        settle(content)


def _choose(content: TicketContent, name: str) -> tuple[ChartTransition, ...]:
    draft = content.draft
    content.outside = True
    try:
        return select(draft.compiled.chart, draft.configuration, content, name)
    finally:
        content.outside = False


def _refusal(content: TicketContent, event: Send) -> Refused:
    failed = {tried.failed for tried in content.tried}
    if "by" in failed:
        return Refused("not_permitted", f"{event.actor.id} may not send {event.name!r} here")
    if "guard" in failed:
        rules = [content.draft.compiled.rules[tried.transition.index].transition for tried in content.tried]
        guards = tuple(dict.fromkeys(f"({rule.when})" for rule in rules))
        return Refused("guard_failed", f"{event.name!r} is not possible now: {_none_holds(guards)}")
    return Refused("unknown_event", f"nothing here takes {event.name!r}")


def _none_holds(guards: Sequence[str]) -> str:
    match guards:
        case (only,):
            return f"{only} does not hold"
        case (first, second):
            return f"neither {first} nor {second} holds"
        case _:
            return f"none of {', '.join(guards)} holds"


def _check_form(view: View, chosen: Sequence[ChartTransition], event: Send) -> None:
    """Checks that the form takes the values, and their types; they are written later. Raises Refused."""
    rules = [view.compiled.rules[transition.index].transition for transition in chosen]
    form = {name for rule in rules for name in rule.form}
    strange = tuple(name for name in event.fields if name not in form)
    if strange:
        takes = f"it takes {', '.join(sorted(form))}" if form else "it takes no fields"
        raise Refused("invalid_fields", f"{event.name!r} does not take {', '.join(strange)}: {takes}", strange)
    wrong = {}
    for name, value in event.fields.items():
        spec = view.compiled.process.fields.get(name)
        try:
            if spec is not None:
                read_value(spec, value, view.compiled.interpreter)
            elif value is not None and not isinstance(value, str):
                raise WrongValue("takes text")
        except WrongValue as error:
            wrong[name] = str(error)
    if wrong:
        reasons = "; ".join(f"{name} {reason}" for name, reason in wrong.items())
        raise Refused("invalid_fields", reasons, tuple(wrong))


def _check_requires(view: View, chosen: Sequence[ChartTransition], event: Send) -> None:
    lacking = _lacking(view, chosen, event)
    if lacking:
        raise Refused("missing_fields", f"{event.name!r} needs {', '.join(lacking)}", lacking)


def _lacking(view: View, chosen: Sequence[ChartTransition], event: Send | None = None) -> tuple[str, ...]:
    """The fields of ``requires`` that neither the form nor the ticket gives, in the order of the process."""
    given = dict(event.fields) if event else {}
    required = dict.fromkeys(name for one in chosen for name in view.compiled.rules[one.index].transition.requires)
    return tuple(name for name in required if not _will_be_given(view, name, given))


def _will_be_given(view: View, name: str, given: Mapping[str, Json]) -> bool:
    if name in given and name != "comment":
        return is_value(given[name])
    return is_given(view, name)


def _say(draft: Draft, event: Send) -> None:
    comment = event.fields.get("comment")
    draft.say(EventTaken(name=event.name, data_=event.data, ticket=event.sender))
    if isinstance(comment, str) and comment.strip():
        draft.say(CommentMade(text=comment.strip()))
