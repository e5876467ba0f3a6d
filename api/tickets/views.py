"""Views of tickets: instants become RFC 3339 text, bound principals their short form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from activities.records.outbox import Notification
from activities.records.reading import ApprovalRow, LevelRow, TicketRow, TimelineEntry
from api.tickets import models
from api.tickets.visibility import Sight
from api.tickets.work_models import Allowed, AllowedEvent
from api.tickets.work_views import callbacks
from definitions.people.bound import plain
from definitions.people.directory import Actor
from definitions.times import to_text
from workflows.engine.explain import Explanation
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.automation import without_address
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.messages import EventResult


def time_or_none(instant: int | None) -> str | None:
    return None if instant is None else to_text(instant)


def acted(result: EventResult) -> models.Acted:
    """The answer to an event."""
    return models.Acted(
        key=result.key,
        revision=result.revision,
        states=list(result.states),
        assignee=plain(result.assignee),
        ended=result.ended_at is not None,
        failed=result.failed,
        decided=models.DecidedView.model_validate(asdict(result.decided)) if result.decided else None,
    )


def opened(snapshot: Snapshot) -> models.Acted:
    """The answer to a start: the ticket as the core opens it here, exactly as the workflow does."""
    return models.Acted(
        key=snapshot.key,
        revision=snapshot.revision,
        states=list(snapshot.configuration),
        assignee=plain(snapshot.assignee),
        ended=snapshot.ended_at is not None,
        failed=snapshot.failed,
    )


def summary(row: TicketRow, levels: Sequence[LevelRow] = (), *, stuck: bool = False) -> models.TicketSummary:
    return models.TicketSummary(
        key=row.key,
        process=row.process,
        title=row.title,
        revision=row.revision,
        state=list(row.state),
        opener=row.opener,
        assignee=plain(row.assignee),
        opened_at=to_text(row.opened_at),
        updated_at=to_text(row.updated_at),
        ended_at=time_or_none(row.ended_at),
        failed=row.failed,
        due=time_or_none(min((one.due_at for one in levels if one.is_running and one.due_at), default=None)),
        breached=[one.level for one in levels if one.breached_at is not None],
        confirmed=not row.in_doubt,
        stuck=stuck,
    )


def detail(snapshot: Snapshot, sight: Sight, *, digest: str, state: Sequence[str]) -> models.TicketDetail:
    """A ticket as far as its reader sees it; its title is the summary, or the key without one that the reader sees."""
    fields = {name: value for name, value in snapshot.fields.items() if name in sight.fields}
    summary = fields.get("summary")
    title = summary if isinstance(summary, str) and summary else snapshot.key
    return models.TicketDetail(
        key=snapshot.key,
        process=snapshot.process,
        digest=digest,
        title=title,
        revision=snapshot.revision,
        state=list(state),
        states=list(snapshot.configuration),
        opener=snapshot.opener,
        assignee=plain(snapshot.assignee),
        watchers=[plain(one) or one for one in snapshot.watchers],
        fields=fields,
        opened_at=to_text(snapshot.opened_at),
        updated_at=to_text(snapshot.at),
        ended_at=time_or_none(snapshot.ended_at),
        failed=snapshot.failed,
        approvals=[_approval(state_id, one, snapshot) for state_id, one in snapshot.approvals.items()],
        problems=[
            models.ProblemView(
                at=to_text(one.at), code=one.code, text=_problem(one.code, one.text, sight), state=one.state
            )
            for one in snapshot.problems
        ],
    )


def _approval(state: str, approval: ApprovalState, snapshot: Snapshot) -> models.ApprovalView:
    is_open = approval.outcome is None and state in snapshot.configuration and snapshot.ended_at is None
    return models.ApprovalView(
        state=state,
        visit=approval.visit,
        round=approval.round,
        stage=max(approval.stage, 0),
        open=is_open,
        required=approval.required,
        outcome=approval.outcome,
        reason=approval.reason,
        expires=time_or_none(approval.expires) if is_open else None,
        requests=[
            models.RequestView(
                person=one.person,
                asked_for=one.asked_for,
                why=one.why,
                vote=one.vote,
                comment=one.comment,
                voted_at=time_or_none(one.voted_at),
            )
            for one in approval.requests
        ],
    )


WITHOUT_VALUES = frozenset({
    "nobody_to_ask", "not_enough_approvers", "approvers_away", "nobody_to_do", "holder_away", "approvers_unknown",
    "people_unknown", "services_unknown", "linked_unknown", "records_away", "calendars_too_short", "no_calendar",
})  # fmt: skip
"""Codes of problems whose texts never hold the value of a field."""
UNTOLD = "the text may tell a field that you may not see"


def _problem(code: str, text: str, sight: Sight) -> str:
    """The text of a problem; to a reader from whom a field is hidden, only if it can't hold a value."""
    return _addressed(text, sight) if sight.complete or code in WITHOUT_VALUES else UNTOLD


