"""``step`` takes one event and returns a new snapshot with effects and timeline entries, or a refusal."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import assert_never

from definitions.expressions import EvaluationFailed
from definitions.people.directory import Actor
from definitions.times import Instant
from workflows.engine import due_order
from workflows.engine.access.allowed import allowed_in
from workflows.engine.access.permissions import may_see
from workflows.engine.chart_content import TicketContent
from workflows.engine.compiled import Compiled
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.draft.view import Handled, View
from workflows.engine.handlers.chain_bound import count_in_chain
from workflows.engine.handlers.commenting import OnlyRecorded, comment, record
from workflows.engine.handlers.correcting import correct
from workflows.engine.handlers.deciding import claim, complete_run, delegate, vote
from workflows.engine.handlers.editing import edit
from workflows.engine.handlers.event_size import refuse_large
from workflows.engine.handlers.opening import open_ticket
from workflows.engine.handlers.sending import send
from workflows.engine.handlers.services import ask_for_services, learn
from workflows.engine.model.availability import OrganizationChanged, PeopleChecked
from workflows.engine.model.bounds import HOPS_PAUSE, MOST_EVENT_BYTES
from workflows.engine.model.chain_count import is_chain_bound
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
    EffectFailed,
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
    UpdateTask,
    Vote,
)
from workflows.engine.model.result import Refusal, RefusalCode, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.timeline.automation_entries import EventNotTaken
from workflows.engine.model.timeline.ticket_entries import TicketEnded
from workflows.engine.run_to_completion import settle, settle_renewed, tell_moved
from workflows.engine.waiting import BLOCKS, approvals, availability, callbacks, children, run_steps, tasks


def step(compiled: Compiled, snapshot: Snapshot | None, event: Event, now: Instant) -> Step | Refusal:
    """Handles one event at ``now`` (UTC seconds).

    ``snapshot`` is None for ``Open`` alone. Call ``advance`` first: it fires everything that is due before ``now``. A
    late answer, such as ``Asked`` for a state that the ticket has left, changes only the revision. A late callback is
    refused, because its sender waits for an answer.

    Raises ValueError for ``Open`` with a snapshot, and for any other event without one. A refusal is returned.
    """
    if isinstance(event, Open) != (snapshot is None):
        raise ValueError("a ticket takes Open once, and before any other event")
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
    assert snapshot is not None  # noqa: S101  (checked above; for the type checker)
    if isinstance(event, CalledBack) and (in_vain := callbacks.not_waited_for(snapshot, event)):
        return in_vain
    draft = _begun(compiled, snapshot, event, now)
    content = TicketContent(draft)
    try:
        _refuse_when_ended(snapshot, event)
        if isinstance(event, FromPeople):
            refuse_large(draft, event, MOST_EVENT_BYTES)
            count_in_chain(draft, event)
        _handle(content, event)
        settle_renewed(content)
        ask_for_services(draft)
        availability.follow_up(draft)
    except Refused as refused:
        if isinstance(event, FromEngine):
            return _unsettled(compiled, snapshot, event, refused.refusal.reason, now)
        return _with_allowed(compiled, snapshot, refused.refusal, event.actor, now)
    except OnlyRecorded as only:
        return _recorded(compiled, snapshot, only.event, only.reason, now)
    return concluded(content)


def _begun(compiled: Compiled, snapshot: Snapshot, event: Event, now: Instant) -> Draft:
    """The draft of a step, with the links of the chain that has led to it."""
    draft = Draft(compiled, snapshot, _handled(event), now)
    match event:
        case Open(hops=hops, chain=chain) | Send(hops=hops, chain=chain) | ChildEnded(hops=hops, chain=chain):
            draft.hops = hops
            draft.chain = chain if hops and chain else draft.chain
        case _ if isinstance(event, FromEngine) and draft.now - snapshot.at < HOPS_PAUSE:
            draft.hops = snapshot.hops
            draft.chain = snapshot.chain or draft.chain
        case _:
            pass  # a person, or a pause, begins a new chain
    return draft


def concluded(content: TicketContent) -> Step:
    """Writes the last entries of the timeline and freezes the draft."""
    draft = content.draft
    tell_moved(content)
    if draft.ended_at is not None and draft.before.ended_at is None:
        ends = draft.compiled.chart.ends.intersection(draft.active_in_order)
        draft.say(TicketEnded(state=next(iter(ends)), failed=draft.failed))
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
            vote(content, event)
        case Delegate():
            delegate(content, event)
        case Claim():
            claim(content, event)
        case UpdateTask():
            draft.services |= dict(event.services)
            tasks.update(draft, event)
            settle(content)
        case ClaimTask():
            tasks.claim(draft, event)
            settle(content)
        case CompleteRun():
            complete_run(content, event)
        case Correct():
            correct(content, event)
        case _:
            assert_never(event)


def _take_answer(content: TicketContent, event: FromEngine) -> None:
    if isinstance(event, Due):
        due_order.fire(content.draft, partial(settle, content))
    elif _note(content.draft, event):
        settle(content)


def _note(draft: Draft, event: FromEngine) -> bool:
    """Writes an answer to the engine into the draft; True where a transition may follow from it."""
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
            learn(draft, event)
            return True
        case Refresh():
            for block in BLOCKS:
                block.look_again(draft)
            return True
        case EffectFailed():
            draft.report_problem(event.code, event.text, event.state)
            return False
        case Ran():
            return run_steps.ran(draft, event)
        case CalledBack():
            callbacks.called_back(draft, event)
            return True
        case Started():
            return children.started(draft, event)
        case ChildEnded():
            return children.ended(draft, event)
        case NotTaken():
            _not_taken(draft, event)
            return False
        case _:
            assert_never(event)


def _not_taken(draft: Draft, event: NotTaken) -> None:
    draft.say(EventNotTaken(to=event.to, event=event.event, refused=event.reason), actor="engine")
    if draft.is_strict and is_chain_bound(event.reason):
        draft.report_problem("too_many_hops", f"{event.event!r} to {event.to}: {event.reason}")
    if event.cancel_of is not None:
        children.detached(draft, event.cancel_of, event.reason)


def _handled(event: Event) -> Handled:
    actor: Actor | None = getattr(event, "actor", None)
    match event:
        case Send():
            sent = {"ticket": event.sender, "state": event.sender_state}
            return Handled(event.name, actor, {**event.fields, **sent}, event.data, event.kind)
        case Open() | Edit():
            return Handled(event.kind, actor, event.fields, kind=event.kind)
        case UpdateTask():
            return Handled(event.kind, actor, event.fields, kind=event.kind, subject=event.task)
        case ClaimTask():
            return Handled(event.kind, actor, kind=event.kind, subject=event.task)
        case CompleteRun():
            return Handled(event.kind, actor, kind=event.kind, subject=event.state)
        case Comment():
            return Handled(event.kind, actor, {"comment": event.text}, kind=event.kind)
        case _:
            return Handled(event.kind, actor, kind=event.kind)


def _refuse_when_ended(snapshot: Snapshot, event: Event) -> None:
    """An ended ticket takes comments, corrections and late answers to the engine; the late answers change nothing."""
    if snapshot.ended_at is None or not isinstance(event, FromPeople):
        return
    if not isinstance(event, Comment | Correct):
        raise Refused("ended", f"{snapshot.key} has ended: it takes comments and corrections only")


def _unsettled(compiled: Compiled, snapshot: Snapshot, event: FromEngine, reason: str, now: Instant) -> Step:
    """Notes an event of the engine, which can't be refused. What is due stays due, and a problem states the reason."""
    draft = _begun(compiled, snapshot, event, now)
    _note(draft, event)
    due_order.fire(draft, _stay)
    draft.report_problem("guard_failed", reason)
    return draft.freeze()


