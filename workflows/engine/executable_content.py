"""Performs steps on a draft: a change of the ticket is written, work outside the ticket becomes an effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from definitions.expressions import EvaluationFailed
from definitions.people.bound import bound_text, person_of, plain
from definitions.people.directory import ENGINE
from definitions.people.references import values
from definitions.schema.model import Json
from definitions.schema.steps import Cost, Send, Start, Step
from workflows.engine import business_time
from workflows.engine.access.principals import bind, bind_all, settled
from workflows.engine.draft.draft import Draft, Raised, TooMuch
from workflows.engine.draft.expressions import NO_EACH, evaluate, holds, value_of
from workflows.engine.draft.fields import BadFields, write
from workflows.engine.draft.links import known_keys, linked
from workflows.engine.draft.view import View
from workflows.engine.model.automation import Automate, CallAction, HttpRequest, SendEvent, StartTicket
from workflows.engine.model.bounds import MOST_EFFECTS, MOST_WATCHERS
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.timeline.automation_entries import EventSent
from workflows.engine.model.timeline.ticket_entries import (
    CommentMade,
    CostRecorded,
    TicketAssigned,
    WatchersAdded,
    WatchersRemoved,
)

AUTOMATION_SECONDS = 30
AUTOMATION_RETRIES = 5
"""For ``call`` and ``http`` that nothing waits for. If all attempts fail, the ticket shows a problem."""


def perform(draft: Draft, steps: Sequence[Step], state: str, where: str) -> None:
    """Performs a list of steps in order. The first step that fails ends the list (SCXML 4.9), and is a problem.

    The effects of the earlier steps stand, and other lists are still performed. ``where`` is the place of the list in
    its state. Before ``STRICT_CORE``, the steps after a failed step are performed too.
    """
    for number, step in enumerate(steps, start=1):
        try:
            attempt(draft, step, state)
        except (EvaluationFailed, BadFields) as failure:
            left_out = not_performed(len(steps) - number, "after it")
            failed = f"{where}: step {number} of {len(steps)} ({step.kind}) failed{left_out}"
            text = f"{failed if draft.is_strict else step.kind}: {failure}"
            if isinstance(failure, TooMuch):
                draft.report_problem(failure.problem, text, state or None)
            else:
                draft.report_problem("step_failed", text, state or None)
            if draft.is_strict:
                return


def not_performed(number: int, which: str) -> str:
    """The words for the steps that a failure leaves out; empty if there are no such steps."""
    words = f"{number} steps {which} were" if number > 1 else f"step {which} was"
    return f", and the {words} not performed" if number else ""


def attempt(draft: Draft, step: Step, state: str) -> None:
    """Performs one step, for each element of ``each`` until it fails. Raises EvaluationFailed or BadFields."""
    for each in _elements(draft, step):
        if holds(draft, step.when, each):
            _perform(draft, step, state, each)


def _elements(draft: Draft, step: Step) -> Sequence[Mapping[str, Json]]:
    found = tuple(elements_of(draft, step))
    draft.keep_within(len(found), MOST_EFFECTS, f"elements of 'each' of the step '{step.kind}'")
    return found


def _own_doing(view: View, to: Sequence[str]) -> str | None:
    """The actor of the handled event: a person is not told of their own doing, unless ``to`` has this very person."""
    actor = view.handled.actor
    if actor is None or view.compiled.interpreter < STRICT_CORE or f"person:{actor.id}" in map(bound_text, to):
        return None
    return actor.id if person_of(actor.id) else None


def elements_of(view: View, step: Step) -> Iterator[Mapping[str, Json]]:
    """The binding of ``each`` for every element of its list; null counts as an empty list. Raises EvaluationFailed."""
    if step.each is None:
        yield NO_EACH
        return
    found = evaluate(view, step.each)
    yield from ({"each": element} for element in (found if isinstance(found, list) else []))


def _perform(draft: Draft, step: Step, state: str, each: Mapping[str, Json]) -> None:
    match step.kind:
        case "set":
            written = {name: value_of(draft, value, each) for name, value in (step.set or {}).items()}
            links = linked(draft.compiled.process, ((name, written[name]) for name in _worked_out(step.set or {})))
            for name, keys in links.items():
                _refuse_open_ends(draft, f"{name} names", keys)
            write(draft, written, by_process=True)
        case "assign":
            assign(draft, step.assign or "", each)
        case "notify" if step.notify:
            wanted = step.notify
            message = value_of(draft, wanted.message, each)
            draft.notify(
                state,
                bind_all(draft, wanted.to, each),
                template=wanted.template,
                message=None if message is None else str(message),
                channel=wanted.channel,
                held_until=_opening(draft, wanted.quiet),
                context={"each": each["each"]} if each else None,
                not_to=_own_doing(draft, wanted.to),
            )
        case "raise":
            draft.raised.append(Raised(step.raise_ or "", draft.handled))
        case "comment":
            draft.say(CommentMade(text=value_of(draft, step.comment, each)), actor="engine")
        case "watch":
            watch(draft, bind(draft, step.watch or "", each))
        case "unwatch":
            unwatch(draft, bind(draft, step.unwatch or "", each))
        case "cost" if step.cost:
            _cost(draft, step.cost, each)
        case "start" if step.start:
            _start(draft, step.start, state, each)
        case "send" if step.send:
            _send(draft, step.send, state, each)
        case _:
            what = to_do(draft, step, each)
            if what is not None:
                draft.want(Automate(draft.place_in_step(state), what, AUTOMATION_SECONDS, AUTOMATION_RETRIES))


def to_do(view: View, step: Step, each: Mapping[str, Json]) -> CallAction | HttpRequest | None:
    """The action or request of a ``call`` or ``http`` step, its values evaluated; None for other kinds.

    Raises EvaluationFailed.
    """
    if step.call is not None:
        return CallAction(step.call.action, value_of(view, step.call.with_, each))
    if step.http is not None:
        http = step.http
        headers = {name: _header(view, value, each) for name, value in http.headers.items()}
        body = value_of(view, http.body, each)
        return HttpRequest(http.method, str(value_of(view, http.url, each)), headers, body, http.expect)
    return None


def _header(view: View, written: str, each: Mapping[str, Json]) -> str:
    """The value of a header. Only the process names a secret, never a value that a person has written into a ticket."""
    value = str(value_of(view, written, each))
    if written.startswith("=") and "secret:" in value:
        raise EvaluationFailed("only the process itself names a secret: an expression can't name it")
    return value


def _cost(draft: Draft, cost: Cost, each: Mapping[str, Json]) -> None:
    amount = value_of(draft, cost.amount, each)
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise EvaluationFailed(f"a cost is a number, not {amount!r}")
    note = value_of(draft, cost.note, each)
    draft.say(CostRecorded(amount=amount, currency=cost.currency, note=note))


def _start(draft: Draft, start: Start, state: str, each: Mapping[str, Json]) -> None:
    fields = value_of(draft, start.with_, each)
    draft.want(StartTicket(draft.place_in_step(state), start.process, None, fields, start.link))


def _send(draft: Draft, send: Send, state: str, each: Mapping[str, Json]) -> None:
    """Sends an event to the parent, the children, the ends of a link, or tickets by key.

    Raises EvaluationFailed if this ticket is a receiver, after the event was sent to the other receivers.
    """
    to, linked = _addressees(draft, send.to, each)
    if draft.before.key in to and draft.is_strict:
        others = tuple(key for key in to if key != draft.before.key)
        if others:
            _send_to(draft, send, state, each, others, None)
        raise EvaluationFailed(f"{send.event!r} to this ticket itself: use raise")
    if not to and linked is None:
        draft.report_problem(
            "nobody_to_send_to", f"{send.event!r} to {send.to}: there is no such ticket", state or None
        )
        return
    _send_to(draft, send, state, each, to, linked)


def _send_to(
    draft: Draft, send: Send, state: str, each: Mapping[str, Json], to: tuple[str, ...], linked: str | None
) -> None:
    fields = value_of(draft, send.with_, each)
    draft.say(EventSent(to=to or send.to, event=send.event), actor="engine")
    draft.want(SendEvent(draft.place_in_step(state), to, send.event, fields, linked, written=send.to))


def _addressees(view: View, to: str, each: Mapping[str, Json]) -> tuple[tuple[str, ...], str | None]:
    if to == "parent":
        return ((view.before.parent.key,) if view.before.parent else ()), None
    if to == "children":
        families = view.families.values()
        return tuple(child.key for family in families for child in family.children if child.key), None
    if to.startswith("linked:"):
        return (), to.removeprefix("linked:")
    if to.startswith("link:"):
        return values(view.fields.get(to.removeprefix("link:"))), None
    keys = values(value_of(view, to, each))
    _refuse_open_ends(view, "the receiver is", keys)
    return keys, None


def _worked_out(written: Mapping[str, Json]) -> Iterator[str]:
    """The fields whose values are not literal texts of the process."""
    yield from (name for name, value in written.items() if not isinstance(value, str) or value.startswith("="))


def _refuse_open_ends(view: View, what: str, keys: Sequence[str]) -> None:
    """Where nobody acts, a key that is no link of the ticket is refused: nobody's rights say whether it may be one.

    Raises EvaluationFailed.
    """
    actor = view.handled.actor
    if view.compiled.interpreter < STRICT_CORE or (actor is not None and actor.id != ENGINE.id):
        return
    if not known_keys(view).issuperset(keys):
        raise EvaluationFailed(
            f"{what} a ticket that this one does not link yet: only an event of somebody who may see it links it"
        )


def _opening(view: View, quiet: str | None) -> int | None:
    """When a notice with a ``quiet`` calendar may go out: now if the calendar is open, else at its next opening."""
    calendar = view.compiled.calendars.get(str(value_of(view, quiet))) if quiet else None
    if calendar is None:
        return None
    try:
        return business_time.next_open(calendar, view.now)
    except (business_time.BeyondHorizon, business_time.NeverOpensAgain):
        return None


def watch(draft: Draft, people: Sequence[str]) -> None:
    """Adds watchers, bound; runs of older interpreters write no entry about it. Raises TooMuch."""
    new = tuple(one for one in dict.fromkeys(people) if one not in draft.watchers)
    watchers = (*draft.watchers, *new)
    draft.keep_within(len(watchers), MOST_WATCHERS, "watchers of the ticket")
    draft.watchers = watchers
    if new and draft.compiled.interpreter >= STRICT_CORE:
        draft.say(WatchersAdded(people=tuple(plain(one) or one for one in new)))


def unwatch(draft: Draft, people: Sequence[str], why: Literal["left"] | None = None) -> None:
    """Removes watchers, bound as they were added; somebody who does not watch is passed over."""
    gone = tuple(one for one in draft.watchers if one in people)
    draft.watchers = tuple(one for one in draft.watchers if one not in gone)
    if gone:
        draft.say(WatchersRemoved(people=tuple(plain(one) or one for one in gone), why=why))


def assign(draft: Draft, principal: str, each: Mapping[str, Json]) -> None:
    """Makes a principal the assignee. A principal without a value removes the assignee and reports a problem."""
    found = bind(draft, principal, each)
    assign_bound(draft, settled(draft, found[0]) if found else None, principal)


def assign_bound(draft: Draft, bound: str | None, principal: str) -> None:
    """Assigns a bound principal; ``bound`` is None where ``principal`` names nobody."""
    if bound is None:
        draft.report_problem("nobody_to_assign", f"{principal} names nobody: the ticket has no assignee")
    if bound != draft.assignee:
        draft.say(TicketAssigned(from_=plain(draft.assignee), to=plain(bound)))
        draft.assignee = bound
