"""``step``: one event, one new snapshot with what is to be done and said; or a refusal, and nothing has happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from definitions.expressions import EvaluationFailed
from definitions.people.bound import plain
from definitions.people.directory import Actor, ServiceFacts
from definitions.people.references import values
from definitions.times import Instant
from workflows.engine.access.allowed import allowed_in
from workflows.engine.access.permissions import may_see
from workflows.engine.access.principals import acts_as, settled
from workflows.engine.chart_content import TicketContent
from workflows.engine.compiled import Compiled
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.draft.fields import renew
from workflows.engine.draft.view import Handled, View
from workflows.engine.executable_content import assign_bound
from workflows.engine.handlers.commenting import OnlyRecorded, comment, record
from workflows.engine.handlers.correcting import correct
from workflows.engine.handlers.editing import edit
from workflows.engine.handlers.opening import open_ticket
from workflows.engine.handlers.sending import send
from workflows.engine.model.availability import OrganizationChanged, PeopleChecked
from workflows.engine.model.effects import LookUpServices
from workflows.engine.model.events import (
    Asked,
    CalledBack,
    ChildEnded,
    Claim,
    ClaimTask,
    Comment,
    CompleteRun,
    Correct,
    Delegate,
    Due,
    Edit,
    Event,
    FromEngine,
    FromPeople,
    Known,
    NotTaken,
    Open,
    Ran,
    Refresh,
    Send,
    Started,
    Trouble,
    UpdateTask,
    Vote,
)
from workflows.engine.model.result import Refusal, RefusalCode, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.run_to_completion import settle, tell_moved
from workflows.engine.service_levels import clocks
from workflows.engine.waiting import approvals, availability, callbacks, children, runs, tasks, timers


def step(compiled: Compiled, snapshot: Snapshot | None, event: Event, now: Instant) -> Step | Refusal:
    """Handles one event at ``now`` (UTC seconds).

    ``snapshot`` is None for ``Open`` alone. What is due before ``now`` must have been fired (see ``advance``). An
    answer that comes too late (``Asked`` of a state that was left) is a step in which only the revision changes; a
    callback, whose sender wants to know, is refused.

    Raises ValueError for a snapshot with ``Open``, or none with anything else; a refused event is a value.
    """
    if isinstance(event, Open) != (snapshot is None):
        raise ValueError("a ticket is opened once, and before anything else")
    if isinstance(event, Open):
        opener = event.actor.id
        snapshot = Snapshot(
            event.key,
            compiled.process.process,
            0,
            now,
            now,
            opener,
            parent=event.parent,
            organization=event.organization,
        )
    assert snapshot is not None  # noqa: S101  (said above; for the type checker)
    if isinstance(event, CalledBack) and (in_vain := callbacks.not_waited_for(snapshot, event)):
        return in_vain
    draft = Draft(compiled, snapshot, _handled(event), now)
    content = TicketContent(draft)
    try:
        _refuse_when_ended(snapshot, event)
        _handle(content, event)
        ask_for_services(draft)
        availability.follow_up(draft)
    except Refused as refused:
        if isinstance(event, FromEngine):
            return _unsettled(compiled, snapshot, event, refused.refusal.reason, now)
        return _with_allowed(compiled, snapshot, refused.refusal, event.actor, now)
    except OnlyRecorded as only:
        return _recorded(compiled, snapshot, only.event, only.reason, now)
    return concluded(content)


def concluded(content: TicketContent) -> Step:
    """The step that the draft has become, its last lines on the timeline."""
    draft = content.draft
    tell_moved(content)
    if draft.ended_at is not None and draft.before.ended_at is None:
        ends = draft.compiled.chart.ends.intersection(draft.active_in_order)
        draft.say("ended", state=next(iter(ends)), failed=draft.failed)
    return draft.freeze()


def _handle(content: TicketContent, event: Event) -> None:
    if isinstance(event, FromEngine):
        _take_answer(content, event)
    else:
        _take_from_people(content, event)


def _take_from_people(content: TicketContent, event: FromPeople) -> None:
    draft = content.draft
    match event:
        case Open():
            open_ticket(content, event)
        case Send():
            send(content, event)
        case Edit():
            edit(content, event)
        case Comment():
            comment(content, event)
        case Vote():
            _vote(content, event)
        case Delegate():
            _delegate(content, event)
        case Claim():
            _claim(content, event)
        case UpdateTask():
            draft.services |= dict(event.services)
            tasks.update(draft, event)
            settle(content)
        case ClaimTask():
            tasks.claim(draft, event)
            settle(content)
        case CompleteRun():
            _complete_run(content, event)
        case Correct():
            correct(content, event)
        case _:
            assert_never(event)


def _take_answer(content: TicketContent, event: FromEngine) -> None:
    if isinstance(event, Due):
        _due(content)
    elif _note(content.draft, event):
        settle(content)


def _note(draft: Draft, event: FromEngine) -> bool:
    """Writes an answer of the engine's own into the draft; True where the ticket may move by it."""
    match event:
        case Due():
            return False
        case Asked():
            return availability.noted(draft, event, approvals.asked(draft, event))
        case PeopleChecked():
            return availability.checked(draft, event)
        case OrganizationChanged():
            availability.changed(draft, event)
            return False
        case Known():
            _learn(draft, event)
            return True
        case Refresh():
            approvals.look_again(draft)
            tasks.look_again(draft)
            return True
        case Trouble():
            draft.trouble(event.code, event.text, event.state)
            return False
        case Ran():
            return runs.ran(draft, event)
        case CalledBack():
            callbacks.called_back(draft, event)
            return True
        case Started():
            return children.started(draft, event)
        case ChildEnded():
            return children.ended(draft, event)
        case NotTaken():
            draft.say("sent", actor="engine", to=event.to, event=event.event, refused=event.reason)
            if event.cancel_of is not None:
                children.detached(draft, event.cancel_of, event.reason)
            return False
        case _:
            assert_never(event)