def _stay() -> None:
    """Stands in for ``settle`` and takes no transition."""


def _recorded(compiled: Compiled, snapshot: Snapshot, event: Comment, reason: str, now: Instant) -> Step:
    """Keeps the comment, and reports why no transition followed from it."""
    draft = _begun(compiled, snapshot, event, now)
    record(draft, event)
    draft.report_problem("guard_failed", reason)
    return draft.freeze()


def _with_allowed(compiled: Compiled, snapshot: Snapshot, refusal: Refusal, actor: Actor, now: Instant) -> Refusal:
    if not snapshot.configuration:
        return refusal
    view = View(compiled, snapshot, Handled("", actor), now)
    try:
        return replace(refusal, allowed=allowed_in(view, actor) if may_see(view, actor) else ())
    except EvaluationFailed:  # ``may.see`` can't be evaluated: show nothing
        return refusal


BEFORE_VALUES: frozenset[RefusalCode] = frozenset({
    "ended", "unknown_event", "not_permitted", "guard_failed", "not_open", "read_only_fields",
})  # fmt: skip


def refused_before_values(compiled: Compiled, snapshot: Snapshot, event: Event, now: Instant) -> Refusal | None:
    """The refusal that an event gets whatever its values are; None where only its values can cause a refusal.

    The edge calls it before it checks people, teams and services against the organization.
    """
    taken = step(compiled, snapshot, event, now)
    return taken if isinstance(taken, Refusal) and taken.code in BEFORE_VALUES else None