def _addressed(text: str, sight: Sight) -> str:
    """A text about a request, with its address for those who may see it."""
    return text if sight.addresses else without_address(text)


def timeline_entry(entry: TimelineEntry, sight: Sight) -> models.TimelineEntryView:
    return models.TimelineEntryView(
        seq=entry.seq,
        at=to_text(entry.at),
        kind=entry.kind,
        actor=entry.actor,
        revision=entry.revision,
        data=_shown(entry, sight),
    )


def _shown(entry: TimelineEntry, sight: Sight) -> dict[str, object]:
    """The data of an entry without the fields that the reader may not see, and without texts that may tell them."""
    shown: dict[str, object] = dict(entry.data)
    for part in ("changes", "fields"):
        inner = shown.get(part)
        if isinstance(inner, Mapping):
            shown[part] = {name: value for name, value in inner.items() if sight.sees(name)}
    if entry.kind == "problem":
        shown["text"] = _problem(str(shown.get("code")), str(shown.get("text")), sight)
    if entry.kind == "run" and isinstance(reason := shown.get("reason"), str):
        shown["reason"] = _addressed(reason, sight)
    if sight.complete:
        return shown
    shown |= {part: UNTOLD for part in ("reason", "refused") if entry.kind in OF_OTHERS and part in shown}
    if "by_hand" in shown:
        shown["by_hand"] = {}
    return shown


OF_OTHERS = frozenset({"run", "sent", "child"})
"""Kinds of entries whose reasons come from automation and other tickets, which may repeat what they were given."""


def explanation(told: Explanation, sight: Sight) -> models.ExplanationView:
    """Why a ticket is where it is; guards are shown without the values that the reader may not see."""
    choices = tuple(
        replace(one, values={name: value for name, value in one.values.items() if sight.reads(name)})
        for one in told.choices
    )
    problems = tuple(replace(one, text=_problem(one.code, one.text, sight)) for one in told.problems)
    coming = tuple(replace(one, what=_addressed(one.what, sight)) for one in told.coming)
    shown = _texts(asdict(replace(told, choices=choices, problems=problems, coming=coming)))
    return models.ExplanationView.model_validate(shown | {"callbacks": callbacks(told.callbacks, sight)})


def allowed(told: Explanation) -> Allowed:
    first = {one.event: one for one in reversed(told.choices) if one.possible}
    events = list(dict.fromkeys(one.event for one in told.choices if one.possible))
    items = [
        AllowedEvent(
            event=event,
            title=first[event].title,
            confirm=first[event].confirm,
            form=list(first[event].form),
            lacks=list(first[event].lacks),
        )
        for event in events
    ]
    return Allowed(events=events, items=items)


_INSTANTS = frozenset(
    {"at", "since", "expires", "ended_at", "due", "breached_at", "threshold_at", "recorded", "effective", "until"}
)


def _texts(value: Any) -> Any:
    """The explanation with every instant as text."""
    if isinstance(value, dict):
        return {
            name: to_text(part) if name in _INSTANTS and isinstance(part, int) else _texts(part)
            for name, part in value.items()
        }
    return [_texts(part) for part in value] if isinstance(value, list | tuple) else value


def my_approval(row: ApprovalRow) -> models.MyApproval:
    return models.MyApproval(
        ticket=row.ticket,
        title=row.title,
        process=row.process,
        state=row.state,
        visit=row.visit,
        round=row.round,
        stage=row.stage,
        asked_for=row.asked_for,
        asked_at=to_text(row.asked_at),
        due_at=time_or_none(row.due_at),
    )


def notification(row: Notification, reader: Actor) -> models.NotificationView:
    """A notification; its text is for the person alone that it was written for, by what that person may know."""
    own = row.person == reader.id
    return models.NotificationView(
        id=row.id,
        ticket=row.ticket,
        person=row.person,
        reason=row.reason,
        subject=row.subject if own else None,
        body=row.body if own else None,
        channel=row.channel,
        status=row.status,
        created_at=to_text(row.created_at),
    )