def _learn(draft: Draft, known: Known) -> None:
    """Facts of services, and what could not be told without them."""
    draft.services |= dict(known.services)
    _forget_unknown(draft)
    _settle_assignees(draft)
    renew(draft)


def _handled(event: Event) -> Handled:
    actor: Actor | None = getattr(event, "actor", None)
    match event:
        case Open() | Edit() | UpdateTask():
            return Handled(type(event).__name__.lower(), actor, event.fields)
        case Send():
            sent = {"ticket": event.sender, "state": event.sender_state}
            return Handled(event.name, actor, {**event.fields, **sent}, event.data)
        case Comment():
            return Handled("comment", actor, {"comment": event.text})
        case _:
            return Handled(type(event).__name__.lower(), actor)


def _refuse_when_ended(snapshot: Snapshot, event: Event) -> None:
    """After its end a ticket takes comments and corrections, and late answers to the engine, which change nothing."""
    if snapshot.ended_at is not None and isinstance(
        event, Send | Edit | Vote | Delegate | Claim | UpdateTask | ClaimTask | CompleteRun
    ):
        raise Refused("ended", f"{snapshot.key} has ended: only comments are taken")


def _unsettled(compiled: Compiled, snapshot: Snapshot, event: FromEngine, reason: str, now: Instant) -> Step:
    """Time and answers can't be refused: they are noted, what is due stays due, and the ticket shows why it stays."""
    draft = Draft(compiled, snapshot, _handled(event), now)
    _note(draft, event)
    draft.release_held(draft.now)
    clocks.fire(draft)
    timers.fire(draft)
    availability.fire_absences(draft)
    approvals.fire_reminders(draft)
    tasks.fire_due(draft)
    approvals.fire_expiries(draft)
    callbacks.fire_expiries(draft)
    draft.trouble("guard_failed", reason)
    return draft.freeze()


def _recorded(compiled: Compiled, snapshot: Snapshot, event: Comment, reason: str, now: Instant) -> Step:
    """The words are kept, and the ticket shows why nothing came of them."""
    draft = Draft(compiled, snapshot, _handled(event), now)
    record(draft, event)
    draft.trouble("guard_failed", reason)
    return draft.freeze()


def _with_allowed(compiled: Compiled, snapshot: Snapshot, refusal: Refusal, actor: Actor, now: Instant) -> Refusal:
    if not snapshot.configuration:
        return refusal
    view = View(compiled, snapshot, Handled("", actor), now)
    try:
        return replace(refusal, allowed=allowed_in(view, actor) if may_see(view, actor) else ())
    except EvaluationFailed:  # who may see it can't be told: nobody is shown anything
        return refusal


def _vote(content: TicketContent, event: Vote) -> None:
    state = _approval_for(content.draft, event.actor, event.state)
    refusal = approvals.vote(content.draft, event, state)
    if refusal is not None:
        fields = ("comment",) if refusal.code == "comment_required" else ()
        raise Refused(refusal.code, refusal.reason, fields)
    settle(content)


def _delegate(content: TicketContent, event: Delegate) -> None:
    state = _approval_for(content.draft, event.actor, event.state)
    refusal = approvals.delegate(content.draft, event, state)
    if refusal is not None:
        raise Refused(refusal.code, refusal.reason)
    settle(content)


def _approval_for(draft: Draft, actor: Actor, wanted: str | None) -> str:
    """The open approval that is meant: the one named, else one that awaits this person's vote, or has it, or any."""
    still_open = [(state, approval) for state, approval in approvals.open_in(draft) if wanted in (None, state)]
    if not still_open:
        where = f" in {wanted}" if wanted else ""
        raise Refused("not_an_approver", f"no approval is open{where}")
    own = [
        (request.vote is not None, state)
        for state, approval in still_open
        for request in approval.requests
        if request.person == actor.id
    ]
    return min(own, key=lambda one: one[0])[1] if own else still_open[0][0]


def _complete_run(content: TicketContent, event: CompleteRun) -> None:
    """Somebody who may send an event here ends what automation should have ended, and that is on record."""
    if event.actor.id != "engine" and not allowed_in(content.draft, event.actor):
        raise Refused("not_permitted", f"{event.actor.id} may not complete the automation of {event.state!r}")
    runs.complete(content.draft, event)
    settle(content)


def _claim(content: TicketContent, event: Claim) -> None:
    """Makes a member of the team or role that the ticket is assigned to its assignee."""
    draft = content.draft
    assignee = draft.assignee
    if assignee is None or assignee.startswith("person:"):
        held = f"assigned to {plain(assignee)}" if assignee else "assigned to nobody"
        raise Refused("not_permitted", f"{draft.before.key} is {held}: only a team's or role's ticket can be claimed")
    if not acts_as(draft, event.actor, assignee):
        raise Refused("not_permitted", f"{event.actor.id} is not of {assignee}")
    draft.say("assigned", **{"from": plain(assignee), "to": event.actor.id})
    draft.assignee = f"person:{event.actor.id}"
    settle(content)


def _due(content: TicketContent) -> None:
    """Everything that is due now, in LANGUAGE's order (section 9): clocks, ``after``, ``remind``, ``within``."""
    draft = content.draft
    draft.release_held(draft.now)
    clocks.fire(draft)
    timers.fire(draft)
    settle(content)
    if draft.ended_at is None:
        availability.fire_absences(draft)
        approvals.fire_reminders(draft)
        tasks.fire_due(draft)
        expired = approvals.fire_expiries(draft)
        if callbacks.fire_expiries(draft) or expired:
            settle(content)


def ask_for_services(draft: Draft) -> None:
    """Wants the facts of services that the ticket names and does not know."""
    unknown = [one for one in _services_named(draft) if one not in draft.services]
    if unknown:
        draft.want(LookUpServices(tuple(dict.fromkeys(unknown))))


def _forget_unknown(draft: Draft) -> None:
    """A service that the organization does not have is shown as a problem, and not asked for again and again."""
    for one in _services_named(draft):
        if one not in draft.services:
            draft.services[one] = ServiceFacts(title=one)
            draft.trouble("unknown_service", f"service {one!r} is not in the organization")


def _settle_assignees(draft: Draft) -> None:
    """The owner or team of a service that is known now, where it could not be told when it was assigned."""
    if draft.assignee is not None:
        assign_bound(draft, settled(draft, draft.assignee), draft.assignee)
    tasks.settle_assignees(draft)


def _services_named(draft: Draft) -> Iterator[str]:
    for name in draft.compiled.services:
        yield from values(draft.fields.get(name))


BEFORE_VALUES: frozenset[RefusalCode] = frozenset({
    "ended", "unknown_event", "not_permitted", "guard_failed", "not_open", "read_only_fields",
})  # fmt: skip


def refused_before_values(compiled: Compiled, snapshot: Snapshot, event: Event, now: Instant) -> Refusal | None:
    """The refusal of an event whatever its values are; None where only they can stand in its way.

    For values that only the edge can judge: people, teams and services that the organization does not have.
    """
    taken = step(compiled, snapshot, event, now)
    return taken if isinstance(taken, Refusal) and taken.code in BEFORE_VALUES else None
